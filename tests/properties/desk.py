"""A desk at which anything may happen, and the process may die in the middle of it."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Any, ClassVar

import builders
import workers
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from hypothesis.strategies import SearchStrategy
from properties.books import charged_too_much, made_twice, of_accounts, our_books, stripes_books
from properties.death import Death, Reaper, reaping
from properties.ending import STRIPE_FORGETS, blocked, left_over, lost_accounts
from properties.locks import watching_locks
from sqlalchemy import select

from models.base import db
from models.clock import moved_to, now
from models.invariants import INVARIANTS, Invariant
from models.invariants.work import STUCK
from models.money import Money
from models.people import User
from models.refusal import OutsideError, Refused
from models.stripe_account import StripeAccount, active_account
from sandbox.errors import Refused as Impossible
from sandbox.world import World
from tasks import snapshot
from tasks.audit import audit
from tasks.looks import Seen
from tasks.reconcile import reconcile

# Only a migration could break the rules of the schema, which are checked at the end of each day.
CHECKED = [one for one in INVARIANTS if one.name not in ("rules of the schema", "nothing is stuck")]
(NOTHING_IS_STUCK,) = [one for one in INVARIANTS if one.name == "nothing is stuck"]
CLAIM_IS_OVER = timedelta(seconds=45)
ROUNDS = 4
# In steps.
LONG_TROUBLE = 6
# Numbers choose among what is there at the time.
WHICH = st.integers(0, 30)
PART = st.integers(1, 4)
YES_OR_NO = st.booleans()
AMOUNT = st.integers(20, 2000).map(lambda tens: 10 * tens)


class Desk(RuleBasedStateMachine):
    """What the rules of all subjects stand on: one world, one clock, and a reaper."""

    # Makes the world of an example.
    ground: ClassVar[Callable[[], AbstractContextManager[Flask]]]

    def __init__(self) -> None:
        super().__init__()
        self.all_of_it = ExitStack()
        self.app = self.all_of_it.enter_context(type(self).ground())
        self.reaper: Reaper = self.all_of_it.enter_context(reaping())
        self.locked_out_of_order = self.all_of_it.enter_context(watching_locks())
        self.world: World = builders.the_world()
        self.pass_time(timedelta())
        for role in builders.EMAILS:
            builders.person(role)
        self.contact = builders.a_contact()
        for parts in (False, True):
            builders.a_sent_invoice(partial_payments=parts, contact=self.contact)
        builders.a_paid_invoice(contact=self.contact)
        builders.a_draft_invoice(contact=self.contact)
        self.slow_looks: list[tuple[str, Seen]] = []
        self.checked_at = self.steps = self.trouble_began = 0
        self.worked_at = now()
        self.ends_alone = False

    @initialize(alone=YES_OR_NO)
    def choose_the_end(self, alone: bool) -> None:
        """Whether the day ends with every account connected, or with none."""
        self.ends_alone = alone

    def person(self, role: str) -> User:
        return builders.person(role)

    def act(self, act: tuple[Any, ...]) -> None:
        """Do what was drawn, if it can be done. Who dies in it comes back when the claims have run out."""
        name, *how = act
        self.steps += 1
        db.session.rollback()
        try:
            if self.steps == self.trouble_began + LONG_TROUBLE:
                self.trouble_ends()
            getattr(self, name)(*how)
        except (Refused, OutsideError, Impossible):
            db.session.rollback()
        except Death:
            self.begin_again()

    def begin_again(self) -> None:
        """A new process, when what the dead one held is free."""
        db.session.rollback()
        self.reaper.revive()
        self.pass_time(CLAIM_IS_OVER)

    def trouble_begins(self) -> None:
        """Refused soon after the last one: nothing else would ever happen."""
        if self.steps < self.trouble_began + 2 * LONG_TROUBLE:
            raise Impossible("There is trouble enough.")
        self.trouble_began = self.steps

    def trouble_ends(self) -> None:
        """Stripe works again, and the admin connects what is not connected."""
        self.world.faults.clear()
        is_connected = active_account(db.session) is not None
        db.session.rollback()
        if not is_connected:
            builders.connected()
        db.session.rollback()

    def pass_time(self, how_much: timedelta) -> None:
        """Our clock and Stripe's go on together."""
        self.all_of_it.enter_context(moved_to(now() + how_much))
        self.world.clock.set(int(now().timestamp()))

    def pick(self, n: int, table: type[Any], *where: Any) -> Any:
        """One of these rows."""
        rows = db.session.scalars(select(table).where(*where).order_by(table.id)).all()
        db.session.rollback()
        return one_of(rows, n)

    def at_stripe(self, n: int, kind: str, *statuses: str) -> dict[str, Any]:
        """One of these objects, whatever its status if none is named."""
        found = self.world.store.select(kind, order="ASC")
        return one_of([one for one in found if not statuses or one["status"] in statuses], n)

    @invariant()
    def the_books_are_right(self) -> None:
        if self.checked_at == self.reaper.commits:
            return
        with snapshot() as session:
            assert [row for one in self.what_holds() for row in one.broken(session)] == []
        assert self.locked_out_of_order == []
        self.checked_at = self.reaper.commits

    def what_holds(self) -> list[Invariant]:
        """A day may go by in which nobody works; but what was due when somebody last did is not due since then."""
        return CHECKED + [NOTHING_IS_STUCK] * (now() - self.worked_at < STUCK)

    def teardown(self) -> None:
        """What went wrong before is not hidden by what follows from it."""
        try:
            if sys.exc_info()[0] is None:
                self.end_well()
        finally:
            self.all_of_it.close()

    def end_well(self) -> None:
        """The faults end and the rest arrives: then our books are Stripe's."""
        self.calm_down()
        (self.end_alone if self.ends_alone else self.end_together)()
        assert (audit(), left_over()) == ([], [])
        assert (made_twice(self.world), charged_too_much()) == ([], [])
        assert not self.ends_alone or blocked(self.person("finance")) == []

    def calm_down(self) -> None:
        db.session.rollback()
        self.reaper.revive()
        self.world.faults.clear()
        self.world.refunds_wait, self.world.deliveries.mode = False, "normal"
        self.come_to_rest()

    def end_together(self) -> None:
        """Every account lets us in again."""
        for account in db.session.scalars(select(StripeAccount)).all():
            if account.state == "revoked" or self.world.scope_of(account.stripe_id) is None:
                builders.connected(account.stripe_id)
        self.compare_all()
        assert our_books() == stripes_books(self.world)

    def end_alone(self) -> None:
        """The account is let go for good: what we have heard of it stays true, and Stripe's sessions run out."""
        if account := active_account(db.session):
            self.world.deauthorize(account.stripe_id)
        db.session.rollback()
        self.come_to_rest()
        self.pass_time(STRIPE_FORGETS)
        self.compare_all()
        lost, ours, theirs = lost_accounts(), our_books(), stripes_books(self.world)
        assert ours["captured"] <= theirs["captured"]
        assert of_accounts(ours, without=lost) == of_accounts(theirs, without=lost)

    def compare_all(self) -> None:
        """What the first comparison does not find, no other one would."""
        self.come_to_rest()
        reconcile()
        self.come_to_rest()
        report = reconcile()
        assert (report.repaired, report.differences, report.failed) == ([], [], False)
        assert len(report.unchecked) == len(lost_accounts())

    def come_to_rest(self) -> None:
        """Whatever is tried again is so within 30 seconds, and absence is proven by two looks."""
        for _ in range(ROUNDS):
            self.pass_time(CLAIM_IS_OVER)
            workers.settle(self.app, self.world)


def either(**acts: tuple[SearchStrategy[Any], ...]) -> SearchStrategy[tuple[Any, ...]]:
    """One of these methods of a desk, with its arguments."""
    return st.one_of(*(st.tuples(st.just(name), *how) for name, how in acts.items()))


def one_of(things: Sequence[Any], n: int) -> Any:
    if not things:
        raise Impossible("There is none.")
    return things[n % len(things)]


def part_of(money: Money, part: int) -> Money | None:
    """So many quarters of it, in amounts that every currency can be charged in; all of it is not named."""
    return None if part == 4 else Money(max(10, money.amount * part // 40 * 10), money.currency)
