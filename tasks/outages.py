"""While Stripe is silent, one row of an account asks; the others wait and leave the workers to other work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from models.checkout import Checkout
from models.clock import now
from models.refund import Refund
from models.stripe_account import account_of
from models.stripe_event import StripeEvent
from tasks import once_more, transaction
from tasks.stripe_gateway.client import GatewayError

PAUSE = timedelta(seconds=10)


@contextmanager
def one_asks(account: str) -> Iterator[None]:
    """Calls to Stripe for this account; when there is no answer, what else is due for it is put off."""
    try:
        yield
    except GatewayError as error:
        if error.is_silence:
            put_off(account)
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
