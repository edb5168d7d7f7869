"""How an invoice stood with one of its payments: what its receipt says, for ever."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from models.organization import Organization
from models.payment import Payment


@dataclass(frozen=True, slots=True)
class Standing:
    """Before the payment, and after it; `due` is what was still to be paid then."""

    paid_before: Money
    on_its_way: Money
    due: Money


def standing_of(session: Session, payment: Payment, invoice: Invoice) -> Standing:
    """As it was written down with the message about it; else by the order in which the invoice was paid."""
    kept = _kept(session, payment, invoice)
    before, due = kept.get("captured"), kept.get("due")
    before = _before(session, payment, invoice) if before is None else before - payment.captured
    rest = max(0, invoice.total - before - payment.captured)
    due = rest if due is None else due
    figures = (before, kept.get("processing", 0), due)
    return Standing(*(Money(figure, invoice.currency) for figure in figures))


def _kept(session: Session, payment: Payment, invoice: Invoice) -> dict[str, int]:
    of_it = (Mail.invoice_id == invoice.id, Mail.kind == "receipt", Mail.data["subject_id"].as_integer() == payment.id)
    return session.scalars(select(Mail.data).where(*of_it).order_by(Mail.id).limit(1)).one_or_none() or {}


def _before(session: Session, payment: Payment, invoice: Invoice) -> int:
    came_in = select(Payment).where(Payment.invoice_id == invoice.id, Payment.status == "succeeded")
    return sum(each.captured for each in session.scalars(came_in) if _place(each) < _place(payment))


def number_of_day(session: Session, payment: Payment, organization: Organization) -> int:
    """Which of its invoice's payments it is among those of one day, from 1 on."""
    day = organization.day_of(payment.paid_at)
    others = session.scalars(select(Payment).where(Payment.invoice_id == payment.invoice_id))
    same = [each for each in others if organization.day_of(each.paid_at) == day]
    return 1 + sum(_place(each) < _place(payment) for each in same)


def _place(payment: Payment) -> tuple[object, ...]:
    return payment.paid_at, payment.id
