"""What becomes of messages about an invoice whose link was taken back."""

import builders
import pytest
from customers import link, told
from mail_sink import Mailbox

from models.base import db
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from models.refusal import Refused
from tasks import invoices, messages, transaction
from tasks.reminders import remind

pytestmark = pytest.mark.usefixtures("app")


def send(invoice: Invoice) -> Mail:
    """Written down, and not sent yet."""
    mail_id = invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())
    return db.session.get_one(Mail, mail_id)


def test_nobody_is_asked_to_pay_without_a_way_to_do_it(mailbox: Mailbox) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice()
    waiting = send(invoice)
    builders.revoke_link(invoice)
    messages.deliver(waiting.id)
    db.session.refresh(waiting)
    assert (list(mailbox), waiting.superseded_why, told(invoice)[-1]) == ([], "no_link", "message_superseded")


def test_who_sends_it_again_sends_a_new_link(mailbox: Mailbox) -> None:
    invoice = builders.a_sent_invoice()
    before = link(invoice)
    builders.revoke_link(invoice)
    messages.deliver(send(invoice).id)
    assert before not in mailbox[-1].text
    assert link(invoice) in mailbox[-1].text


def test_a_reminder_says_what_is_missing_and_how_to_get_it() -> None:
    invoice = builders.a_sent_invoice()
    builders.revoke_link(invoice)
    with builders.in_a_while(days=2), pytest.raises(Refused, match=r"Pay Link was revoked. Send the invoice again"):
        remind(invoice.id, builders.person("staff"), new_operation())


def test_a_receipt_thanks_without_a_link(mailbox: Mailbox) -> None:
    invoice = builders.a_sent_invoice("64.47")
    builders.pay(invoice)
    builders.revoke_link(invoice)
    builders.come_home()
    assert "Payment received: $64.47" in mailbox[-1].text
    assert "/pay/" not in mailbox[-1].text + mailbox[-1].html


def test_a_receipt_brings_its_document_where_no_link_leads_to_it(mailbox: Mailbox) -> None:
    with transaction() as session:
        the_organization(session).documents = "link"
    invoice = builders.a_sent_invoice("64.47")
    builders.pay(invoice)
    builders.revoke_link(invoice)
    builders.come_home()
    sent = [[file.get_filename() for file in message.whole.iter_attachments()] for message in mailbox]
    assert sent == [[], [f"Receipt-{invoice.number}-{builders.today()}.pdf"]]
    assert ".pdf" not in mailbox[-1].text


def test_who_cannot_pay_again_by_themselves_is_told_to_ask(mailbox: Mailbox) -> None:
    invoice = builders.a_sent_invoice("64.47")
    builders.pay(invoice, "us_bank_account")
    builders.come_home()
    builders.revoke_link(invoice)
    builders.the_world().settle(builders.the_payment(invoice).payment_intent_id, "failed")
    builders.come_home()
    assert "Please ask us how to pay." in mailbox[-1].text
    assert "/pay/" not in mailbox[-1].text + mailbox[-1].html
