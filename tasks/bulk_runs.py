"""Sending, reminding and voiding many invoices: work on a row, done an invoice at a time by the same verb as for one.

A worker that is killed leaves it to another; the act on each invoice has one operation, so nothing is done twice.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log
from models.base import locked
from models.bulk_run import BEGUN, KINDS, BulkRun, BulkRunItem, fingerprint
from models.clock import now
from models.language import gettext
from models.mail import CAN_WAIT
from models.people import User, require
from models.refusal import Conflict, OutsideError, Refused
from tasks import later, once_more, transaction
from tasks.claiming import Claim, work_on
from tasks.invoices import send_invoice, void_invoice
from tasks.reminders import remind

# So long one run holds a worker before other work has its turn, in seconds.
TURN = 15.0
BATCH = 20

VERBS: dict[str, Callable[[int, User, str, datetime], object]] = {
    "send": send_invoice,
    "remind": lambda invoice_id, by, operation, since: remind(invoice_id, by, operation, CAN_WAIT),
    "void": lambda invoice_id, by, operation, since: void_invoice(invoice_id, by),
}


@once_more
def begin_bulk(
    kind: str, invoice_ids: Collection[int], by: User, operation: str, shown_at: datetime | None = None
) -> int:
    """Ask for the same act on many invoices; the id of the run. The same operation asks once.

    What was sent after `shown_at`, when their list was made, is not sent again.

    Refuses no invoice at all, more than 5,000, and an operation that has asked for something else. What cannot be done
    to one of them is told of it alone.
    """
    require(by, KINDS[kind].permission)
    with transaction() as session:
        return _begin(session, kind, invoice_ids, by, operation, shown_at)


@once_more
def retry_refused(run_id: int, by: User) -> int:
    """Ask for it again for those that were refused, once; the id of the new run, which acts for who pressed first.

    Refuses a run that is not at its end, and one of whose refused invoices none is left.
    """
    with transaction() as session:
        run = locked(session, BulkRun, run_id)
        require(by, KINDS[run.kind].permission)
        if found := run.retried(session):
            return found.id
        if not run.finished_at:
            raise Refused(gettext("It is still under way."))
        refused = (BulkRunItem.run_id == run_id, BulkRunItem.state == "refused", BulkRunItem.invoice_id.is_not(None))
        ids = [row for row in session.scalars(select(BulkRunItem.invoice_id).where(*refused)) if row is not None]
        if not ids:
            raise Refused(gettext("The drafts that were refused here were deleted."))
        return _begin(session, run.kind, ids, by, run.retry_operation, run.since)


@once_more
def go_on(run_id: int, by: User) -> None:
    """A run that has stopped on an error goes on behind the invoice that stopped it, which may be tried again later."""
    with transaction() as session:
        run = locked(session, BulkRun, run_id)
        require(by, KINDS[run.kind].permission)
        if not run.parked_at:
            raise Refused(gettext("It has not stopped."))
        for item in run.next_ones(session, 1):
            run.note(item, f"It stopped the run: {run.last_error}")
        run.wake()
        log(session, by, "bulk.go_on", f"bulk_run:{run.id}")
        later(work_bulk, run.id)


def work_bulk(run_id: int) -> None:
    """Go on with a run for some seconds, then give way to other work until its next turn."""
    work_on(BulkRun, run_id, _work)


def _begin(
    session: Session, kind: str, invoice_ids: Collection[int], by: User, operation: str, since: datetime | None
) -> int:
    run_id, is_new = BulkRun.asked(session, kind, by, operation)
    run, asked = session.get_one(BulkRun, run_id), fingerprint(invoice_ids)
    if not is_new:
        run.refuse_other(session, kind, asked)
    else:
        run.since = since or run.since
        run.take(session, invoice_ids)
        log(session, by, BEGUN, f"bulk_run:{run_id}", after={"kind": kind, "invoices": run.total, "asked": asked})
        later(work_bulk, run_id)
    return run_id


@dataclass(frozen=True, slots=True)
class _Item:
    """One invoice whose turn it is; None for a draft that was deleted meanwhile."""

    item_id: int
    invoice_id: int | None
    kind: str
    by: User
    operation: str
    since: datetime
    free_at: datetime | None


def _work(claim: Claim) -> None:
    started = time.monotonic()
    while portion := _portion(claim):
        for item in portion:
            if item.free_at and item.free_at > now():
                _give_way(claim, item.free_at)
                return
            _do(claim, item)
            if time.monotonic() - started > TURN:
                _give_way(claim, now())
                return
    _conclude(claim)


@once_more
def _portion(claim: Claim) -> list[_Item]:
    """The next invoices that wait, and who acts: the verbs ask for the permission that this person has by now."""
    with transaction() as session:
        run = _hold(session, claim)
        return [_item(run, each) for each in run.next_ones(session, BATCH)]


def _item(run: BulkRun, item: BulkRunItem) -> _Item:
    operation = run.operation_of(item.invoice_id or 0)
    return _Item(item.id, item.invoice_id, run.kind, run.asked_by, operation, run.since, item.free_at)


def _do(claim: Claim, item: _Item) -> None:
    """A worker that is slower than its claim may still be at an invoice: what is in other hands is not refused yet."""
    try:
        words = _act(item)
    except Conflict as error:
        _postpone(claim, item, str(error))
    else:
        _record(claim, item, words)


def _act(item: _Item) -> str:
    """Why it could not be done; empty when it was. While Stripe does not answer the run waits, as all work does."""
    if item.invoice_id is None:
        return "This draft was deleted."
    try:
        VERBS[item.kind](item.invoice_id, item.by, item.operation, item.since)
    except Conflict:
        raise
    except Refused as error:
        return str(error)
    except OutsideError as error:
        if not error.permanent:
            raise
        return str(error)
    return ""


@once_more
def _record(claim: Claim, item: _Item, words: str) -> None:
    with transaction() as session:
        _hold(session, claim).note(session.get_one(BulkRunItem, item.item_id), words)


@once_more
def _postpone(claim: Claim, item: _Item, words: str) -> None:
    with transaction() as session:
        _hold(session, claim).postpone(session.get_one(BulkRunItem, item.item_id), words)


@once_more
def _give_way(claim: Claim, until: datetime) -> None:
    with transaction() as session:
        claim.again_at(session, until, "")
        later(work_bulk, claim.row_id)


@once_more
def _conclude(claim: Claim) -> None:
    with transaction() as session:
        run = _hold(session, claim)
        run.finished_at = now()
        session.flush()
        claim.finish(session)
        log(session, None, "bulk.done", f"bulk_run:{run.id}", after={"done": run.done, "refused": run.refused})


def _hold(session: Session, claim: Claim) -> BulkRun:
    """In a transaction that saves something of the run: it is still ours, for another 40 seconds."""
    claim.hold(session)
    return session.get_one(BulkRun, claim.row_id)
