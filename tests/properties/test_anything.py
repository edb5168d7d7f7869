"""Whatever happens, in whatever order, and whenever the process dies: the books are right, and in the end Stripe's."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from properties.billing import FINANCE, STAFF, Billing, ByHand
from properties.giving_back import AT_STRIPE, REFUNDS, AtStripe, GivingBack
from properties.paying import ACCOUNTS, BUYERS, CUSTOMERS, Connecting, Paying
from properties.weather import LOOKS, TIME, TROUBLE, Weather

pytestmark = pytest.mark.both_databases

ALL_DAY = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
QUICK = settings(ALL_DAY, max_examples=6, stateful_step_count=25, derandomize=True, database=None)
DEEP = settings(ALL_DAY, max_examples=200, stateful_step_count=60)


# What is listed more often happens more often.
ANYTHING = st.one_of(
    *(BUYERS,) * 8,
    *(CUSTOMERS,) * 2,
    *(TIME,) * 3,
    *(LOOKS,) * 3,
    *(REFUNDS,) * 2,
    *(AT_STRIPE, STAFF, FINANCE, ACCOUNTS, TROUBLE),
)


class AnyDay(Billing, ByHand, Paying, GivingBack, AtStripe, Connecting, Weather):
    """One desk at which all of it may happen."""

    @rule(act=ANYTHING)
    def happens(self, act: tuple[object, ...]) -> None:
        self.act(act)


def test_whatever_happens_the_books_are_right(ground) -> None:
    AnyDay.ground = staticmethod(ground)
    run_state_machine_as_test(AnyDay, settings=QUICK)


@pytest.mark.slow
def test_many_days_of_whatever_happens(ground) -> None:
    AnyDay.ground = staticmethod(ground)
    run_state_machine_as_test(AnyDay, settings=DEEP)
