"""Giving money back: reserve, write, call, record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.clock import now
from models.figures import lock, settle
from models.invoice import Invoice, new_operation
from models.money import Money
from models.organization import the_organization
from models.payment import Payment, Refund, refundable_payments
from models.people import User, require
from models.refusal import Conflict, Refused
from tasks import later, transaction
from tasks.claiming import MAKING_SURE, Claim, work_on
from tasks.refund_records import announce_refund, record_refund
from tasks.stripe_gateway import refunds as stripe_refunds
from tasks.stripe_gateway.client import GatewayError
from tasks.stripe_gateway.refunds import RefundRecord

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def issue_refund(
    invoice_id: int, amount: Money | None, by: User, operation: str, reason: str | None = None, note: str = ""
) -> list[int]:
    """Reserve the amount (or all there is) on the invoice's payments, newest first, and let a job ask Stripe for it.

    The same operation again finds the first press. Refuses more than can be refunded, what a dispute has
    withdrawn, and a used form with something else in it. Returns the ids of the refunds, one for each payment.
    """
    require(by, "refunds.issue")
    if reason and reason not in REASONS:
        raise Refused("Stripe knows the reasons duplicate, fraudulent and requested by customer.")
    with transaction() as session:
        invoice = session.get_one(Invoice, invoice_id, with_for_update=True)
        if made := _first_press(session, invoice, amount, operation):
            return made
        payments = refundable_payments(session, invoice.id)
        amount = _agreed(payments, invoice, amount)
        refunds = [
            _reserve(session, payment, part, operation, by, reason, note) for payment, part in _split(payments, amount)
        ]
        for refund in refunds:
            later(send_refund, refund.id)
        shown = {"amount": str(amount), "reason": reason, "note": note}
        log(session, by, "refund.issue", f"invoice:{invoice.id}", after=shown)
        return [refund.id for refund in refunds]


def _first_press(session: Session, invoice: Invoice, amount: Money | None, operation: str) -> list[int]:
    """What this form has asked for before; refused when it now says something else."""
    made = list(session.scalars(select(Refund).where(Refund.operation == operation)))
    asked = Money(sum(refund.amount for refund in made), invoice.currency)
    if made and (amount not in (None, asked) or made[0].payment.invoice_id != invoice.id):
        raise Conflict("This form has already been used for another refund. Open the invoice again to refund more.")
    return [refund.id for refund in made]


def _agreed(payments: list[Payment], invoice: Invoice, amount: Money | None) -> Money:
    """The amount, or everything when none is named; refused when it cannot be refunded."""
    most = Money(sum(payment.refundable().amount for payment in payments), invoice.currency)
    amount = most if amount is None else amount
    if not most.amount:
        raise Refused("Nothing can be refunded on this invoice.")
    if amount.currency != invoice.currency or not 0 < amount.amount <= most.amount:
        raise Refused(f"Enter an amount above zero and up to {most}, which is what can be refunded.")
    amount.to_stripe()
    if any(payment.account.state == "revoked" for payment, _ in _split(payments, amount)):
        raise Refused(
            "The Stripe account that took this payment is no longer connected. "
            "Connect it again, or refund in Stripe's Dashboard."
        )
    return amount


def _split(payments: list[Payment], amount: Money) -> list[tuple[Payment, int]]:
    """Take the amount from one payment after another."""
    parts, left = [], amount.amount
    for payment in payments:
        part = min(left, payment.refundable().amount)
        if part:
            parts.append((payment, part))
        left -= part
    return parts


def _reserve(
    session: Session, payment: Payment, part: int, operation: str, by: User, reason: str | None, note: str
) -> Refund:
    if not payment.reserve(session, part):
        raise Conflict("Somebody else is refunding this payment right now. Look again before refunding more.")
    refund = Refund(
        uuid=new_operation(),
        operation=operation,
        payment_id=payment.id,
        account_id=payment.account_id,
        amount=part,
        currency=payment.currency,
        reason=reason,
        note=note,
        made_by_id=by.id,
        due_at=now(),
    )
    session.add(refund)
    session.flush()
    money = Money(part, payment.currency)
    cause = f"refund:{refund.id}:requested"
    tell(session, "refund_requested", cause, payment.invoice_id, user_id=by.id, money=money, detail=note)
    return refund


def send_refund(refund_id: int) -> None:
    """Ask Stripe for a written refund, once."""
    work_on(Refund, refund_id, _send_refund)


@dataclass(frozen=True, slots=True)
class _Call:
    """What the call to Stripe needs, read before it."""

    account: str
    payment_intent_id: str
    key: str
    params: dict[str, Any]
    uuid: str
    must_look: bool
    is_repeat: bool


def _send_refund(claim: Claim) -> None:
    call = _prepare(claim)
    began = now()
    record = _find(call) if call.must_look else _create(claim, call)
    if record is None:
        _note_absence(claim, began)
        return
    record_refund(call.account, record, began)
    with transaction() as session:
        claim.finish(session)


def _create(claim: Claim, call: _Call) -> RefundRecord:
    try:
        made = stripe_refunds.create(call.account, call.key, call.params)
    except GatewayError as error:
        _note_failed_call(claim, error, call.is_repeat)
        raise
    # Under a key that was used before, Stripe repeats its first answer, whatever became of the refund since.
    return stripe_refunds.look_at(call.account, made.id) if call.is_repeat else made


def _prepare(claim: Claim) -> _Call:
    with transaction() as session:
        refund = session.get_one(Refund, claim.row_id)
        metadata = {"paydesk_install": the_organization(session).install_id, "paydesk_operation": refund.uuid}
        params: dict[str, Any] = {
            "payment_intent": refund.payment.payment_intent_id,
            "amount": Money(refund.amount, refund.currency).to_stripe(),
            "metadata": metadata,
        } | ({"reason": refund.reason} if refund.reason else {})
        call = _Call(
            refund.account.stripe_id,
            refund.payment.payment_intent_id,
            refund.idempotency_key,
            params,
            refund.uuid,
            refund.must_look,
            refund.called_at is not None,
        )
        refund.called_at = refund.called_at or now()
    claim.renew()
    return call


def _find(call: _Call) -> RefundRecord | None:
    """After an answer that Stripe would only replay, or has forgotten: is the refund there in spite of it?"""
    found = stripe_refunds.of_payment(call.account, call.payment_intent_id)
    return next((record for record in found if record.metadata.get("paydesk_operation") == call.uuid), None)


def _note_absence(claim: Claim, began: datetime) -> None:
    with transaction() as session:
        at = session.get_one(Refund, claim.row_id).note_absence(began)
        claim.again_at(session, at, MAKING_SURE)
        if at <= now():
            later(send_refund, claim.row_id)


def _note_failed_call(claim: Claim, error: GatewayError, is_repeat: bool) -> None:
    """A clear no releases the reservation; an unknown outcome keeps it, also when Stripe lets us in no more."""
    with transaction() as session:
        refund = session.get_one(Refund, claim.row_id)
        payment = lock(session, refund.payment_id)
        refund.uncertain = refund.uncertain or error.is_stored
        if not error.permanent or (is_repeat and not error.is_answer):
            return
        refund.state, refund.failure = "failed", str(error)
        settle(session, payment)
        announce_refund(session, refund, payment)
