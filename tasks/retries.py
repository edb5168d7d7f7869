"""What was given up until a person looks is tried again because one has looked."""

from models.activity import log
from models.base import locked
from models.checkout import Checkout
from models.language import gettext
from models.people import User, require
from models.refund import Refund
from models.refusal import Refused
from tasks import later, transaction
from tasks.refunds import send_refund
from tasks.sessions import create_session


def retry_refund(refund_id: int, by: User) -> None:
    """Ask Stripe again for a refund whose outcome nobody knows. Refuses one that waits for nothing."""
    require(by, "refunds.issue")
    with transaction() as session:
        refund = locked(session, Refund, refund_id)
        if refund.parked_at is None or refund.state != "requested":
            raise Refused(gettext("This refund is not waiting for a retry."))
        refund.wake()
        log(session, by, "refund.retry", f"refund:{refund.id}")
        later(send_refund, refund.id)


def retry_checkout(checkout_id: int, by: User) -> None:
    """Ask Stripe again for a checkout whose outcome nobody knows. Refuses one that waits for nothing."""
    require(by, "payments.record")
    with transaction() as session:
        checkout = locked(session, Checkout, checkout_id)
        if checkout.parked_at is None or checkout.state != "creating":
            raise Refused(gettext("This checkout is not waiting for a retry."))
        checkout.wake()
        log(session, by, "checkout.retry", f"checkout:{checkout.id}")
        later(create_session, checkout.id)
