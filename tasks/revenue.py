"""Daily totals: days that changed are added up again from the payments and refunds themselves."""

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.organization import Organization, the_organization
from models.payment import Payment
from models.refund import Refund
from models.revenue import DailyTotal, add_up_day, mark_dirty
from tasks import reading, transaction

BATCH = 50


def add_up_dirty_days() -> None:
    """Add up every day that a fact has marked, a few at a time."""
    while days := _dirty():
        with transaction() as session:
            zone = the_organization(session).zone
            for day, currency in days:
                query = select(DailyTotal).where(DailyTotal.day == day, DailyTotal.currency == currency)
                row = session.scalars(query.with_for_update()).one_or_none()
                if row is None:  # all totals were begun again meanwhile
                    continue
                for field, value in add_up_day(session, day, currency, zone).items():
                    setattr(row, field, value)
                row.dirty = False


def begin_again(session: Session, organization: Organization) -> None:
    """In the caller's transaction: forget all totals and mark every day on which a fact lies."""
    session.execute(delete(DailyTotal))
    moments: dict[str, set[datetime]] = {}
    for fact in (select(Payment.currency, Payment.paid_at), select(Refund.currency, Refund.created_at)):
        for currency, moment in session.execute(fact):
            moments.setdefault(currency, set()).add(moment)
    for currency, found in moments.items():
        mark_dirty(session, organization, found, currency)


def _dirty() -> list[tuple[date, str]]:
    """In the same order for everybody, so that two workers cannot wait for each other."""
    query = select(DailyTotal.day, DailyTotal.currency).where(DailyTotal.dirty)
    with reading() as session:
        found = session.execute(query.order_by(DailyTotal.day, DailyTotal.currency).limit(BATCH))
        return [(day, currency) for day, currency in found]
