"""Webhooks, workers, time, trouble at Stripe, and death."""

from datetime import timedelta

import workers
from hypothesis import strategies as st
from properties.desk import WHICH, YES_OR_NO, Desk, either, one_of

from models.clock import now
from tasks.looks import Subject, look, record
from tasks.reconcile import catch_up, reconcile_recent

ROUTE = st.sampled_from(
    ("POST /v1/refunds", "POST /v1/checkout/sessions", "POST /v1/*", "GET /v1/*", "GET /v1/payment_intents/*")
)
FAULT = st.sampled_from(
    [("429", "before"), ("409", "before")]
    + [(kind, when) for kind in ("500", "503", "reset") for when in ("before", "after")]
)
# Seconds; a claim lasts 40, absence is proven by two looks 30 apart, a session lives for a day at most.
PAUSE = st.sampled_from((1, 12, 31, 45, 130, 1900, 90_000))
NOUNS = {"checkout.session": "checkout", "payment_intent": "payment", "refund": "refund", "dispute": "dispute"}
MODE = st.sampled_from(("normal", "shuffle", "repeat", "drop", "hold"))

LOOKS = either(begin_a_look=(st.sampled_from(sorted(NOUNS)), WHICH), end_a_look=(WHICH,))
TIME = either(come_home=(), deliver=(MODE,), work=(), wait=(PAUSE,))

TROUBLE = either(
    break_down=(ROUTE, FAULT, st.integers(1, 3)),
    die_in=(st.integers(1, 24),),
    ask_for_a_comparison=(YES_OR_NO,),
)


class Weather(Desk):
    """What nobody at the desk decides."""

    def begin_a_look(self, kind: str, n: int) -> None:
        """Somebody sees it as it is now, and is slow to save that."""
        name = self.at_stripe(n, kind)["id"]
        account = self.world.owner(name)
        self.slow_looks.append((account, look(Subject(NOUNS[kind], account, name))))

    def end_a_look(self, n: int) -> None:
        record(*one_of(self.slow_looks, n))

    def come_home(self) -> None:
        """What Stripe has to tell arrives, and is worked off."""
        self.deliver("normal")
        self.work()

    def deliver(self, mode: str) -> None:
        self.world.deliveries.mode = mode
        workers.deliver_webhooks(self.app, self.world)

    def work(self) -> None:
        workers.work_off()
        self.worked_at = now()

    def wait(self, seconds: int) -> None:
        self.pass_time(timedelta(seconds=seconds))
        self.world.tick()

    def break_down(self, route: str, fault: tuple[str, str], times: int) -> None:
        self.trouble_begins()
        self.world.faults.add(route, *fault, times=times)

    def die_in(self, moments: int) -> None:
        """Whatever is done next, the process does not survive this many more moments."""
        self.reaper.come_after(moments)

    def ask_for_a_comparison(self, nightly: bool) -> None:
        (catch_up if nightly else reconcile_recent)()
