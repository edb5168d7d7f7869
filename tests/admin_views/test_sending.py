"""Preview and send: what stands in the message, who gets a copy, and what is sent at once."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser
from mail_sink import Mailbox

from models.base import db
from models.contact import Contact
from models.invoice import Invoice, new_operation
from models.mail import Mail
from tasks import transaction
from tasks.invoices import void_invoice

SignIn = Callable[[str], Browser]
pytestmark = pytest.mark.usefixtures("app")


def page(invoice: Invoice) -> str:
    return f"/admin/invoice/send/?id={invoice.id}"


def frame(invoice: Invoice) -> str:
    return f"/admin/invoice/letter/?id={invoice.id}"


def a_draft(**contact: object) -> Invoice:
    builders.connected()
    return builders.a_draft_invoice("64.47", contact=builders.a_contact(**contact))


def press(browser: Browser, invoice: Invoice, **fields: object) -> str:
    edits = db.session.get_one(Invoice, invoice.id).edits
    form = {"id": invoice.id, "operation": new_operation(), "edits": edits, "note": "", "cc": ""} | fields
    return browser.post_form(page(invoice), form, page=page(invoice), follow_redirects=True).text


def edits_in(page: str) -> str:
    (found,) = re.findall(r'name="edits"[^>]* value="(\d+)"', page)
    return str(found)


def mails() -> list[Mail]:
    db.session.rollback()
    return db.session.query(Mail).order_by(Mail.id).all()


def test_the_arrow_beside_send_invoice_leads_to_what_would_be_sent(signed_in: SignIn) -> None:
    invoice, staff = a_draft(cc_addresses=["books@example.com"]), signed_in("staff")
    assert f'href="{page(invoice)}"' in staff.get(f"/admin/invoice/details/?id={invoice.id}").text
    shown = staff.get(page(invoice)).text
    for words in ("grace@example.com", "books@example.com", "Invoice … from My organization: $64.47"):
        assert words in shown
    assert mails() == []


def test_the_frame_shows_the_message_of_a_draft_and_lets_it_do_nothing(signed_in: SignIn) -> None:
    invoice, staff = a_draft(), signed_in("staff")
    answer = staff.post_form(frame(invoice), {"note": "<b>Thanks</b>"}, page=page(invoice))
    assert "Pay $64.47" in answer.text
    assert "&lt;b&gt;Thanks&lt;/b&gt;" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("sandbox")
    assert "frame-ancestors 'self'" in policy
    assert db.session.get_one(Invoice, invoice.id).is_draft


def test_note_and_copies_go_out_in_messages_of_their_own(signed_in: SignIn, mailbox: Mailbox) -> None:
    invoice, staff = a_draft(cc_addresses=["books@example.com"]), signed_in("staff")
    said = press(staff, invoice, note="As agreed.\nThank you", cc="boss@example.com", to_me="y")
    assert "Queued for delivery to grace@example.com." in said
    builders.come_home()
    assert [message.to for message in mailbox] == ["grace@example.com", "boss@example.com", builders.EMAILS["staff"]]
    assert all("As agreed." in message.html and "As agreed.\r\nThank you" in message.text for message in mailbox)
    assert db.session.get_one(Contact, invoice.contact_id).cc_addresses == ["books@example.com"]


def test_the_same_form_sends_once(signed_in: SignIn) -> None:
    invoice, staff, operation = a_draft(), signed_in("staff"), new_operation()
    for _ in range(2):
        press(staff, invoice, operation=operation, cc="books@example.com")
    assert [mail.kind for mail in mails()] == ["invoice", "copy"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("cc", "a@example.com, nobody", "“nobody” is not one email address."),
        ("cc", "évil@exämple.com", "Mail servers do not pass on letters such as those of évil@exämple.com."),
        ("cc", ",".join(f"c{n}@example.com" for n in range(11)), "At most 10 addresses get a copy."),
        ("note", "x" * 2001, "2000 characters"),
    ],
)
def test_what_cannot_be_sent_is_told_and_kept(field: str, typed: str, said: str, signed_in: SignIn) -> None:
    invoice, staff = a_draft(), signed_in("staff")
    shown = press(staff, invoice, **{"note": "Kept", field: typed})
    assert ("Nothing is sent yet" in shown, said in shown, typed in shown) == (True, True, True)
    assert mails() == []


def test_what_cannot_be_sent_at_all_says_why_on_its_own_page(signed_in: SignIn) -> None:
    invoice, staff = a_draft(email=""), signed_in("staff")
    answer = staff.get(page(invoice), follow_redirects=True)
    assert answer.request.path == "/admin/invoice/details/"
    assert "Add a contact with an email address before sending this invoice." in answer.text


def test_what_was_changed_since_it_was_previewed_is_shown_again_before_it_is_sent(signed_in: SignIn) -> None:
    invoice, staff = a_draft(), signed_in("staff")
    seen = edits_in(staff.get(page(invoice)).text)
    with transaction() as session:
        its = session.get_one(Invoice, invoice.id)
        its.lines[0].unit_price, its.edits = 9900, its.edits + 1
        its.add_up()
    shown = press(staff, invoice, edits=seen, note="Kept")
    words = ("after you opened this form. Nothing is sent yet.", "Kept", "Send Invoice for $99.00")
    assert ([each for each in words if each not in shown], mails()) == ([], [])
    press(staff, invoice, edits=edits_in(shown))
    assert [mail.kind for mail in mails()] == ["invoice"]


def test_the_frame_says_why_there_is_no_message(signed_in: SignIn) -> None:
    invoice = a_draft(email="")
    answer = signed_in("staff").get(frame(invoice))
    assert (answer.status_code, "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]) == (200, True)
    assert "Add a contact with an email address before sending this invoice." in answer.text


def test_a_void_invoice_is_refused(signed_in: SignIn) -> None:
    invoice, staff = builders.a_sent_invoice(), signed_in("staff")
    void_invoice(invoice.id, builders.person("staff"))
    assert "This invoice is void and cannot be sent." in press(staff, invoice)


def test_viewers_send_nothing(signed_in: SignIn) -> None:
    invoice, viewer = a_draft(), signed_in("viewer")
    assert viewer.get(page(invoice)).status_code == 403
    assert viewer.get(frame(invoice)).status_code == 403


def test_a_message_is_shown_as_it_went_out(signed_in: SignIn) -> None:
    builders.a_sent_invoice("64.47")
    staff = signed_in("staff")
    shown = staff.get("/admin/message/details/?id=1").text
    assert re.search(r'<iframe[^>]* src="/admin/message/html\?id=1"[^>]* sandbox>', shown)
    answer = staff.get("/admin/message/html?id=1")
    assert (answer.text, answer.headers["Content-Security-Policy"][-7:]) == (mails()[0].html, "sandbox")


def test_why_a_message_stayed_here_is_said_on_its_page_and_its_list(signed_in: SignIn) -> None:
    invoice, viewer = a_draft(), signed_in("viewer")
    press(signed_in("staff"), invoice)
    void_invoice(invoice.id, builders.person("staff"))
    builders.come_home()
    assert "The invoice was voided." in viewer.get("/admin/message/details/?id=1").text
    assert "message/details/?id=1" in viewer.get("/admin/message/?flt0_state_is=superseded").text
    timeline = viewer.get(f"/admin/invoice/details/?id={invoice.id}").text
    assert "Invoice to grace@example.com: The invoice was voided." in timeline
