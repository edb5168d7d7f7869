"""Checkouts: the intention to pay, Stripe's session for it, and what became of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.checkout import UNSETTLED, Checkout, part_of
from models.clock import now
from models.invoice import Invoice, new_operation
from models.money import Money
from models.organization import the_organization
from models.refusal import Refused
from models.stripe_account import StripeAccount, active_account
from tasks import reading, transaction
from tasks.claiming import work_on
from tasks.messages import pay_url
from tasks.operations import Call, Making, call_of, make
from tasks.payments import look_at_payment
from tasks.stripe_gateway import checkouts as stripe_checkouts
from tasks.stripe_gateway.checkouts import SessionRecord
from tasks.stripe_gateway.client import GatewayError

# Stripe allows 24 hours; an hour less leaves room for clocks that differ.
SESSION_LIVES = timedelta(hours=23)
CLOCKS_DIFFER = timedelta(minutes=5)
NOT_AVAILABLE = "Online payment is not available for this invoice right now."


def open_checkout(invoice_id: int, operation: str, amount: Money | None = None) -> str | None:
    """The address of Stripe's page for what is due now (or a part of it), or None: not confirmed yet.

    Refuses when nothing is due, when the part is not allowed, and when no account takes payments.
    A second press finds the first one's checkout; another amount or version replaces it.
    """
    checkout_id, obsolete = _intend(invoice_id, operation, amount)
    if obsolete:
        close_checkout(obsolete)
        checkout_id, obsolete = _intend(invoice_id, operation, amount)
        if obsolete:
            raise Refused("A payment for this invoice was begun a moment ago. Please try again in a minute.")
    create_session(checkout_id)
    with reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
        if checkout.state == "failed":
            raise Refused(NOT_AVAILABLE)
        return checkout.url


def _intend(invoice_id: int, operation: str, amount: Money | None) -> tuple[int, int]:
    """Write the intention down: (checkout, 0), or (0, the checkout that stands in its way)."""
    with transaction() as session:
        invoice = session.get_one(Invoice, invoice_id, with_for_update=True)
        account = _payable(session, invoice)
        part = part_of(invoice, amount)
        if standing := standing_checkout(session, invoice.id):
            usable = standing.state in UNSETTLED and not standing.has_run_out()
            fits = usable and standing.fits(invoice, account, part.amount)
            return (standing.id, 0) if fits else (0, standing.id)
        checkout = Checkout(
            uuid=_unused(session, operation),
            invoice_id=invoice.id,
            invoice_version=invoice.version,
            account_id=account.id,
            amount=part.amount,
            currency=part.currency,
            expires_at=now() + SESSION_LIVES,
            due_at=now(),
        )
        checkout.params = _params(session, checkout, invoice)
        session.add(checkout)
        session.flush()
        return checkout.id, 0


def standing_checkout(session: Session, invoice_id: int) -> Checkout | None:
    """A checkout that may still bring money: one that is open, or was completed and its payment is not home yet."""
    query = select(Checkout).where(Checkout.invoice_id == invoice_id, Checkout.may_bring_money())
    return session.scalars(query.order_by(Checkout.id).limit(1)).one_or_none()


def _unused(session: Session, operation: str) -> str:
    """The form's own UUID; another one when a form that was already paid or expired is sent again."""
    used = session.scalar(select(Checkout.id).where(Checkout.uuid == operation))
    return new_operation() if used else operation


def _payable(session: Session, invoice: Invoice) -> StripeAccount:
    account = active_account(session)
    if account is None or not account.charges_enabled:
        raise Refused(NOT_AVAILABLE)
    if invoice.is_draft or invoice.status == "Void":
        raise Refused("This invoice cannot be paid.")
    if not invoice.due().amount:
        raise Refused("Nothing is due on this invoice.")
    return account


def _params(session: Session, checkout: Checkout, invoice: Invoice) -> dict[str, Any]:
    """What Stripe is asked for; kept on the row, so that a repeat is the same to the letter."""
    part = "" if checkout.amount == invoice.total else " (part)"
    metadata = {
        "paydesk_install": the_organization(session).install_id,
        "paydesk_operation": checkout.uuid,
        "paydesk_invoice": invoice.number or "",
    }
    return stripe_checkouts.params(
        amount=Money(checkout.amount, checkout.currency),
        title=f"Invoice {invoice.number}{part}",
        page=pay_url(session, invoice.id) or "",
        expires_at=checkout.expires_at,
        metadata=metadata,
        email=(invoice.contact_snapshot or {}).get("email"),
    )


def create_session(checkout_id: int) -> None:
    """Make the Checkout Session of a written intention at Stripe, once."""
    work_on(Checkout, checkout_id, lambda claim: make(claim, SESSIONS))


def _prepare(session: Session, checkout: Checkout) -> Call | None:
    if checkout.state != "creating":
        return None
    if checkout.has_run_out():
        checkout.state = "expired"
        return None
    return call_of(checkout, checkout.account.stripe_id, checkout.params)


def _create(call: Call) -> SessionRecord:
    return stripe_checkouts.create(call.account, call.key, call.params)


def _look_again(call: Call, made: SessionRecord) -> SessionRecord:
    return stripe_checkouts.look_at(call.account, made.id)


def _find(call: Call) -> SessionRecord | None:
    """After an answer that Stripe would only replay: is the session there in spite of it?"""
    found = stripe_checkouts.since(call.account, call.written_at - CLOCKS_DIFFER)
    return next((record for record in found if record.metadata.get("paydesk_operation") == call.uuid), None)


def _record(call: Call, record: SessionRecord, began: datetime) -> None:
    _record_session(call.account, record, began)


def _give_up(session: Session, checkout_id: int, why: str) -> None:
    checkout = session.get_one(Checkout, checkout_id, with_for_update=True)
    if checkout.stripe_id is None:
        checkout.state = "failed"


SESSIONS = Making(Checkout, _prepare, _create, _look_again, _find, _record, _give_up)


def close_checkout(checkout_id: int) -> None:
    """Expire an open checkout at Stripe; one that cannot be expired was completed, and is settled.

    Of an account that lets us in no more it ends with its time, and not before: it could still be paid.
    """
    create_session(checkout_id)
    with reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
        account, session_id = checkout.account.stripe_id, checkout.stripe_id
    if session_id is None:
        return
    began = now()
    try:
        record = stripe_checkouts.expire(account, session_id)
    except GatewayError as error:
        if error.is_gone and _has_run_out(checkout_id):
            return
        if not error.permanent or error.is_gone:
            raise
        look_at_session(account, session_id)
    else:
        _record_session(account, record, began)


def _has_run_out(checkout_id: int) -> bool:
    with transaction() as session:
        checkout = session.get_one(Checkout, checkout_id, with_for_update=True)
        if checkout.state in UNSETTLED and checkout.has_run_out():
            checkout.state = "expired"
        return checkout.state == "expired"


def look_at_checkout(checkout_id: int) -> None:
    """Ask Stripe what became of a checkout and record it, its payment included."""
    with reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
        account, session_id = checkout.account.stripe_id, checkout.stripe_id
    if session_id:
        look_at_session(account, session_id)


def look_at_session(account: str, session_id: str) -> None:
    """The same, named by Stripe's ids. A session that is not ours is left alone."""
    began = now()
    record = stripe_checkouts.look_at(account, session_id)
    _record_session(account, record, began)
    if record.payment_intent_id:
        look_at_payment(account, record.payment_intent_id)


def _record_session(account: str, record: SessionRecord, began: datetime) -> None:
    """Found by Stripe's id, then by our UUID; never over a later look."""
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
