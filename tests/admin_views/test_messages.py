"""Settings → Messages."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser

from models.activity import tell
from models.base import db
from models.clock import now
from models.mail import Mail
from models.money import Money
from models.pay_link import pay_url
from tasks import transaction
from tasks.news import send_news

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
    assert page.count("<time ", page.index("page-sub"), page.index("Details")) == 1


@pytest.mark.parametrize(("role", "reads_links"), [("viewer", False), ("staff", True), ("finance", True)])
def test_who_may_not_copy_a_pay_link_finds_none_in_a_message(signed_in: SignIn, role: str, reads_links: bool) -> None:
    invoice = builders.a_sent_invoice()
    with transaction() as session:
        token = pay_url(session, invoice.id).rpartition("/")[2]
        ways = f"http://localhost/pay/{token}/reminders?to=0f and /pay/{token}/invoice.pdf"
        mail = session.get_one(Mail, 1)
        mail.html += f'<a href="{ways}">{ways}</a>'
        mail.text, mail.note = f"{mail.text} {ways}", ways
    browser = signed_in(role)
    for page in ("/admin/message/details/?id=1", "/admin/message/html?id=1"):
        text = browser.get(page).text
        assert (token in text, "to=0f" in text) == (reads_links, reads_links)
        assert ("/pay/…" in text) is not reads_links


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


def test_messages_to_colleagues_are_shown_when_asked_for(signed_in: SignIn) -> None:
    invoice, staff = builders.a_sent_invoice(owner_id=builders.person("staff").id), signed_in("staff")
    with transaction() as session:
        tell(session, "payment_received", "payment:1:succeeded", invoice.id, money=Money(6447, "USD"))
    send_news()
    builders.come_home()
    found = {query: (GRACE in page, SAM in page) for query, page in shown(staff).items()}
    assert found == {
        "": (True, False),
        "?flt0_state_is=sent": (True, False),
        "?flt0_state_is=colleagues": (False, True),
    }
    page = staff.get(f"/admin/message/details/?id={db.session.query(Mail).filter_by(kind='news').one().id}").text
    assert f"News to {builders.EMAILS['staff']}" in " ".join(page.split())


GRACE, SAM = "message/details/?id=1", "message/details/?id=2"


def shown(browser: Browser) -> dict[str, str]:
    queries = ("", "?flt0_state_is=sent", "?flt0_state_is=colleagues")
    return {query: browser.get(f"/admin/message/{query}").text for query in queries}
