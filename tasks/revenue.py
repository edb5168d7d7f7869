"""Daily totals: days that changed are added up again from the payments, refunds and disputes themselves."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from models.counted import BASES, add_up
from models.organization import the_organization
from models.revenue import DailyTotal, days_cut_anew, mark_days, missing_days
from tasks import reading, transaction

BATCH = 50


def add_up_dirty_days() -> None:
    """Add up every day that a fact has marked, a few at a time."""
    while days := _dirty():
        with transaction() as session:
            zone = the_organization(session).zone
            rows = _locked(session, days)
            for basis in BASES:
                found = add_up(session, basis, {row.day for row in rows if row.basis == basis}, zone)
                for row in (row for row in rows if row.basis == basis):
                    for name, value in found[row.day, row.currency].items():
                        setattr(row, name, value)
                    row.dirty = False


def cut_days_anew(session: Session, before: ZoneInfo) -> None:
    """In the caller's transaction: forget the totals by cash, whose days were those of the zone `before`, and mark
    the days of the present one. Issue dates are the same in each zone.
    """
    days = days_cut_anew(session, before)
    session.execute(delete(DailyTotal).where(DailyTotal.basis == "cash"))
    mark_days(session, days)


def find_missing_days() -> None:
    """Mark the days that an earlier version did not count, or counted on one basis only."""
    with reading() as session:
        missing = missing_days(session)
    if missing:
        with transaction() as session:
            mark_days(session, missing)


def _dirty() -> list[tuple[str, date, str]]:
    """In the same order for everybody, so that two workers cannot wait for each other."""
    day = (DailyTotal.basis, DailyTotal.day, DailyTotal.currency)
    with reading() as session:
        found = session.execute(select(*day).where(DailyTotal.dirty).order_by(*day).limit(BATCH))
        return [(basis, day, currency) for basis, day, currency in found]


def _locked(session: Session, days: list[tuple[str, date, str]]) -> list[DailyTotal]:
    """Their rows as they are now; none of those that have gone, since the days were cut anew meanwhile."""
    day = (DailyTotal.basis, DailyTotal.day, DailyTotal.currency)
    query = select(DailyTotal).where(tuple_(*day).in_(days)).order_by(*day).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))
