"""Daily totals, in the organization's time zone. A fact marks its day dirty; a job adds it up again."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, Date, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Minor, insert_or
from models.organization import Organization
from models.payment import Payment
from models.refund import Refund


class DailyTotal(Base):
    """What one day brought in one currency, in minor units."""

    __tablename__ = "daily_total"
    __table_args__ = (
        CheckConstraint("basis IN ('cash', 'invoice')", name="basis"),
        UniqueConstraint("basis", "day", "currency"),
    )

    # *cash*: the day of each fact itself. *invoice*: the issue date of the invoice that it belongs to.
    basis: Mapped[str] = mapped_column(String(7), default="cash")
    day: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    collected: Mapped[Minor]
    refunded: Mapped[Minor]
    lost: Mapped[Minor]
    fees: Mapped[Minor]
    payments: Mapped[int] = mapped_column(default=0)
    dirty: Mapped[bool] = mapped_column(default=True, index=True)


def mark_dirty(session: Session, organization: Organization, moments: Iterable[datetime], currency: str) -> None:
    """The day of each moment must be added up again; called in the transaction that changed the fact."""
    for day in sorted({organization.day_of(moment) for moment in moments}):
        insert = insert_or(session, DailyTotal).values(basis="cash", day=day, currency=currency, dirty=True)
        session.execute(insert.on_conflict_do_update(index_elements=["basis", "day", "currency"], set_={"dirty": True}))


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From midnight to midnight in the zone; 23 or 25 hours apart when the clock is changed."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


SUMS = ("collected", "refunded", "fees", "payments")
# What counts: money of invoices that arrived, and what went back of it.
_CAME = (Payment.status == "succeeded", Payment.invoice_id.is_not(None))
_WENT_BACK = (Refund.state == "succeeded", Payment.invoice_id.is_not(None))


def add_up_day(session: Session, day: date, currency: str, zone: ZoneInfo) -> dict[str, int]:
    """The day's sums from the payments and refunds themselves."""
    start, end = day_bounds(day, zone)
    came = select(func.sum(Payment.captured), func.sum(Payment.fee), func.count()).where(*_CAME)
    came = came.where(Payment.currency == currency, Payment.paid_at >= start, Payment.paid_at < end)
    collected, fees, count = session.execute(came).one()
    back = select(func.sum(Refund.amount)).join(Refund.payment).where(*_WENT_BACK)
    back = back.where(Refund.currency == currency, Refund.created_at >= start, Refund.created_at < end)
    sums_of_day = {"collected": collected, "refunded": session.scalar(back), "fees": fees, "payments": count}
    return {field: int(value or 0) for field, value in sums_of_day.items()}


def add_up_days(session: Session, zone: ZoneInfo) -> dict[tuple[date, str], dict[str, int]]:
    """The same of every day and currency in which there is anything, by two queries."""
    sums: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    came = select(Payment.paid_at, Payment.currency, Payment.captured, Payment.fee).where(*_CAME)
    for at, currency, captured, fee in session.execute(came):
        day = sums[at.astimezone(zone).date(), currency]
        day["collected"] += captured
        day["fees"] += fee or 0
        day["payments"] += 1
    back = select(Refund.created_at, Refund.currency, Refund.amount).join(Refund.payment).where(*_WENT_BACK)
    for at, currency, amount in session.execute(back):
        sums[at.astimezone(zone).date(), currency]["refunded"] += amount
    return dict(sums)


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in and went back in one currency over some days, in minor units."""

    currency: str
    collected: int = 0
    refunded: int = 0
    fees: int = 0
    payments: int = 0

    @property
    def net(self) -> int:
        """Collected less refunded. Stripe's fees stand beside it: some are known only days later."""
        return self.collected - self.refunded

    def __add__(self, other: "Takings") -> "Takings":
        return Takings(
            self.currency,
            self.collected + other.collected,
            self.refunded + other.refunded,
            self.fees + other.fees,
            self.payments + other.payments,
        )


def takings_by_day(session: Session, zone: ZoneInfo, first: date, last: date) -> dict[tuple[str, date], Takings]:
    """Each day's takings by currency, both days included: kept totals, and the marked days added up now."""
    query = select(DailyTotal).where(DailyTotal.day >= first, DailyTotal.day <= last).order_by(DailyTotal.day)
    found = {}
    for row in session.scalars(query):
        kept = {"collected": row.collected, "refunded": row.refunded, "fees": row.fees, "payments": row.payments}
        sums = add_up_day(session, row.day, row.currency, zone) if row.dirty else kept
        found[row.currency, row.day] = Takings(row.currency, **sums)
    return found


def total_takings(session: Session, zone: ZoneInfo, first: date, last: date) -> dict[str, Takings]:
    """The takings of all these days, by currency."""
    totals: dict[str, Takings] = {}
    for (currency, _), takings in takings_by_day(session, zone, first, last).items():
        totals[currency] = totals.get(currency, Takings(currency)) + takings
    return totals
