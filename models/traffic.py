"""What arrives of Stripe's events: the last one of each type and how late it was, what fails, what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from models.clock import now
from models.stripe_event import StripeEvent, spoken

LATELY = timedelta(days=7)
SHOWN = 20
# SQLite's indexes do not help with IS NOT NULL.
_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
PARKED = StripeEvent.parked_at > _EVER
WAITING = StripeEvent.due_at > _EVER
RETRIED = WAITING & StripeEvent.last_error.is_not(None)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The last event of one type, how late it was, and how many of them came lately."""

    type: str
    last: datetime
    lag: str
    lately: int


@dataclass(frozen=True, slots=True)
class Pile:
    """Some events, the oldest first, and how many there are."""

    events: list[StripeEvent]
    count: int


def arrivals(session: Session) -> list[Arrival]:
    """One for each type that was ever heard, by name. Jumps from type to type through an index."""
    first = select(func.min(StripeEvent.type).label("type")).cte("types", recursive=True)
    following = select(func.min(StripeEvent.type)).where(StripeEvent.type > first.c.type).scalar_subquery()
    names = first.union_all(select(following).where(first.c.type.is_not(None)))
    types = select(names.c.type).where(names.c.type.is_not(None)).subquery()
    mine = StripeEvent.type == types.c.type
    last = select(StripeEvent.id).where(mine).order_by(StripeEvent.received_at.desc()).limit(1).scalar_subquery()
    lately = select(func.count()).where(mine, StripeEvent.received_at > now() - LATELY).scalar_subquery()
    found = select(types.c.type, lately.label("lately"), last.label("last")).subquery()
    query = select(found.c.type, StripeEvent.created_at, StripeEvent.received_at, found.c.lately)
    rows = session.execute(query.join(StripeEvent, StripeEvent.id == found.c.last).order_by(found.c.type))
    return [Arrival(kind, received, spoken(received - created), count) for kind, created, received, count in rows]


def pile_of(session: Session, which: ColumnElement[bool]) -> Pile:
    """Those that are parked, or tried again."""
    count = count_of(session, which)
    query = select(StripeEvent).where(which).options(defer(StripeEvent.body)).order_by(StripeEvent.id).limit(SHOWN)
    return Pile(list(session.scalars(query)) if count else [], count)


def count_of(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(which)) or 0


def first_arrival(session: Session) -> datetime | None:
    return session.scalar(select(StripeEvent.received_at).order_by(StripeEvent.id).limit(1))


def last_arrival(session: Session) -> datetime | None:
    return session.scalar(select(StripeEvent.received_at).order_by(StripeEvent.id.desc()).limit(1))


def last_of_mode(session: Session, livemode: bool) -> datetime | None:
    """When an event of this mode last arrived."""
    query = select(StripeEvent.received_at).where(StripeEvent.livemode == livemode)
    return session.scalar(query.order_by(StripeEvent.received_at.desc()).limit(1))


def was_heard(session: Session, which: ColumnElement[bool]) -> bool:
    return session.scalar(select(StripeEvent.id).where(which).limit(1)) is not None
