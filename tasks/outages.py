"""What an error of Stripe's says about the whole account: that nobody answers for it, or that it lets us in no more."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from models.checkout import Checkout
from models.clock import now
from models.refund import Refund
from models.stripe_account import account_of
from models.stripe_event import StripeEvent
from tasks import once_more, transaction
from tasks.accounts import look_whether_revoked
from tasks.stripe_gateway.client import GatewayError

PAUSE = timedelta(seconds=10)


@contextmanager
def asking(account: str) -> Iterator[None]:
    """Calls to Stripe for this account.

    While nobody answers one row asks, and the others leave the workers to other work. That the account lets us in
    no more is recorded at once, if Stripe says so twice: the event of it may be lost.
    """
    try:
        yield
    except GatewayError as error:
        if error.is_silence:
            put_off(account)
        if error.is_gone:
            with suppress(GatewayError):  # what the caller was told counts
                look_whether_revoked(account)
        raise


@once_more
def put_off(account: str) -> None:
    """Nobody answers for this account: what is due for it, and in nobody's hands, waits for ten seconds."""
    until = now() + PAUSE
    with transaction() as session:
        StripeEvent.put_off(session, until, StripeEvent.account == account)
        owner = account_of(session, account)
        if owner is not None:
            Refund.put_off(session, until, Refund.account_id == owner.id)
            Checkout.put_off(session, until, Checkout.account_id == owner.id)
