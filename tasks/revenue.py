"""Daily totals: days that changed are added up again from the payments and refunds themselves."""

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.base import db
from models.organization import Organization, the_organization
from models.payment import Payment, Refund
from models.revenue import DailyTotal, add_up_day, mark_dirty
from tasks import transaction

BATCH = 50


def add_up_dirty_days() -> None:
    """Add up every day that a fact has marked, a few at a time."""
    while days := _dirty():
        with transaction() as session:
            zone = the_organization(session).zone
            for day, currency in days:
                row = session.query(DailyTotal).filter_by(day=day, currency=currency).with_for_update().one()
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
    query = select(DailyTotal.day, DailyTotal.currency).where(DailyTotal.dirty).order_by(DailyTotal.day)
    found = [(day, currency) for day, currency in db.session.execute(query.limit(BATCH))]
    db.session.rollback()
    return found
