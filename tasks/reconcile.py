"""Asks Stripe what we missed, repairs it with the verbs that webhooks use, and leaves a report.

Who asks for a run of it, and when; what a run does is in runs.
"""

import time
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log
from models.base import locked
from models.clock import now
from models.organization import Organization, the_organization
from models.people import User, require
from models.reconciliation import Reconciliation
from models.stripe_account import first_unheard
from tasks import later, reading, transaction
from tasks.runs import FULL, finish_run, run_reconciliation

RECENT = timedelta(days=2)
# What the night could not compare is asked for again after this time.
AGAIN = timedelta(minutes=30)


def reconcile_recent() -> int:
    """Ask for a comparison of the last two days; scheduled every few minutes. One that is under way is found."""
    return _ask("recent")


def reconcile_nightly() -> None:
    """Once a night, from three o'clock on the organization's clock; scheduled every few minutes.

    A night that could not compare an account is asked for again after half an hour, and so is one before which
    an account that was connected again has not been compared.
    """
    with reading() as session:
        night = the_organization(session).last_night()
        query = select(Reconciliation).where(Reconciliation.kind == "nightly", Reconciliation.created_at >= night)
        run = session.scalars(query.order_by(Reconciliation.id.desc()).limit(1)).one_or_none()
        is_done = run is not None and (_is_fresh(run) or not (run.has_failed or first_unheard(session)))
    if not is_done:
        catch_up()


def _is_fresh(run: Reconciliation) -> bool:
    return run.is_running or run.created_at > now() - AGAIN


def catch_up() -> int:
    """Ask for what the night does: 35 days, and whatever can still change, of whatever age.

    For an account that was connected again it goes back to 35 days before it was let go. What waited for a person
    is tried once more.
    """
    return _ask("nightly")


def catch_up_account() -> int:
    """The same because an account was connected. A run under way may have passed over it, so this is another one."""
    with transaction() as session:
        run_id = _write(session, "nightly")
        later(run_reconciliation, run_id)
        return run_id


def reconcile_now(by: User) -> int:
    """The same, because somebody wants to know now."""
    require(by, "webhooks.view")
    return _ask("manual", by)


def _ask(kind: str, by: User | None = None) -> int:
    with transaction() as session:
        locked(session, Organization, 1)  # of two that ask at once, one writes and one finds
        query = select(Reconciliation.id).where(Reconciliation.due_at.is_not(None), Reconciliation.kind == kind)
        run_id = session.scalar(query.limit(1)) or _write(session, kind, by=by)
        later(run_reconciliation, run_id)
        return run_id


def _write(session: Session, kind: str, since: datetime | None = None, by: User | None = None) -> int:
    since = since or _since(session, kind)
    run = Reconciliation(kind=kind, since=since, asked_by_id=by.id if by else None, due_at=now())
    session.add(run)
    session.flush()
    if by:
        log(session, by, "reconcile.ask", f"reconciliation:{run.id}")
    return run.id


def _since(session: Session, kind: str) -> datetime:
    return now() - RECENT if kind == "recent" else min(now(), first_unheard(session) or now()) - FULL


def reconcile(since: datetime | None = None) -> Reconciliation:
    """Compare everything since then from here and now (as the night does), and answer with the report."""
    with transaction() as session:
        run_id = _write(session, "manual", since)
    while True:
        finish_run(run_id)
        with reading() as session:
            run = session.get_one(Reconciliation, run_id)
            session.expunge(run)
        if not run.is_running:
            return run
        time.sleep(1)  # a worker has found it first, or the database was locked
