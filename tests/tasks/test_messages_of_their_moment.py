"""What tells of a fact says how things stood with that fact, however late it goes out."""

import builders
import pytest
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from tasks.messages import deliver

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]


def comes_home_unsent(mailbox: Mailbox) -> None:
    """While the mail server wants nothing."""
    mailbox.answer = "450 Busy"
    builders.come_home()
    mailbox.answer = None


def waiting(kind: str) -> list[Mail]:
    db.session.rollback()
    unsent = (Mail.kind == kind, Mail.sent_at.is_(None))
    return list(db.session.scalars(select(Mail).where(*unsent).order_by(Mail.id)))


def go_out(kind: str) -> None:
    for mail_id in [mail.id for mail in waiting(kind)]:
        with builders.in_a_while(minutes=5):
            deliver(mail_id)


def paid_unsent(mailbox: Mailbox) -> Invoice:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    builders.pay(invoice, amount=Money.parse("40.00", "USD"))
    comes_home_unsent(mailbox)
    return invoice


def test_a_receipt_that_was_held_up_says_what_was_due_then(mailbox: Mailbox) -> None:
    invoice = paid_unsent(mailbox)
    builders.pay(invoice)
    comes_home_unsent(mailbox)
    go_out("receipt")
    assert ["Amount due: $60.00" in mailbox[1].text, "Amount due: $0.00" in mailbox[2].text] == [True, True]
    assert ["$60.00" in mailbox[1].html, "$0.00" in mailbox[2].html] == [True, True]


def test_a_refund_notice_that_was_held_up_says_what_was_refunded_then(mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice("100.00")
    for amount in ("30.00", "20.00"):
        builders.a_refund(invoice, amount)
        comes_home_unsent(mailbox)
    go_out("refund")
    told = [line for message in mailbox[2:] for line in message.text.splitlines() if line.startswith("Refunded in all")]
    assert told == ["Refunded in all: $30.00", "Refunded in all: $50.00"]
