"""Work: nothing is stuck, nothing is forgotten, nobody approves what they asked for, looks go forward."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from models.base import Base
from models.bulk_run import BulkRun, BulkRunItem
from models.checkout import Checkout
from models.claimable import STUCK, Claimable
from models.clock import now
from models.dispute import Dispute
from models.document import Document
from models.export import Export
from models.invariants.invariant import Invariant, Rows
from models.mail import Mail
from models.payment import Payment
from models.reconciliation import Reconciliation
from models.refund import Refund
from models.stripe_account import Payout
from models.stripe_event import StripeEvent

CLOCKS_DIFFER = timedelta(minutes=5)


def tables_of_work() -> list[Any]:
    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Claimable)]


def _stuck(session: Session) -> Rows:
    late = now() - STUCK
    for table in tables_of_work():
        for row, error in session.execute(select(table.id, table.last_error).where(table.due_at < late)):
            yield f"{table.__tablename__}:{row}", error or "not worked on"


# What is not done yet, of each kind of work.
UNDONE: dict[Any, ColumnElement[bool]] = {
    Mail: and_(Mail.sent_at.is_(None), Mail.superseded_at.is_(None)),
    StripeEvent: StripeEvent.outcome == "",
    Refund: Refund.state == "requested",
    Checkout: Checkout.state == "creating",
    Reconciliation: Reconciliation.finished_at.is_(None),
    BulkRun: BulkRun.finished_at.is_(None),
    Export: Export.finished_at.is_(None),
    Document: Document.made_at.is_(None),
}


# Since when it is to be done.
_SINCE: dict[Any, Any] = {
    Mail: Mail.created_at,
    StripeEvent: StripeEvent.received_at,
    Refund: func.coalesce(Refund.approved_at, Refund.created_at),
    Checkout: Checkout.created_at,
}


def _late(session: Session) -> Rows:
    late = now() - STUCK
    for table, since in _SINCE.items():
        query = select(table.id, since, table.last_error).where(UNDONE[table], table.due_at >= late, since < late)
        for row, at, error in session.execute(query):
            why = error or "waits while another asks whether somebody answers"
            yield f"{table.__tablename__}:{row}", f"since {at:%Y-%m-%d %H:%M} UTC: {why}"


def _forgotten(session: Session) -> Rows:
    for table, undone in UNDONE.items():
        for row in session.scalars(select(table.id).where(undone, table.due_at.is_(None), table.parked_at.is_(None))):
            yield f"{table.__tablename__}:{row}", "is not done, and neither due nor waiting for a person"


def _bulk_runs(session: Session) -> Rows:
    states = {state: func.count().filter(BulkRunItem.state == state) for state in ("waiting", "done", "refused")}
    items = select(BulkRunItem.run_id, func.count(), *states.values()).group_by(BulkRunItem.run_id)
    found = {run: tuple(counts) for run, *counts in session.execute(items)}
    runs = select(BulkRun.id, BulkRun.total, BulkRun.done, BulkRun.refused, BulkRun.finished_at)
    for run, total, done, refused, finished_at in session.execute(runs):
        in_all, waiting, *ended = found.get(run, (0, 0, 0, 0))
        if (in_all, *ended) != (total, done, refused):
            yield f"bulk_run:{run}", f"says {done} done and {refused} refused of {total}; its invoices say otherwise"
        if finished_at and waiting:
            yield f"bulk_run:{run}", f"is finished, and {waiting} of its invoices still wait"


def _approvals(session: Session) -> Rows:
    alone = Refund.approved_by_id == Refund.made_by_id
    half = Refund.approved_by_id.is_(None) != Refund.approved_at.is_(None)
    early = and_(Refund.state == "awaiting_approval", or_(Refund.due_at.is_not(None), Refund.called_at.is_not(None)))
    for row, state in session.execute(select(Refund.id, Refund.state).where(or_(alone, half, early))):
        yield f"refund:{row}", f"is {state} without a second person's word"


def _looks(session: Session) -> Rows:
    for table, happened, which in _mirrors():
        newer = or_(table.looked_at.is_(None), happened > table.looked_at)
        query = select(table.id, happened, table.looked_at).where(which, newer)
        for row, at, looked_at in session.execute(query):
            if looked_at is None or at > looked_at + CLOCKS_DIFFER:
                yield f"{table.__tablename__}:{row}", f"is of {at}, its last look began {looked_at or 'never'}"


def _mirrors() -> Iterator[tuple[Any, Any, ColumnElement[bool]]]:
    """Table, when it happened at Stripe, which rows mirror an object there."""
    yield Payment, Payment.paid_at, Payment.account_id.is_not(None)
    yield Refund, Refund.created_at, and_(Refund.stripe_id.is_not(None), Refund.origin != "manual")
    yield Checkout, Checkout.created_at, Checkout.stripe_id.is_not(None)
    yield Dispute, Dispute.created_at, true()
    yield Payout, Payout.created_at, true()


INVARIANTS = (
    Invariant("nothing is stuck", "No work has been due for longer than ten minutes.", _stuck),
    Invariant("nothing is forgotten", "What is not done is due, or waits for a person.", _forgotten),
    Invariant("bulk runs", "A run says what became of each of its invoices; a finished one left none.", _bulk_runs),
    Invariant("two people", "Nobody approves a refund that they asked for, and none goes out unapproved.", _approvals),
    Invariant("looks", "What is mirrored from Stripe was looked at, and is not newer than its last look.", _looks),
)
ALERTS = (
    Invariant(
        "late work",
        "What is not done after ten minutes is tried again until the other side answers as it should.",
        _late,
    ),
)
