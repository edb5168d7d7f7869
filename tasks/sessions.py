"""Stripe's Checkout Sessions: made once for each written intention, looked at, and recorded."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import locked
from models.checkout import IMPOSSIBLE_AMOUNTS, Checkout
from models.clock import now
from models.stripe_account import StripeAccount
from tasks import later, once_more, transaction
from tasks.claiming import work_on
from tasks.operations import Call, Making, call_of, make
from tasks.outages import asking
from tasks.payments import look_at_payment
from tasks.stripe_gateway import checkouts as stripe_checkouts
from tasks.stripe_gateway.checkouts import SessionRecord
from tasks.stripe_gateway.client import GatewayError, place

CLOCKS_DIFFER = timedelta(minutes=5)


def create_session(checkout_id: int) -> None:
    """Make the Checkout Session of a written intention at Stripe, once; a worker does it when nobody here may wait."""
    with place() as free:
        if free:
            work_on(Checkout, checkout_id, lambda claim: make(claim, SESSIONS))
        else:
            later(create_session, checkout_id)


def _prepare(session: Session, checkout: Checkout) -> Call | None:
    if checkout.state != "creating":
        return None
    if checkout.has_run_out():
        checkout.state = "expired"
        return None
    return call_of(checkout, checkout.account.stripe_id, checkout.params)


def _create(call: Call) -> SessionRecord:
    try:
        return stripe_checkouts.create(call.account, call.key, call.params)
    except GatewayError as error:
        if words := IMPOSSIBLE_AMOUNTS.get(error.code):
            raise GatewayError(words, permanent=True, code=error.code, status=400) from error
        raise


def _look_again(call: Call, made: SessionRecord) -> SessionRecord:
    return stripe_checkouts.look_at(call.account, made.id)


def _find(call: Call) -> SessionRecord | None:
    """After an answer that Stripe would only replay: is the session there in spite of it?"""
    found = stripe_checkouts.since(call.account, call.written_at - CLOCKS_DIFFER)
    return next((record for record in found if record.metadata.get("paydesk_operation") == call.uuid), None)


def _record(call: Call, record: SessionRecord, began: datetime) -> None:
    record_session(call.account, record, began)


def _give_up(session: Session, checkout_id: int, why: str) -> None:
    checkout = locked(session, Checkout, checkout_id)
    if checkout.stripe_id is None:
        checkout.state = "failed"


SESSIONS = Making(Checkout, _prepare, _create, _look_again, _find, _record, _give_up)


def look_at_session(account: str, session_id: str) -> None:
    """Ask Stripe what became of a session and record it, its payment included. One that is not ours is left alone."""
    began = now()
    with asking(account):
        record = stripe_checkouts.look_at(account, session_id)
    record_session(account, record, began)
    if record.payment_intent_id:
        look_at_payment(account, record.payment_intent_id)


@once_more
def record_session(account: str, record: SessionRecord, began: datetime) -> None:
    """Record what a look that began then has shown. Found by Stripe's id, then by our UUID; never over a later look."""
    with transaction() as session:
        query = select(Checkout).join(Checkout.account).where(StripeAccount.stripe_id == account)
        known = session.scalars(query.where(Checkout.stripe_id == record.id)).one_or_none()
        uuid = record.metadata.get("paydesk_operation", "")
        found = known or session.scalars(query.where(Checkout.uuid == uuid)).one_or_none()
        if found is None:
            return
        session.refresh(found, with_for_update=True)
        if found.is_news(began):
            found.apply(record.id, record.status, record.url, began)
