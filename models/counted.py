"""What daily totals count: payments of invoices that arrived, what went back of them, what disputes took for good."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    SQLColumnExpression,
    and_,
    case,
    column,
    func,
    literal,
    select,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import Base, UTCDateTime
from models.dispute import Dispute
from models.invoice import Invoice
from models.payment import Payment
from models.refund import Refund

SUMS = ("collected", "refunded", "lost", "fees", "payments")
# *cash*: the day of each fact itself. *invoice*: the issue date of the invoice that it belongs to.
BASES = ("cash", "invoice")

Sums = dict[str, int]
Days = dict[tuple[date, str], Sums]


@dataclass(frozen=True, slots=True)
class Counted:
    """One kind of fact: which rows count, at which moment, and what for, in minor units of their payment's currency."""

    table: type[Base]
    counts: ColumnElement[bool]
    at: InstrumentedAttribute[Any]
    sums: Mapping[str, SQLColumnExpression[int]]

    def select(self, *columns: Any) -> Select[Any]:
        """Of the rows that count, each with its payment and invoice."""
        query = select(*columns).select_from(self.table)
        if self.table is not Payment:
            query = query.join(Payment, self.table.payment_id == Payment.id)  # type: ignore[attr-defined]
        return query.join(Payment.invoice).where(self.counts)

    def by_day(self, basis: str, days: Collection[date], zone: ZoneInfo) -> Select[Any]:
        """The sums of each of these days, by currency."""
        added_up = [func.sum(value) for value in self.sums.values()]
        if basis == "invoice":
            query = self._of_invoices(Invoice.issue_date, Payment.currency, *added_up)
            return query.where(Invoice.issue_date.in_(days)).group_by(Invoice.issue_date, Payment.currency)
        table = _with_bounds(days, zone)
        query = self.select(table.c.day, Payment.currency, *added_up)
        return query.join(table, self.within(table.c.starts, table.c.ends)).group_by(table.c.day, Payment.currency)

    def _of_invoices(self, *columns: Any) -> Select[Any]:
        """The same by outer joins from the invoice: SQLite would begin with every payment that ever succeeded."""
        of_invoice, query = Payment.invoice_id == Invoice.id, select(*columns).select_from(Invoice)
        if self.table is Payment:
            query = query.outerjoin(Payment, of_invoice & self.counts)
        else:
            of_payment = self.table.payment_id == Payment.id  # type: ignore[attr-defined]
            query = query.outerjoin(Payment, of_invoice).outerjoin(self.table, of_payment & self.counts)
        return query.having(func.count(self.table.id) > 0)

    def within(self, start: Any, end: Any) -> ColumnElement[bool]:
        return and_(self.at >= start, self.at < end)

    def on_days(self, basis: str, first: date, last: date, zone: ZoneInfo) -> ColumnElement[bool]:
        """Those rows that count on one of these days, both included."""
        if basis == "invoice":
            return self.counts & Invoice.issue_date.between(first, last)
        return self.counts & self.within(day_bounds(first, zone)[0], day_bounds(last, zone)[1])


CAME = Counted(
    Payment,
    Payment.status == "succeeded",
    Payment.paid_at,
    {"collected": Payment.captured, "fees": func.coalesce(Payment.fee, 0), "payments": literal(1)},
)
WENT_BACK = Counted(Refund, Refund.state == "succeeded", Refund.created_at, {"refunded": Refund.amount})
TAKEN = Counted(
    Dispute,
    (Dispute.status == "lost") & Dispute.decided_at.is_not(None),
    Dispute.decided_at,
    {"lost": Dispute.withdrawn},
)
FACTS = (CAME, WENT_BACK, TAKEN)
# Cards and accounts end in four digits: `Visa •••• 4242` is a Visa like any other.
_DIGITS = " •••• 0000"
method_kind = case(
    (Payment.method.like("% •••• ____"), func.substr(Payment.method, 1, func.length(Payment.method) - len(_DIGITS))),
    else_=Payment.method,
)
# Offline payments cost no fee; Stripe tells that of a bank debit only days later.
FEE_UNKNOWN = Payment.account_id.is_not(None) & Payment.fee.is_(None)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight in the zone; 23 or 25 hours apart when the clock is changed."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _with_bounds(days: Collection[date], zone: ZoneInfo) -> Any:
    columns = (column("day", Date), column("starts", UTCDateTime), column("ends", UTCDateTime))
    rows = [(day, *day_bounds(day, zone)) for day in sorted(days)]
    return values(*columns, name="days").data(rows).cte("days")


def add_up(session: Session, basis: str, days: Collection[date], zone: ZoneInfo) -> Days:
    """The sums of these days by currency, from the facts themselves: as many queries for many days as for one."""
    found: Days = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for fact in FACTS if days else ():
        for day, currency, *sums in session.execute(fact.by_day(basis, days, zone)):
            found[day, currency].update(zip(fact.sums, map(int, sums), strict=True))
    return found


def add_up_everything(session: Session, basis: str, zone: ZoneInfo) -> Days:
    """The same of every day on which there is anything, one fact after the other: the audit's own way."""
    found: Days = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for fact in FACTS:
        query = fact.select(fact.at, Invoice.issue_date, Payment.currency, *fact.sums.values())
        for at, issued, currency, *amounts in session.execute(query):
            sums = found[issued if basis == "invoice" else at.astimezone(zone).date(), currency]
            for name, amount in zip(fact.sums, amounts, strict=True):
                sums[name] += amount
    return dict(found)


def fees_unknown(session: Session, basis: str, first: date, last: date, zone: ZoneInfo) -> dict[str, int]:
    """Of how many payments of these days Stripe has not told the fee, by currency."""
    query = CAME.select(Payment.currency, func.count()).where(FEE_UNKNOWN, CAME.on_days(basis, first, last, zone))
    return {currency: int(count) for currency, count in session.execute(query.group_by(Payment.currency))}


@dataclass(frozen=True, slots=True)
class Method:
    """What came in by one way of paying, in minor units."""

    name: str
    collected: int
    fees: int
    payments: int


def by_method(session: Session, basis: str, first: date, last: date, zone: ZoneInfo, currency: str) -> list[Method]:
    """The payments that count on these days in one currency, by how they were paid; the largest first."""
    sums = [func.sum(value) for value in CAME.sums.values()]
    query = CAME.select(method_kind, *sums).where(CAME.on_days(basis, first, last, zone), Payment.currency == currency)
    found = [Method(name, *map(int, rest)) for name, *rest in session.execute(query.group_by(method_kind))]
    return sorted(found, key=lambda method: (-method.collected, method.name))
