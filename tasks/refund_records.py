"""Refunds coming home: staff's requests, webhooks and reconcile record with the same verb."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import tell
from models.attention import Attention, keep_open, resolve
from models.clock import now
from models.figures import lock, settle
from models.invoice import new_operation
from models.mail import is_told, notice_of
from models.organization import the_organization
from models.payment import Payment
from models.refund import AT_STRIPE, Refund
from models.revenue import mark_dirty
from tasks import later, once_more, transaction
from tasks.credit_notes import keep_credit_note
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

    Found by Stripe's id, then by our UUID, then as one that staff have recorded by hand; a refund made in
    Stripe's own Dashboard becomes a new row. A payment that we do not know yet is looked at first; one
    that is not ours is left alone.
    """
    payment_id = find_payment(account, record.payment_intent_id)
    return payment_id is not None and _record(payment_id, record, began)


@once_more
def _record(payment_id: int, record: RefundRecord, began: datetime) -> bool:
    with transaction() as session:
        payment = lock(session, payment_id)
        refund = _refund_of(session, payment, record) or _made_elsewhere(session, payment, record)
        return refund.is_news(began) and _apply(session, refund, payment, record, began)


def _refund_of(session: Session, payment: Payment, record: RefundRecord) -> Refund | None:
    """What staff have given up is taken last: they may have recorded the same refund by hand instead."""
    query = select(Refund).where(Refund.account_id == payment.account_id)
    known = session.scalars(query.where(Refund.stripe_id == record.id)).one_or_none()
    unnamed = query.where(Refund.payment_id == payment.id, Refund.stripe_id.is_(None))
    uuid = record.metadata.get("paydesk_operation", "")
    asked = session.scalars(unnamed.where(Refund.uuid == uuid)).one_or_none()
    given_up = asked is not None and asked.state == "canceled"
    if known and known.is_unconfirmed:
        is_another = (known.payment_id, known.money) != (payment.id, record.amount)
        if is_another or (asked and not given_up):
            known.stripe_id = None
            session.flush()
            _lay_beside(session, known, record)
            known = None
    if known is None and (asked is None or given_up):
        same = (one for one in _recorded_by_hand(session, payment, record) if one.money == record.amount)
        known = next(same, None)
    return known or asked


def _lay_beside(session: Session, refund: Refund, record: RefundRecord) -> None:
    """Stripe shows another refund than staff have recorded: both count, until a person has looked at them."""
    keep_open(
        session,
        "refund_unlike",
        _unlike(refund),
        refund.money,
        payment_id=refund.payment_id,
        invoice_id=refund.payment.invoice_id,
        refund_id=refund.id,
        detail=record.id,
    )


def _unlike(refund: Refund) -> str:
    return f"refund_unlike:refund:{refund.id}"


def _recorded_by_hand(session: Session, payment: Payment, record: RefundRecord) -> list[Refund]:
    """What staff have noted without a number while the account was out of reach: it may be this very refund.

    What Stripe made after the account was connected again, nobody can have noted.
    """
    account = payment.account
    if account is None or (account.state != "revoked" and record.created > account.connected_at):
        return []
    noted = (Refund.origin == "manual", Refund.stripe_id.is_(None), Refund.state == "succeeded")
    query = select(Refund).where(Refund.payment_id == payment.id, *noted)
    return list(session.scalars(query.order_by(Refund.created_at, Refund.id)))


def _made_elsewhere(session: Session, payment: Payment, record: RefundRecord) -> Refund:
    """In Stripe's Dashboard; or by ourselves, when an older backup was restored since."""
    organization = the_organization(session)
    is_ours = record.metadata.get("paydesk_install") == organization.install_id
    refund = Refund(
        uuid=new_operation(),
        payment_id=payment.id,
        account_id=payment.account_id,
        origin="desk" if is_ours else "dashboard",
        amount=record.amount.amount,
        currency=record.amount.currency,
        reason=record.reason,
        created_at=record.created,
    )
    session.add(refund)
    session.flush()
    for noted in _recorded_by_hand(session, payment, record)[:1]:
        _lay_beside(session, noted, record)
    return refund


def _apply(session: Session, refund: Refund, payment: Payment, record: RefundRecord, began: datetime) -> bool:
    was, before = refund.created_at, _facts(refund)
    refund.stripe_id, refund.looked_at, refund.uncertain = record.id, began, False
    refund.parked_at, refund.last_error = None, None
    if refund.origin == "manual":
        resolve(session, "settled", Attention.cause == _unlike(refund))
    refund.state = record.state if record.state in AT_STRIPE else "pending"
    refund.pending_reason = record.pending if record.state in AT_STRIPE else record.state[:40]
    refund.failure, refund.created_at, refund.reason = record.failure, record.created, record.reason
    if before == _facts(refund):
        return False
    account_for(session, refund, payment, was)
    return True


def _facts(refund: Refund) -> tuple[object, ...]:
    return refund.state, refund.failure, refund.pending_reason, refund.created_at


def account_for(session: Session, refund: Refund, payment: Payment, was: datetime) -> None:
    """What follows from a refund's new state, in the transaction that changed it; `was` is when it was dated before.

    The figures of payment, invoice and day, the credit note, what staff must look at, the timeline and the
    customer's notice.
    """
    _call_for_staff(session, refund, payment)
    settle(session, payment)
    note = keep_credit_note(session, refund)
    mark_dirty(session, payment, {was, refund.created_at})
    later(add_up_dirty_days)
    _announce(session, refund, payment, str(note or ""))


def _call_for_staff(session: Session, refund: Refund, payment: Payment) -> None:
    """Money that did not go back is a matter for a person, until it does after all, or has gone back otherwise."""
    cause = f"refund_failed:refund:{refund.id}"
    if refund.state == "succeeded":
        resolve(session, "settled", Attention.cause == cause)
    elif refund.state in ("failed", "canceled"):
        keep_open(
            session,
            "refund_failed",
            cause,
            refund.money,
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            refund_id=refund.id,
            detail=refund.about,
        )


def _announce(session: Session, refund: Refund, payment: Payment, document: str) -> None:
    """One timeline entry per state; the customer hears of money that is on its way back.

    Whether of money that went back without us, is for whoever records it to say.
    """
    is_done = refund.state == "succeeded"
    detail = [refund.about, refund.origin_words, refund.note, document]
    told = tell(
        session,
        TOLD_AS[refund.state],
        f"refund:{refund.id}:{refund.state}",
        payment.invoice_id,
        actor="stripe",
        user_id=refund.made_by_id if is_done else None,
        money=refund.money,
        at=refund.created_at if refund.origin == "dashboard" and is_done else None,
        detail=" · ".join(filter(None, detail)),
    )
    if told and is_done and refund.origin != "manual":
        queue_notice(session, refund, payment)
    elif told and refund.state in ("failed", "canceled"):
        _queue_failure(session, refund)


def queue_notice(session: Session, refund: Refund, payment: Payment) -> None:
    """In the caller's transaction: the customer of its invoice, if there is an address, hears that money went back."""
    address = payment.invoice.mail_address() if payment.invoice else None
    if payment.invoice and address:
        queue_mail(session, "refund", f"notice:refund:{refund.id}", payment.invoice, address, subject_id=refund.id)


def _queue_failure(session: Session, refund: Refund) -> None:
    """Who is told that money is on its way back, is told once, at the same address, that it came back to us."""
    notice, cause = notice_of(session, refund.id), f"refund_failed:refund:{refund.id}"
    if notice and notice.invoice and not is_told(session, cause):
        queue_mail(session, "refund_failed", cause, notice.invoice, notice.to_address, subject_id=refund.id)
