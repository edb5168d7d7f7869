"""Checkouts that stand although nothing is due any more, or whose link is over: Stripe's page may still be open."""

import logging

from sqlalchemy import exists, or_, select

from models.checkout import UNSETTLED, Checkout
from models.clock import now
from models.pay_link import PayLink
from models.receivables import DUE
from models.stripe_account import StripeAccount
from tasks import reading
from tasks.checkouts import close_checkout
from tasks.stripe_gateway.client import GatewayError

logger = logging.getLogger("paydesk.work")
BATCH = 200


def close_idle_checkouts() -> None:
    """Close what stands of invoices on which nothing is due, say because all was given back; and what was begun by a
    link that staff have replaced or revoked since.

    The rows themselves say what is to be done: the sweep asks for this as long as there is one. What Stripe does
    not do now is tried again then; an account that does not answer is asked once.
    """
    silent: set[str] = set()
    for checkout_id, account in idle_checkouts(BATCH):
        if account in silent:
            continue
        try:
            close_checkout(checkout_id)
        except GatewayError as error:
            logger.warning("Checkout %s could not be closed: %s", checkout_id, error)
            silent |= {account} if error.is_silence else set()


def idle_checkouts(limit: int) -> list[tuple[int, str]]:
    """Their ids, and their accounts at Stripe.

    One of an account that lets us in no more ends with its time; so does one that waits for a person.
    """
    query = select(Checkout.id, StripeAccount.stripe_id).join(Checkout.invoice).join(Checkout.account)
    at_rest = or_(Checkout.state == "open", Checkout.parked_at.is_(None), Checkout.expires_at < now())
    link_is_over = exists().where(PayLink.invoice_id == Checkout.invoice_id, PayLink.revoked_at > Checkout.created_at)
    idle = query.where(
        Checkout.state.in_(UNSETTLED), or_(DUE == 0, link_is_over), ~StripeAccount.is_out_of_reach, at_rest
    )
    with reading() as session:
        return [(row.id, row.stripe_id) for row in session.execute(idle.order_by(Checkout.id).limit(limit))]
