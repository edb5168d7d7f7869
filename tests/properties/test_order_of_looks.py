"""Looks at Stripe come to the same in whatever order they are recorded, and however often."""

from contextlib import ExitStack
from datetime import timedelta
from random import Random
from typing import Any

import builders
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties.books import our_books, stripes_books
from properties.desk import PART, WHICH, YES_OR_NO, either, one_of

from models.activity import pulse
from models.base import db
from models.clock import moved_to, now
from sandbox.errors import Refused as Impossible
from sandbox.world import World
from tasks.audit import audit
from tasks.looks import Seen, Subject, look, record

pytestmark = pytest.mark.both_databases

METHOD = st.sampled_from(("4242424242424242", "4000000000000259", "us_bank_account"))
ACTS = st.lists(
    either(
        settle=(st.sampled_from(("succeeded", "failed")),),
        refund=(PART,),
        decide_refund=(WHICH, st.sampled_from(("succeeded", "failed", "canceled", "requires_action"))),
        dispute=(YES_OR_NO,),
        decide_dispute=(st.sampled_from(("won", "lost", "warning_closed")),),
    ),
    max_size=6,
)
KINDS = {"checkout.session": "checkout", "payment_intent": "payment", "refund": "refund", "dispute": "dispute"}


class Life:
    """What becomes of one payment at Stripe. We look after each turn, and record nothing of it yet."""

    def __init__(self, method: str, acts: list[tuple[Any, ...]]) -> None:
        self.world: World = builders.the_world()
        self.world.refunds_wait = True
        self.seen: list[Seen] = []
        with ExitStack() as time:
            self.happen(time, "pay", method)
            for act in acts:
                self.happen(time, *act)

    def happen(self, time: ExitStack, name: str, *how: Any) -> None:
        time.enter_context(moved_to(now() + timedelta(seconds=1)))
        try:
            getattr(self, name)(*how)
        except Impossible:
            return
        for kind, noun in KINDS.items():
            self.seen += [look(Subject(noun, builders.STUDIO, one["id"])) for one in self.world.store.select(kind)]

    def pay(self, method: str) -> None:
        builders.pay(builders.a_sent_invoice(), method)
        db.session.rollback()

    def settle(self, outcome: str) -> None:
        self.world.settle(self.one("payment_intent"), outcome)

    def refund(self, part: int) -> None:
        self.world.refund(self.one("charge"), 2500 * part)

    def decide_refund(self, n: int, status: str) -> None:
        self.world.set_refund(self.one("refund", n), status)

    def dispute(self, inquiry: bool) -> None:
        status = "warning_needs_response" if inquiry else "needs_response"
        self.world.dispute(self.one("charge"), amount=6000, status=status)

    def decide_dispute(self, outcome: str) -> None:
        self.world.close_dispute(self.one("dispute"), outcome)

    def one(self, kind: str, n: int = 0) -> str:
        return str(one_of(self.world.store.select(kind), n)["id"])


@settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(method=METHOD, acts=ACTS, random=st.randoms(use_true_random=False))
def test_looks_come_to_the_same_in_any_order(
    ground: Any, method: str, acts: list[tuple[Any, ...]], random: Random
) -> None:
    with ground():
        life = Life(method, acts)
        looks = life.seen + random.choices(life.seen, k=3)
        random.shuffle(looks)
        for seen in looks:
            record(builders.STUDIO, seen)
        assert (our_books(), audit()) == (stripes_books(life.world), [])
        said = pulse(db.session)
        for seen in looks:
            record(builders.STUDIO, seen)
        assert (our_books(), pulse(db.session)) == (stripes_books(life.world), said)
