"""Daily totals, in the organization's time zone. A fact marks its days dirty; a job adds them up again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, Date, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Minor, insert_or
from models.counted import BASES, SUMS, Days, Sums, add_up, add_up_everything, day_bounds
from models.invoice import Invoice
from models.organization import the_organization
from models.payment import Payment


class DailyTotal(Base):
    """What one day brought in one currency, in minor units, on one basis."""

    __tablename__ = "daily_total"
    __table_args__ = (
        CheckConstraint("basis IN ('cash', 'invoice')", name="basis"),
        UniqueConstraint("basis", "day", "currency"),
    )

    basis: Mapped[str] = mapped_column(String(7), default="cash")
    day: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    collected: Mapped[Minor]
    refunded: Mapped[Minor]
    lost: Mapped[Minor]
    fees: Mapped[Minor]
    payments: Mapped[int] = mapped_column(default=0)
    dirty: Mapped[bool] = mapped_column(default=True, index=True)

    @property
    def sums(self) -> Sums:
        """As they were when the day was last added up."""
        return {name: getattr(self, name) for name in SUMS}


def mark_dirty(session: Session, payment: Payment, moments: Iterable[datetime | None], *also: Invoice) -> None:
    """What one payment's facts count for must be added up again; called in the transaction that changed them.

    The day of each moment, and the issue date of its invoice; `also` are invoices that it counted for before.
    """
    organization = the_organization(session)
    marks = {("cash", organization.day_of(moment)) for moment in moments if moment}
    for invoice in (payment.invoice, *also):
        if invoice and invoice.issue_date:
            marks.add(("invoice", invoice.issue_date))
    mark_days(session, {(basis, day, payment.currency) for basis, day in marks})


def mark_days(session: Session, days: Iterable[tuple[str, date, str]]) -> None:
    """Basis, day and currency each; always in the same order, so that two who do it cannot wait for each other."""
    for basis, day, currency in sorted(days):
        insert = insert_or(session, DailyTotal).values(basis=basis, day=day, currency=currency, dirty=True)
        session.execute(insert.on_conflict_do_update(index_elements=["basis", "day", "currency"], set_={"dirty": True}))


def missing_days(session: Session) -> set[tuple[str, date, str]]:
    """Days on which facts count, and which have no total: they were counted differently before."""
    zone = the_organization(session).zone
    counted = {(basis, *day) for basis in BASES for day in add_up_everything(session, basis, zone)}
    kept = session.execute(select(DailyTotal.basis, DailyTotal.day, DailyTotal.currency))
    return counted - {(basis, day, currency) for basis, day, currency in kept}


def days_cut_anew(session: Session, before: ZoneInfo) -> set[tuple[str, date, str]]:
    """Where what was counted by cash on days of the zone `before` may count in the present one.

    Each day lies within two or three of the others; the facts themselves are not asked.
    """
    day_of = the_organization(session).day_of
    anew = set()
    kept = select(DailyTotal.day, DailyTotal.currency).where(DailyTotal.basis == "cash")
    for day, currency in session.execute(kept):
        starts, ends = day_bounds(day, before)
        first, last = day_of(starts), day_of(ends - datetime.resolution)
        anew |= {("cash", first + timedelta(days=n), currency) for n in range((last - first).days + 1)}
    return anew


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in and went back in one currency over some days, in minor units."""

    currency: str
    collected: int = 0
    refunded: int = 0
    lost: int = 0
    fees: int = 0
    payments: int = 0

    @property
    def net(self) -> int:
        """What is left of it, as far as Stripe has told its fees: some are known only days later."""
        return self.collected - self.refunded - self.lost - self.fees

    @property
    def is_nothing(self) -> bool:
        return not (self.payments or self.collected or self.refunded or self.lost or self.fees)

    def __add__(self, other: "Takings") -> "Takings":
        return Takings(self.currency, *(getattr(self, name) + getattr(other, name) for name in SUMS))


def takings_by_day(
    session: Session, zone: ZoneInfo, first: date, last: date, basis: str = "cash"
) -> dict[tuple[str, date], Takings]:
    """Each day's takings by currency, both days included: kept totals, and the marked days added up now."""
    query = select(DailyTotal).where(DailyTotal.basis == basis, DailyTotal.day >= first, DailyTotal.day <= last)
    rows = list(session.scalars(query.order_by(DailyTotal.day)))
    fresh = add_up(session, basis, {row.day for row in rows if row.dirty}, zone)
    return {(row.currency, row.day): Takings(row.currency, **_now(row, fresh)) for row in rows}


def _now(row: DailyTotal, fresh: Days) -> Sums:
    return fresh[row.day, row.currency] if row.dirty else row.sums


def total_takings(session: Session, zone: ZoneInfo, first: date, last: date, basis: str = "cash") -> dict[str, Takings]:
    """The takings of all these days, by currency."""
    totals: dict[str, Takings] = {}
    for (currency, _), takings in takings_by_day(session, zone, first, last, basis).items():
        totals[currency] = totals.get(currency, Takings(currency)) + takings
    return totals
