"""A run of reconcile: work on a row, done a portion at a time.

When its worker is killed another goes on at the same page, and no worker is held for longer than some seconds.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.activity import learned_by, log
from models.checkout import Checkout
from models.clock import now
from models.organization import the_organization
from models.reconciliation import Reconciliation
from models.refund import Refund
from models.stripe_account import StripeAccount
from models.stripe_event import StripeEvent
from tasks import later, transaction
from tasks.claiming import Claim, work_on
from tasks.compared import KINDS
from tasks.comparison import compare_account, compare_checkouts, compare_page, compare_sessions, compare_unseen
from tasks.day_sums import compare_sums
from tasks.portions import Found, Keep, Scope, Times
from tasks.stripe_gateway.client import GatewayError
from tasks.upkeep import complete_books

# What a full comparison goes back, and before the day on which an account was let go.
FULL = timedelta(days=35)
REPORTS_KEPT = timedelta(days=7)
BATCH = 200
# So long one run holds a worker before other work has its turn, in seconds.
TURN = 15.0
# What Stripe refuses for a moment, because it is asked too often or failed, is asked again so often.
TRIES, PAUSE = 3, timedelta(seconds=5)

STEPS: tuple[tuple[str, Callable[[Scope, str, Keep], tuple[str, Found]]], ...] = (
    ("account", compare_account),
    *((f"{kind.name.lower()}s", partial(compare_page, kind)) for kind in KINDS),
    *((f"{kind.name.lower()}s one by one", partial(compare_unseen, kind)) for kind in KINDS),
    ("sessions", compare_sessions),
    ("checkouts", compare_checkouts),
    ("sums of each day", compare_sums),
)


def run_reconciliation(run_id: int) -> None:
    """Go on with a run for some seconds, then give way to other work until its next turn."""
    work_on(Reconciliation, run_id, partial(_work, turn=TURN))


def finish_run(run_id: int) -> None:
    """The same without giving way: go on to its end."""
    work_on(Reconciliation, run_id, partial(_work, turn=None))


def _work(claim: Claim, turn: float | None) -> None:
    _begin(claim)
    started, times = time.monotonic(), Times()
    with learned_by("reconcile"):
        while place := _next(claim, times):
            pause = _portion(claim, *place, tries=TRIES if turn else 1)
            if turn is not None and (pause or time.monotonic() - started > turn):
                _give_way(claim, pause)
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
    claim.hold(session)
    return session.get_one(Reconciliation, claim.row_id)


def _next(claim: Claim, times: Times) -> tuple[Scope, str, str] | None:
    """The account whose turn it is, the step, and where in it; accounts that let us in no more are passed over."""
    with transaction() as session:
        run = _hold(session, claim)
        while run.account_id is not None:
            account = session.get_one(StripeAccount, run.account_id)
            if not account.is_out_of_reach:
                return _scope(session, run, account, times), run.progress["step"] or STEPS[0][0], run.progress["after"]
            run.leave_account(f"{account.in_full} is disconnected.")
        return None


def _scope(session: Session, run: Reconciliation, account: StripeAccount, times: Times) -> Scope:
    began = run.began_at or now()
    return Scope(
        account_id=account.id,
        account=account.stripe_id,
        install_id=the_organization(session).install_id,
        since=run.since,
        began=began,
        everything=run.kind != "recent",
        sums=run.progress["sums"],
        times=times,
    )


def _portion(claim: Claim, scope: Scope, step: str, after: str, tries: int) -> timedelta:
    """One portion of one step, and how long to wait before the next one."""
    try:
        after, found = dict(STEPS)[step](scope, after, partial(_keep, claim))
    except GatewayError as error:
        return _note_failure(claim, scope, error, tries)
    with transaction() as session:
        run = _hold(session, claim)
        _note(run, found)
        names = [name for name, _ in STEPS]
        if not after and step == names[-1]:
            _is_heard_again(session.get_one(StripeAccount, scope.account_id), scope)
            run.leave_account()
        else:
            run.go_on(step if after else names[names.index(step) + 1], after, found.sums)
    return timedelta()


def _is_heard_again(account: StripeAccount, scope: Scope) -> None:
    """What nobody told us of it was compared; not if it was connected again while the run was under way."""
    unheard, goes_far_back = account.unheard_since, scope.everything and account.connected_at <= scope.began
    if unheard and goes_far_back and scope.since <= unheard - FULL:
        account.unheard_since = None


def _note_failure(claim: Claim, scope: Scope, error: GatewayError, tries: int) -> timedelta:
    """What passes is tried again a few times. An account that does not answer has failed; the next run tries again."""
    with transaction() as session:
        run = _hold(session, claim)
        if not error.permanent and not error.is_silence and run.try_again(tries):
            return PAUSE
        run.failed = True
        run.leave_account(f"{session.get_one(StripeAccount, scope.account_id).in_full}: {error}")
        return timedelta()


def _keep(claim: Claim, found: Found) -> None:
    with transaction() as session:
        _note(_hold(session, claim), found)


def _note(run: Reconciliation, found: Found) -> None:
    run.checked += found.checked
    run.others += found.others
    run.note(found.repaired, found.differences)


def _give_way(claim: Claim, pause: timedelta) -> None:
    with transaction() as session:
        claim.again_at(session, now() + pause, "")
        if not pause:
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
