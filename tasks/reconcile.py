"""Asks Stripe what we missed, repairs it with the verbs that webhooks use, and leaves a report.

A run is work on a row, done a portion at a time: when its worker is killed another goes on at the same page, and
no worker is held for longer than some seconds.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.activity import learned_by, log
from models.checkout import Checkout
from models.clock import now
from models.organization import Organization, the_organization
from models.people import User, require
from models.reconciliation import Reconciliation
from models.refund import Refund
from models.stripe_account import StripeAccount
from models.stripe_event import StripeEvent
from tasks import later, reading, transaction
from tasks.claiming import Claim, ClaimLost, work_on
from tasks.compared import KINDS
from tasks.comparison import compare_account, compare_checkouts, compare_page, compare_unseen
from tasks.day_sums import compare_sums
from tasks.portions import Found, Keep, Scope, Times
from tasks.stripe_gateway.client import GatewayError
from tasks.upkeep import complete_books

RECENT, FULL = timedelta(days=2), timedelta(days=35)
REPORTS_KEPT = timedelta(days=7)
BATCH = 200
# So long one run holds a worker before other work has its turn, in seconds.
TURN = 15.0

STEPS: tuple[tuple[str, Callable[[Scope, str, Keep], tuple[str, Found]]], ...] = (
    ("account", compare_account),
    *((f"{kind.name.lower()}s", partial(compare_page, kind)) for kind in KINDS),
    *((f"{kind.name.lower()}s one by one", partial(compare_unseen, kind)) for kind in KINDS),
    ("checkouts", compare_checkouts),
    ("sums of each day", compare_sums),
)


def reconcile_recent() -> int:
    """Ask for a comparison of the last two days; scheduled every few minutes. One that is under way is found."""
    return _ask("recent", RECENT)


def catch_up() -> int:
    """Ask for what the night does: 35 days, and whatever can still change, of whatever age.

    What waited for a person is tried once more. Also asked for when an account is connected again.
    """
    return _ask("nightly", FULL)


def reconcile_now(by: User) -> int:
    """The same, because somebody wants to know now."""
    require(by, "webhooks.view")
    return _ask("manual", FULL, by)


def _ask(kind: str, span: timedelta, by: User | None = None) -> int:
    with transaction() as session:
        session.get_one(Organization, 1, with_for_update=True)  # of two that ask at once, one writes and one finds
        query = select(Reconciliation.id).where(Reconciliation.due_at.is_not(None), Reconciliation.kind == kind)
        run_id = session.scalar(query.limit(1)) or _write(session, kind, now() - span, by)
        later(run_reconciliation, run_id)
        return run_id


def _write(session: Session, kind: str, since: datetime, by: User | None = None) -> int:
    run = Reconciliation(kind=kind, since=since, asked_by_id=by.id if by else None, due_at=now())
    session.add(run)
    session.flush()
    if by:
        log(session, by, "reconcile.ask", f"reconciliation:{run.id}")
    return run.id


def reconcile(since: datetime | None = None) -> Reconciliation:
    """Compare everything since then (35 days) from here and now, and answer with the report."""
    with transaction() as session:
        run_id = _write(session, "manual", since or now() - FULL)
    while True:
        work_on(Reconciliation, run_id, _work)
        with reading() as session:
            run = session.get_one(Reconciliation, run_id)
            session.expunge(run)
        if not run.is_running:
            return run
        time.sleep(1)  # a worker has found it first, or the database was locked


def run_reconciliation(run_id: int) -> None:
    """Go on with a run for some seconds, then give way to other work until its next turn."""
    work_on(Reconciliation, run_id, partial(_work, turn=TURN))


def _work(claim: Claim, turn: float | None = None) -> None:
    _begin(claim)
    started, times = time.monotonic(), Times()
    with learned_by("reconcile"):
        while place := _next(claim, times):
            _portion(claim, *place)
            if turn is not None and time.monotonic() - started > turn:
                _give_way(claim)
                return
    _conclude(claim)


def _begin(claim: Claim) -> None:
    """When a run begins is kept with it: what was looked at since then has been compared."""
    with transaction() as session:
        run = _hold(session, claim)
        if run.began_at is not None:
            return
        run.begin(list(session.scalars(select(StripeAccount.id).order_by(StripeAccount.id))))
        if run.kind != "recent":
            StripeEvent.wake_parked(session)
            Refund.wake_parked(session, Refund.state == "requested")
            Checkout.wake_parked(session, Checkout.state == "creating")
            later(complete_books)


def _hold(session: Session, claim: Claim) -> Reconciliation:
    """In a transaction that saves something of the run: it is still ours, for another 40 seconds."""
    if not Reconciliation.renew(session, claim.row_id, claim.token):
        raise ClaimLost
    return session.get_one(Reconciliation, claim.row_id)


def _next(claim: Claim, times: Times) -> tuple[Scope, str, str] | None:
    """The account whose turn it is, the step, and where in it; accounts that let us in no more are passed over."""
    with transaction() as session:
        run = _hold(session, claim)
        while run.account_id is not None:
            account = session.get_one(StripeAccount, run.account_id)
            if account.state != "revoked":
                return _scope(session, run, account, times), run.progress["step"] or STEPS[0][0], run.progress["after"]
            run.leave_account(f"{account.stripe_id} is disconnected")
        return None


def _scope(session: Session, run: Reconciliation, account: StripeAccount, times: Times) -> Scope:
    began = run.began_at or now()
    return Scope(
        account_id=account.id,
        account=account.stripe_id,
        install_id=the_organization(session).install_id,
        since=run.since or began - FULL,
        began=began,
        everything=run.kind != "recent",
        sums=run.progress["sums"],
        times=times,
    )


def _portion(claim: Claim, scope: Scope, step: str, after: str) -> None:
    """One portion of one step. An account that Stripe does not answer for has failed; the next run tries again."""
    try:
        after, found = dict(STEPS)[step](scope, after, partial(_keep, claim))
    except GatewayError as error:
        with transaction() as session:
            run = _hold(session, claim)
            run.failed = True
            run.leave_account(f"{scope.account}: {error}")
        return
    with transaction() as session:
        run = _hold(session, claim)
        _note(run, found)
        names = [name for name, _ in STEPS]
        if not after and step == names[-1]:
            run.leave_account()
        else:
            run.go_on(step if after else names[names.index(step) + 1], after, found.sums)


def _keep(claim: Claim, found: Found) -> None:
    with transaction() as session:
        _note(_hold(session, claim), found)


def _note(run: Reconciliation, found: Found) -> None:
    run.checked += found.checked
    run.others += found.others
    run.note(found.repaired, found.differences)


def _give_way(claim: Claim) -> None:
    with transaction() as session:
        claim.again_at(session, now(), "")
        later(run_reconciliation, claim.row_id)


def _conclude(claim: Claim) -> None:
    with transaction() as session:
        run = _hold(session, claim)
        run.finished_at = now()
        session.flush()
        claim.finish(session)
        kind = run.kind
        if run.asked_by_id:
            log(session, None, "reconcile.done", f"reconciliation:{run.id}", after={"report": run.headline})
    if kind == "nightly":
        prune_reports()


def prune_reports() -> None:
    """Forget the reports on recent days that are older than a week and have repaired nothing and found nothing."""
    old = (Reconciliation.kind == "recent", Reconciliation.created_at < now() - REPORTS_KEPT)
    idle = (Reconciliation.repairs == 0, Reconciliation.open_differences == 0, Reconciliation.due_at.is_(None))
    some = select(Reconciliation.id).where(*old, *idle).limit(BATCH)
    while True:
        with transaction() as session:
            if not (ids := list(session.scalars(some))):
                return
            session.execute(delete(Reconciliation).where(Reconciliation.id.in_(ids)))
