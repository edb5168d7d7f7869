"""What customers owe: outstanding and overdue, added up by currency."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.money import Money

HELD = Invoice.captured - Invoice.refunded - Invoice.lost
_LEFT = Invoice.total - Invoice.captured - Invoice.processing
# The rule of `amount_due`, where the rows are.
DUE = case((Invoice.status.in_(OWED_IN) & (_LEFT > 0), _LEFT), else_=0)
LONG_UNVIEWED = timedelta(days=3)
# How many days after its due date: the least and the most of each age.
AGES: dict[str, tuple[int | None, int | None]] = {
    "current": (None, 0),
    "1-30": (1, 30),
    "31-60": (31, 60),
    "61-90": (61, 90),
    "over-90": (91, None),
}


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


def of_age(age: str, today: date) -> ColumnElement[bool]:
    """Owed, and overdue for so many days at the organization's `today`; what has no due date is current."""
    least, most = AGES[age]
    late_enough = true() if least is None else Invoice.due_date <= today - timedelta(days=least)
    not_later = true() if most is None else Invoice.due_date >= today - timedelta(days=most)
    in_time = or_(Invoice.due_date.is_(None), not_later) if least is None else not_later
    return and_(Invoice.status.in_(OWED_IN), DUE > 0, late_enough, in_time)


def aging(session: Session, today: date) -> dict[str, dict[str, Owed]]:
    """What is outstanding by currency, and in it by age; the ages of a currency add up to `outstanding`."""
    columns = []
    for age in AGES:
        fits = of_age(age, today)
        columns += [func.coalesce(func.sum(DUE).filter(fits), 0), func.count().filter(fits)]
    query = select(Invoice.currency, *columns).where(Invoice.status.in_(OWED_IN), DUE > 0)
    found = {}
    for currency, *values in session.execute(query.group_by(Invoice.currency)):
        pairs = zip(values[::2], values[1::2], strict=True)
        owed = [Owed(Money(int(amount), currency), int(count)) for amount, count in pairs]
        found[currency] = dict(zip(AGES, owed, strict=True))
    return found


def unviewed(at: datetime) -> ColumnElement[bool]:
    """Sent more than three days before that moment, and its customer has never opened it."""
    return (Invoice.status == "Sent") & Invoice.viewed_at.is_(None) & (Invoice.sent_at < at - LONG_UNVIEWED)


def _owed() -> Select[str, int, int]:
    query = select(Invoice.currency, func.sum(DUE), func.count())
    return query.where(Invoice.status.in_(OWED_IN), DUE > 0).group_by(Invoice.currency)


def _added_up(session: Session, query: Select[str, int, int]) -> dict[str, Owed]:
    rows = session.execute(query)
    return {currency: Owed(Money(int(amount), currency), count) for currency, amount, count in rows}
