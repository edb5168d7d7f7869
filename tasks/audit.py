"""Proves the books: every invariant that can be asked of the database, with the rows that break it."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.figures import figures_of
from models.invoice import Invoice
from models.mail import Mail
from models.organization import the_organization
from models.payment import Payment
from models.refund import RESERVING, Refund
from models.revenue import DailyTotal, add_up_day
from models.stripe_event import StripeEvent

STUCK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Broken:
    """One row that breaks one invariant."""

    invariant: str
    row: str
    detail: str


def audit() -> list[Broken]:
    """Everything that is not as it must be; an empty list proves the books."""
    session = db.session
    found = [broken for check in CHECKS for broken in check(session)]
    session.rollback()
    return found


def as_data(found: list[Broken]) -> list[dict[str, Any]]:
    return [asdict(broken) for broken in found]


def _figures(session: Session) -> list[Broken]:
    """The figures on an invoice are the sums of its facts, its status follows from them."""
    found = []
    for invoice in session.scalars(select(Invoice).order_by(Invoice.id)):
        facts = figures_of(session, invoice.id)
        cached = {field: getattr(invoice, field) for field in facts}
        status = invoice.status_for(facts["captured"], facts["refunded"])
        if cached != facts or invoice.status != status:
            detail = f"has {cached}, {invoice.status}; facts say {facts}, {status}"
            found.append(Broken("invoice figures", f"invoice:{invoice.id}", detail))
    return found


def _reservations(session: Session) -> list[Broken]:
    """What refunds hold of a payment is the sum of the refunds that hold it."""
    held = func.coalesce(func.sum(Refund.amount).filter(Refund.state.in_(RESERVING)), 0)
    back = func.coalesce(func.sum(Refund.amount).filter(Refund.state == "succeeded"), 0)
    query = select(Payment.id, Payment.reserved, held, Payment.refunded, back).outerjoin(
        Refund, Refund.payment_id == Payment.id
    )
    wrong = query.group_by(Payment.id).having((Payment.reserved != held) | (Payment.refunded != back))
    return [
        Broken(
            "reserved refunds",
            f"payment:{row[0]}",
            f"reserved {row[1]} is {row[2]}, refunded {row[3]} is {row[4]}",
        )
        for row in session.execute(wrong)
    ]


def _currencies(session: Session) -> list[Broken]:
    """A payment has its invoice's currency and its checkout's account."""
    query = select(Payment.id).join(Invoice).outerjoin(Checkout, Payment.checkout_id == Checkout.id)
    wrong = query.where((Payment.currency != Invoice.currency) | (Payment.account_id != Checkout.account_id))
    detail = "differs from its invoice or checkout"
    return [Broken("payment belongs", f"payment:{row}", detail) for row in session.scalars(wrong)]


def _stuck(session: Session) -> list[Broken]:
    """Nothing is due for longer than ten minutes. What waits for a person is counted by `flask doctor`."""
    late = now() - STUCK
    found = []
    for table in (Mail, StripeEvent, Refund, Checkout):
        query = select(table.id, table.last_error).where(table.due_at < late)
        found += [
            Broken("stuck", f"{table.__tablename__}:{row}", error or "not worked on")
            for row, error in session.execute(query)
        ]
    return found


def _receipts(session: Session) -> list[Broken]:
    """A payment that arrived for an invoice with an address has its one receipt."""
    cause = "receipt:payment:" + func.cast(Payment.id, Mail.cause.type)
    query = select(Payment.id, Invoice.contact_snapshot).join(Invoice).outerjoin(Mail, Mail.cause == cause)
    missing = session.execute(query.where(Payment.status == "succeeded", Mail.id.is_(None)))
    return [
        Broken("one receipt a payment", f"payment:{row}", "has none")
        for row, contact in missing
        if (contact or {}).get("email")
    ]


def _daily_totals(session: Session) -> list[Broken]:
    """A clean day's totals equal the rows of that day."""
    zone = the_organization(session).zone
    found = []
    for row in session.scalars(select(DailyTotal).where(DailyTotal.dirty.is_(False))):
        facts = add_up_day(session, row.day, row.currency, zone)
        cached = {field: getattr(row, field) for field in facts}
        if cached != facts:
            found.append(Broken("daily totals", f"{row.day} {row.currency}", f"has {cached}, facts say {facts}"))
    return found


CHECKS = (_figures, _reservations, _currencies, _stuck, _receipts, _daily_totals)
