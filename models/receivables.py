"""What customers owe: outstanding and overdue, added up by currency."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.money import Money

HELD = Invoice.captured - Invoice.refunded - Invoice.lost
_LEFT = Invoice.total - Invoice.captured - Invoice.processing
# The rule of `amount_due`, where the rows are.
DUE = case((Invoice.status.in_(OWED_IN) & (_LEFT > 0), _LEFT), else_=0)
LONG_UNVIEWED = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Owed:
    """How much is owed in one currency, on how many invoices."""

    money: Money
    invoices: int


def outstanding(session: Session) -> dict[str, Owed]:
    """Everything that customers still have to pay, by currency."""
    return _added_up(session, _owed())


def overdue(session: Session, today: date) -> dict[str, Owed]:
    """The part of it whose due date has ended before the organization's `today`."""
    return _added_up(session, _owed().where(Invoice.due_date < today))


def unviewed(at: datetime) -> ColumnElement[bool]:
    """Sent more than three days before that moment, and its customer has never opened it."""
    return (Invoice.status == "Sent") & Invoice.viewed_at.is_(None) & (Invoice.sent_at < at - LONG_UNVIEWED)


def _owed() -> Select[str, int, int]:
    query = select(Invoice.currency, func.sum(DUE), func.count())
    return query.where(Invoice.status.in_(OWED_IN), DUE > 0).group_by(Invoice.currency)


def _added_up(session: Session, query: Select[str, int, int]) -> dict[str, Owed]:
    rows = session.execute(query)
    return {currency: Owed(Money(int(amount), currency), count) for currency, amount, count in rows}
