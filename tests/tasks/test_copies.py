"""Copies of an invoice to the further addresses of its contact."""

from collections.abc import Callable

import builders
import pytest
from builders import timeline
from cast import Browser, Cast
from forms import again, page_of
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.notice import Notice
from tasks.audit import audit
from tasks.invoices import send_invoice, void_invoice
from tasks.messages import deliver, retry_mail

pytestmark = pytest.mark.usefixtures("app")
CC = ["books@example.com", "boss@example.com"]


def sent(by: Cast, cc: list[str] = CC, operation: str = "") -> tuple[Invoice, Mail, list[Mail]]:
    """Send is pressed: the invoice, its own message and the copies, all waiting."""
    builders.connected()
    invoice = builders.a_draft_invoice("64.47", contact=builders.a_contact(cc_addresses=cc), owner=by.finance)
    send_invoice(invoice.id, by.staff, operation or new_operation())
    first, *copies = mails()
    return invoice, first, copies


def mails() -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


@pytest.mark.both_databases
def test_each_further_address_gets_a_message_of_its_own(cast: Cast, mailbox: Mailbox) -> None:
    _, first, copies = sent(cast)
    for mail in (first, *copies):
        deliver(mail.id)
    assert [message.to for message in mailbox] == ["grace@example.com", *CC]
    assert [mail.cause for mail in copies] == [f"{first.cause}:cc:1", f"{first.cause}:cc:2"]
    assert all(message.whole["To"].count("@") == 1 and "Cc" not in message.whole for message in mailbox)


def test_a_copy_says_what_the_invoice_says_and_that_it_is_one(cast: Cast, mailbox: Mailbox) -> None:
    _, first, copies = sent(cast)
    deliver(first.id)
    deliver(copies[0].id)
    original, copy = mailbox
    assert copy.subject == original.subject
    for body in (copy.html, copy.text):
        assert "This is a copy of the invoice from My organization to Grace Hopper." in body
        assert "Hello" not in body
        assert ("$64.47" in body, "/pay/" in body) == (True, True)


def test_a_second_press_sends_no_second_copy(cast: Cast) -> None:
    operation = new_operation()
    invoice, _, _ = sent(cast, operation=operation)
    send_invoice(invoice.id, cast.staff, operation)
    assert len(mails()) == 3


def test_only_the_contacts_own_message_makes_it_sent(cast: Cast) -> None:
    invoice, first, copies = sent(cast)
    deliver(copies[0].id)
    assert (again(invoice).status, timeline(invoice)) == ("Issued", ["issued", "copy_sent"])
    deliver(first.id)
    assert (again(invoice).status, timeline(invoice)[-1]) == ("Sent", "sent")
    assert audit() == []


def test_a_copy_that_bounces_rings_its_owners_bell_and_is_not_the_invoices_failure(
    cast: Cast, mailbox: Mailbox, signed_in: Callable[[str], Browser]
) -> None:
    invoice, first, copies = sent(cast)
    deliver(first.id)
    mailbox.answer = "550 5.1.1 No such mailbox"
    deliver(copies[0].id)
    assert (again(invoice).status, timeline(invoice)[-1]) == ("Sent", "copy_failed")
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.user_id, notice.words) == (cast.finance.id, "Copy could not be delivered")
    assert CC[0] in notice.detail
    shown = signed_in("staff").get(page_of(invoice)).text
    assert "Copy of invoice" in shown
    assert "No such mailbox" in shown


def test_a_copy_that_bounced_is_tried_again_by_hand(cast: Cast, mailbox: Mailbox) -> None:
    _, _, copies = sent(cast)
    mailbox.answer = "550 Not today"
    deliver(copies[1].id)
    mailbox.answer = None
    retry_mail(copies[1].id, cast.staff)
    deliver(copies[1].id)
    assert [message.to for message in mailbox] == ["boss@example.com"]


def test_a_voided_invoice_sends_no_copies_any_more(cast: Cast, mailbox: Mailbox) -> None:
    invoice, _, copies = sent(cast)
    void_invoice(invoice.id, cast.staff)
    deliver(copies[0].id)
    assert list(mailbox) == []
    assert mails()[1].state == "superseded"


def test_the_contacts_own_address_gets_no_copy_beside(cast: Cast) -> None:
    _, _, copies = sent(cast, ["Grace@example.com", "books@example.com"])
    assert [mail.to_address for mail in copies] == ["books@example.com"]
