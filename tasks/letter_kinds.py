"""The kinds of messages: what each tells of, what the timeline says of it, and why it must not go out any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from models.clock import now
from models.credit_note import credit_note_of
from models.declines import why_failed
from models.invoice import Invoice
from models.mail import Mail, notice_of, receipts_of
from models.money import Money
from models.notice import Notice, told_in
from models.organization import the_organization
from models.overtaken import (
    FailedRefund,
    Received,
    invoice_overtaken,
    payment_failed_overtaken,
    receipt_overtaken,
    refund_failed_overtaken,
    refund_overtaken,
    reminder_overtaken,
)
from models.pay_link import present_link
from models.payment import Payment
from models.people import User
from models.refund import Refund

# How many news one message spells out.
MOST_NEWS = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """`told_as`: the timeline's word when it was sent. `about`: the row that it tells of, in whose words it is written.

    What is for a colleague is of no invoice: the timeline tells nothing of it, and has no word for it.

    `why_overtaken`: it asks for what is not due any more, or tells what did not happen (models/overtaken.py).
    """

    told_as: str
    about: Callable[[Session, Mail], Any]
    money: Callable[[Any], Money | None]
    why_overtaken: Callable[[Mail, Any, datetime], str]
    context: Callable[[Session, Any], dict[str, object]] = lambda session, about: {}
    # The timeline's word when it cannot be delivered.
    failed_as: str = "mail_failed"
    # It is about nothing but what its link leads to.
    needs_link: bool = False


def invoice_of(session: Session, mail: Mail) -> Invoice:
    return session.get_one(Invoice, mail.invoice_id)


def _payment(session: Session, mail: Mail) -> Payment:
    return session.get_one(Payment, mail.data["subject_id"])


def _received(session: Session, mail: Mail) -> Received:
    payment = _payment(session, mail)
    return Received(payment, any(each.sent_at for each in receipts_of(session, payment.id)))


def _refund(session: Session, mail: Mail) -> Refund:
    return session.get_one(Refund, mail.data["subject_id"])


def _failed_refund(session: Session, mail: Mail) -> FailedRefund:
    notice = notice_of(session, mail.data["subject_id"])
    return FailedRefund(_refund(session, mail), notice is not None and notice.sent_at is not None)


@dataclass(frozen=True, slots=True)
class _News:
    """What a colleague is told of invoices that they own."""

    person: User
    notices: list[Notice]

    @property
    def is_wanted(self) -> bool:
        """Whether they still are a colleague, and have not asked for silence since."""
        return self.person.is_active and self.person.news_by_mail != "never"

    def told(self) -> dict[str, object]:
        shown = self.notices[:MOST_NEWS]
        panel = f"{current_app.config['PUBLIC_URL']}/admin"
        return {"person": self.person, "notices": shown, "more": len(self.notices) - len(shown), "panel": panel}


def _news(session: Session, mail: Mail) -> _News:
    return _News(session.get_one(User, mail.user_id), told_in(session, mail.data["notices"]))


KINDS = {
    "invoice": Kind("sent", invoice_of, Invoice.grand_total, invoice_overtaken, needs_link=True),
    # To a further address of the contact: whether it arrives says nothing about the invoice.
    "copy": Kind(
        "copy_sent", invoice_of, Invoice.grand_total, invoice_overtaken, failed_as="copy_failed", needs_link=True
    ),
    "reminder": Kind("reminder_sent", invoice_of, Invoice.due, reminder_overtaken, needs_link=True),
    "receipt": Kind(
        "receipt_sent",
        _received,
        lambda received: received.payment.money,
        receipt_overtaken,
        lambda session, received: {"payment": received.payment},
    ),
    "refund": Kind(
        "refund_notice_sent",
        _refund,
        lambda refund: refund.money,
        refund_overtaken,
        lambda session, refund: {"refund": refund, "credit_note": credit_note_of(session, refund.id)},
    ),
    "payment_failed": Kind(
        "payment_failed_notice_sent",
        _payment,
        lambda payment: payment.money,
        payment_failed_overtaken,
        lambda session, payment: {"payment": payment, "why": why_failed(payment.failure, payment.failure_code)},
    ),
    "refund_failed": Kind(
        "refund_failed_notice_sent",
        _failed_refund,
        lambda failed: failed.refund.money,
        refund_failed_overtaken,
        lambda session, failed: {"refund": failed.refund},
    ),
    "news": Kind(
        "",
        _news,
        lambda news: None,
        lambda mail, news, at: "" if news.is_wanted else "off",
        lambda session, news: news.told(),
    ),
}


def why_overtaken(session: Session, mail: Mail) -> str:
    """A word for why it must not go out any more, or nothing.

    An invoice that was voided or paid while its mail waited must not ask for money, nor a receipt thank for none; and
    nobody is asked to pay without a way to do it.
    """
    kind = KINDS[mail.kind]
    at = now().astimezone(the_organization(session).zone)
    if why := kind.why_overtaken(mail, kind.about(session, mail), at):
        return why
    return "no_link" if kind.needs_link and present_link(session, mail.invoice_id or 0) is None else ""


def told_money(session: Session, mail: Mail) -> Money | None:
    """Of the invoice, the payment or the refund that it tells of."""
    kind = KINDS[mail.kind]
    return kind.money(kind.about(session, mail))
