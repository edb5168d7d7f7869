"""Payments coming home: one verb looks at a payment intent and records what Stripe says of it."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import tell
from models.base import BESIDE_REFERENCES, locked
from models.checkout import Checkout
from models.clock import now
from models.figures import lock, settle
from models.invoice import Invoice
from models.mail import is_told, receipt_cause, receipts_of
from models.money import Money
from models.organization import the_organization
from models.payment import NAMES_INVOICE, Payment, payment_of
from models.revenue import mark_dirty
from models.stripe_account import StripeAccount, account_of
from tasks import later, once_more, reading, transaction
from tasks.documents import ask_document
from tasks.messages import queue_mail
from tasks.revenue import add_up_dirty_days
from tasks.stripe_gateway import payments as stripe_payments
from tasks.stripe_gateway.payments import PaymentRecord

LONGEST_NUMBER = 20
TOLD_AS = {
    "succeeded": "payment_received",
    "processing": "payment_processing",
    "failed": "payment_failed",
    "canceled": "payment_failed",
}


def look_at_payment(account: str, payment_intent_id: str) -> bool:
    """Ask Stripe about one payment and record the answer."""
    began = now()
    return record_payment(account, stripe_payments.look_at(account, payment_intent_id), began)


def find_payment(account: str, payment_intent_id: str | None) -> int | None:
    """Our payment for this intent; one that we have not heard of yet is looked at first."""
    for last_try in (False, True):
        with reading() as session:
            payment = payment_of(session, account, payment_intent_id)
            if payment or last_try or not payment_intent_id or account_of(session, account) is None:
                return payment.id if payment else None
        look_at_payment(account, payment_intent_id)
    return None


@once_more
def record_payment(account: str, record: PaymentRecord, began: datetime) -> bool:
    """Record what a look that began then has shown; True when it changed anything.

    Safe to call many times, at once and in any order. An intent without money on its way is no payment
    yet; one without our install id is the account's own business.
    """
    with transaction() as session:
        owner = account_of(session, account)
        known = payment_of(session, account, record.payment_intent_id)
        status = _status(session, known, record, began)
        if owner is None or status is None or not (known or _is_ours(session, record)):
            return False
        record = replace(record, status=status)
        payment = lock(session, known.id) if known else _new_payment(session, owner, record)
        return payment.is_news(began) and _apply(session, payment, record, began)


def _status(session: Session, known: Payment | None, record: PaymentRecord, began: datetime) -> str | None:
    """What the look means for us: nothing while Stripe's page is open, where another card may follow a declined one.

    Nor does a look from before the page was seen to be done, or a status that Stripe has made since.
    """
    if record.status in ("succeeded", "processing"):
        return record.status
    checkout = _checkout_of(session, record)
    is_over = known is not None or (checkout is not None and checkout.state == "complete" and checkout.is_news(began))
    return record.once_over if is_over else None


def _checkout_of(session: Session, record: PaymentRecord) -> Checkout | None:
    uuid = record.metadata.get("paydesk_operation", "")
    return session.scalars(select(Checkout).where(Checkout.uuid == uuid)).one_or_none()


def _is_ours(session: Session, record: PaymentRecord) -> bool:
    return record.metadata.get("paydesk_install") == the_organization(session).install_id


def _new_payment(session: Session, owner: StripeAccount, record: PaymentRecord) -> Payment:
    """Matched by our UUID, which travels in the metadata. Two looks at once meet at a lock."""
    checkout = _checkout_of(session, record)
    problem = _problem(owner, record, checkout)
    invoice_id = checkout.invoice_id if checkout and not problem else None
    if invoice_id:
        locked(session, Invoice, invoice_id)
    else:
        session.refresh(owner, with_for_update=BESIDE_REFERENCES)
    if known := payment_of(session, owner.stripe_id, record.payment_intent_id):
        return lock(session, known.id)
    payment = Payment(
        account_id=owner.id,
        payment_intent_id=record.payment_intent_id,
        checkout_id=checkout.id if checkout and checkout.account_id == owner.id else None,
        invoice_id=invoice_id,
        problem=problem,
        amount=record.amount.amount,
        currency=record.amount.currency,
        status="processing",
        captured=0,
        paid_at=record.created,
    )
    session.add(payment)
    session.flush()
    return payment


def _problem(owner: StripeAccount, record: PaymentRecord, checkout: Checkout | None) -> str | None:
    """Why money that carries our install id cannot be counted for an invoice by itself."""
    if checkout is None:
        number = record.metadata.get("paydesk_invoice", "")[:LONGEST_NUMBER]
        named = f" {NAMES_INVOICE}{number}." if number else ""
        return f"No checkout of ours belongs to this payment.{named}"
    number = checkout.invoice.number or ""
    if checkout.account_id != owner.id:
        return f"It was paid on another Stripe account than the checkout's. {NAMES_INVOICE}{number}."
    named = f"invoice {number}"
    if Money(checkout.amount, checkout.currency) != record.amount:
        return f"{record.amount} were paid where {Money(checkout.amount, checkout.currency)} were asked for {named}."
    if checkout.invoice.currency != record.amount.currency:
        return f"{record.amount} were paid for {named}, which is in {checkout.invoice.currency}."
    return None


def _apply(session: Session, payment: Payment, record: PaymentRecord, began: datetime) -> bool:
    before, told = _facts(payment), payment.status if payment.looked_at else None
    payment.status, payment.captured = record.status, record.captured.amount
    payment.charge_id = record.charge_id or payment.charge_id
    payment.method = record.method or payment.method
    payment.failure, payment.failure_code = record.failure, record.failure_code
    if record.fee and record.fee.currency == payment.currency:
        payment.fee = record.fee.amount
    moments = {payment.paid_at, record.created}
    payment.paid_at, payment.looked_at = record.created, began
    if told and before == _facts(payment):
        return False
    settle(session, payment)
    mark_dirty(session, payment, moments)
    later(add_up_dirty_days)
    if payment.status != told:
        _announce(session, payment, _moment(record, told), told)
    return True


def _facts(payment: Payment) -> tuple[object, ...]:
    return payment.status, payment.charge_id, payment.fee, payment.captured, payment.paid_at


def _moment(record: PaymentRecord, told: str | None) -> datetime | None:
    """When it came to this, as far as the payment itself tells: money may arrive days after it was charged."""
    if record.status == "succeeded":
        return record.settled or (None if told == "processing" else record.created)
    return record.created if record.status == "processing" else None


def _announce(session: Session, payment: Payment, at: datetime | None, before: str | None) -> None:
    """One timeline entry per state, a receipt for money that arrived, and a word on money that was on its way."""
    told = tell(
        session,
        TOLD_AS[payment.status],
        f"payment:{payment.id}:{payment.status}",
        payment.invoice_id,
        actor="customer" if payment.status == "succeeded" else "stripe",
        money=Money(payment.amount, payment.currency),
        at=at,
        detail=payment.method if payment.status == "succeeded" else payment.failure or payment.method,
    )
    if told and payment.status == "succeeded":
        queue_receipt(session, payment)
    elif told and before == "processing":
        _queue_failure(session, payment)


def queue_receipt(session: Session, payment: Payment) -> None:
    """In the caller's transaction: the customer of its invoice, if there is an address, hears that money arrived."""
    invoice = payment.invoice
    address = invoice.mail_address() if invoice else None
    if invoice and address:
        ask_document(session, payment)
        cause = receipt_cause(payment.id, len(receipts_of(session, payment.id)) + 1)
        queue_mail(session, "receipt", cause, invoice, address, subject_id=payment.id)


def _queue_failure(session: Session, payment: Payment) -> None:
    """Whose bank has said no days later, reads it; whoever was declined at once has seen it on Stripe's page.

    One that is on its way once more, and does not arrive again, is no news to its customer.
    """
    invoice, cause = payment.invoice, f"failed:payment:{payment.id}"
    address = invoice.mail_address() if invoice else None
    if invoice and address and not is_told(session, cause):
        queue_mail(session, "payment_failed", cause, invoice, address, subject_id=payment.id)
