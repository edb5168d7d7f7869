"""Refunds coming home: staff's requests, webhooks and reconcile record with the same verb."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import tell
from models.clock import now
from models.figures import lock, settle
from models.invoice import new_operation
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.refund import REFUND_STATES, Refund
from models.revenue import mark_dirty
from tasks import later, transaction
from tasks.messages import queue_mail
from tasks.payments import find_payment
from tasks.revenue import add_up_dirty_days
from tasks.stripe_gateway import refunds as stripe_refunds
from tasks.stripe_gateway.refunds import RefundRecord

TOLD_AS = {
    "pending": "refund_pending",
    "requires_action": "refund_pending",
    "succeeded": "refunded",
    "failed": "refund_failed",
    "canceled": "refund_failed",
}


def look_at_refund(account: str, refund_id: str) -> bool:
    """Ask Stripe about one refund and record the answer."""
    began = now()
    return record_refund(account, stripe_refunds.look_at(account, refund_id), began)


def record_refund(account: str, record: RefundRecord, began: datetime) -> bool:
    """Record what a look that began then has shown; True when it changed anything.

    Found by Stripe's id, then by our UUID; a refund made in Stripe's own Dashboard becomes a new row. A
    payment that we do not know yet is looked at first; one that is not ours is left alone.
    """
    payment_id = find_payment(account, record.payment_intent_id)
    if payment_id is None:
        return False
    with transaction() as session:
        payment = lock(session, payment_id)
        refund = _refund_of(session, payment, record) or _made_elsewhere(session, payment, record)
        return refund.is_news(began) and _apply(session, refund, payment, record, began)


def _refund_of(session: Session, payment: Payment, record: RefundRecord) -> Refund | None:
    query = select(Refund).where(Refund.account_id == payment.account_id)
    known = session.scalars(query.where(Refund.stripe_id == record.id)).one_or_none()
    uuid = record.metadata.get("paydesk_operation", "")
    return known or session.scalars(query.where(Refund.uuid == uuid)).one_or_none()


def _made_elsewhere(session: Session, payment: Payment, record: RefundRecord) -> Refund:
    refund = Refund(
        uuid=new_operation(),
        payment_id=payment.id,
        account_id=payment.account_id,
        amount=record.amount.amount,
        currency=record.amount.currency,
        reason=record.reason,
        note="Made in Stripe's Dashboard",
    )
    session.add(refund)
    session.flush()
    return refund


def _apply(session: Session, refund: Refund, payment: Payment, record: RefundRecord, began: datetime) -> bool:
    was = refund.state
    refund.stripe_id, refund.looked_at, refund.uncertain = record.id, began, False
    refund.parked_at, refund.last_error = None, None
    refund.state = record.state if record.state in REFUND_STATES else "pending"
    refund.failure, moments = record.failure, {refund.created_at, record.created}
    refund.created_at = record.created
    if refund.state == was:
        return False
    mark_dirty(session, the_organization(session), moments, refund.currency)
    later(add_up_dirty_days)
    settle(session, payment)
    announce_refund(session, refund, payment)
    return True


def announce_refund(session: Session, refund: Refund, payment: Payment) -> None:
    """One timeline entry per state; the customer hears of money that is on its way back."""
    told = tell(
        session,
        TOLD_AS[refund.state],
        f"refund:{refund.id}:{refund.state}",
        payment.invoice_id,
        actor="stripe",
        user_id=refund.made_by_id if refund.state == "succeeded" else None,
        money=Money(refund.amount, refund.currency),
        detail=refund.failure or refund.note,
    )
    address = payment.invoice.mail_address() if payment.invoice else None
    if told and payment.invoice and address and refund.state == "succeeded":
        queue_mail(session, "refund", f"notice:refund:{refund.id}", payment.invoice, address, subject_id=refund.id)
