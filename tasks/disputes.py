"""Disputes coming home: one verb looks at a dispute and records what Stripe says of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import happened_at, log, tell
from models.clock import now
from models.dispute import CLOSED, DECIDED, Dispute
from models.figures import lock, settle
from models.money import Money
from models.payment import Payment
from models.revenue import mark_dirty
from tasks import later, once_more, transaction
from tasks.payments import find_payment
from tasks.revenue import add_up_dirty_days
from tasks.stripe_gateway import disputes as stripe_disputes
from tasks.stripe_gateway.disputes import DisputeRecord

TOLD_AS = {
    "won": "dispute_won",
    "lost": "dispute_lost",
    "warning_closed": "dispute_closed",
    "prevented": "dispute_closed",
}


def look_at_dispute(account: str, dispute_id: str) -> bool:
    """Ask Stripe about one dispute and record the answer."""
    began = now()
    return record_dispute(account, stripe_disputes.look_at(account, dispute_id), began)


def record_dispute(account: str, record: DisputeRecord, began: datetime) -> bool:
    """Record what a look that began then has shown; True when it changed anything.

    A payment that we do not know yet is looked at first; a dispute of money that is not ours is left alone.
    """
    payment_id = find_payment(account, record.payment_intent_id)
    return payment_id is not None and _record(payment_id, record, began)


@once_more
def _record(payment_id: int, record: DisputeRecord, began: datetime) -> bool:
    with transaction() as session:
        payment = lock(session, payment_id)
        dispute = _dispute_of(session, payment, record)
        was = dispute.decided_at
        if not dispute.is_news(began) or not _apply(dispute, record, began):
            return False
        settle(session, payment)
        mark_dirty(session, payment, {was, dispute.decided_at})
        later(add_up_dirty_days)
        _announce(session, dispute, payment)
        log(session, None, "stripe.dispute", f"dispute:{record.id}", after={"status": record.status})
        return True


def _dispute_of(session: Session, payment: Payment, record: DisputeRecord) -> Dispute:
    query = select(Dispute).where(Dispute.account_id == payment.account_id, Dispute.stripe_id == record.id)
    if known := session.scalars(query).one_or_none():
        return known
    dispute = Dispute(
        account_id=payment.account_id,
        stripe_id=record.id,
        payment_id=payment.id,
        charge_id=record.charge_id,
        created_at=record.created,
    )
    session.add(dispute)
    return dispute


def _apply(dispute: Dispute, record: DisputeRecord, began: datetime) -> bool:
    """Take over what Stripe says; True when it differs from what we had."""
    dispute.looked_at = began
    says = {
        "status": record.status,
        "reason": record.reason,
        "network": record.network,
        "amount": record.amount.amount,
        "currency": record.amount.currency,
        "withdrawn": record.withdrawn,
        "fee": record.fee,
        "is_charge_refundable": record.is_charge_refundable,
        "submission_count": record.submission_count,
        "due_by": record.due_by,
    }
    changed = [field for field, value in says.items() if getattr(dispute, field) != value]
    for field in changed:
        setattr(dispute, field, says[field])
    if "status" in changed:
        dispute.decided_at = _decided_at(record)
    return bool(changed)


def _decided_at(record: DisputeRecord) -> datetime | None:
    """Stripe dates what it gives back; that a dispute is lost is dated by how we learned of it."""
    if record.status not in DECIDED:
        return None
    return (record.reinstated if record.status == "won" else None) or happened_at()


def _announce(session: Session, dispute: Dispute, payment: Payment) -> None:
    money = Money(dispute.amount, dispute.currency)
    opened = f"dispute:{dispute.id}:opened"
    tell(
        session,
        "disputed",
        opened,
        payment.invoice_id,
        actor="stripe",
        money=money,
        at=dispute.created_at,
        detail=dispute.reason_words,
    )
    if dispute.status in CLOSED:
        cause = f"dispute:{dispute.id}:{dispute.status}"
        at = dispute.decided_at
        tell(session, TOLD_AS[dispute.status], cause, payment.invoice_id, actor="stripe", money=money, at=at)
