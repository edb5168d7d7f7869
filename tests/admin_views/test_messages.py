"""Settings → Messages."""

from collections.abc import Callable

import builders
from cast import Browser

from models.base import db
from models.clock import now
from models.mail import Mail
from tasks import transaction

SignIn = Callable[[str], Browser]


def failed() -> None:
    builders.a_sent_invoice()
    with transaction() as session:
        mail = session.get_one(Mail, 1)
        mail.sent_at, mail.parked_at, mail.due_at, mail.last_error = None, now(), None, "550 No such user"


def test_a_sent_message_is_shown_as_it_went_out(signed_in: SignIn) -> None:
    builders.a_sent_invoice("64.47")
    viewer = signed_in("viewer")
    assert "Sent" in viewer.get("/admin/message/").text
    page = viewer.get("/admin/message/details/?id=1").text
    for words in ("Invoice to grace@example.com", "Accepted by the mail server", "$64.47"):
        assert words in page


def test_a_failed_message_says_why_and_can_be_sent_again(signed_in: SignIn) -> None:
    failed()
    staff = signed_in("staff")
    page = "/admin/message/details/?id=1"
    assert "550 No such user" in staff.get(page).text
    assert "grace@example.com" in staff.get("/admin/message/?flt0_state_is=failed").text
    answer = staff.post_form("/admin/message/retry", {"id": "1"}, page=page, follow_redirects=True)
    assert "Queued again for delivery to" in answer.text
    db.session.rollback()
    assert db.session.get_one(Mail, 1).state == "sending"


def test_the_failed_among_the_ticked_are_sent_again(signed_in: SignIn) -> None:
    failed()
    builders.a_sent_invoice()
    staff = signed_in("staff")
    ticked = {"action": "retry", "rowid": ["1", "2"]}
    answer = staff.post_form("/admin/message/action/", ticked, page="/admin/message/", follow_redirects=True)
    assert "1 of 2 selected messages are queued again." in answer.text


def test_a_viewer_reads_and_does_not_retry(signed_in: SignIn) -> None:
    failed()
    viewer = signed_in("viewer")
    assert "Retry" not in viewer.get("/admin/message/details/?id=1").text
    assert viewer.post_form("/admin/message/retry", {"id": "1"}).status_code == 403


def test_a_message_that_is_sent_is_not_sent_again(signed_in: SignIn) -> None:
    builders.a_sent_invoice()
    staff = signed_in("staff")
    answer = staff.post_form("/admin/message/retry", {"id": "1"}, page="/admin/message/")
    assert answer.status_code == 400
    assert "not waiting for a retry" in answer.text
