"""Giving money back: reserve, write, call, record."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.clock import now
from models.figures import lock, settle
from models.invoice import Invoice, new_operation
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.people import User, require
from models.refund import Refund, refundable_payments
from models.refusal import Conflict, Refused
from tasks import later, transaction
from tasks.claiming import work_on
from tasks.operations import Call, Making, call_of, make
from tasks.refund_records import announce_refund, record_refund
from tasks.stripe_gateway import refunds as stripe_refunds
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
    if any(payment.account is None or payment.account.state == "revoked" for payment, _ in _split(payments, amount)):
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
    work_on(Refund, refund_id, lambda claim: make(claim, REFUNDS))


def _prepare(session: Session, refund: Refund) -> Call | None:
    account, payment_intent_id = refund.account, refund.payment.payment_intent_id
    if refund.state != "requested" or account is None or payment_intent_id is None:
        return None
    params = stripe_refunds.params(
        payment_intent_id,
        Money(refund.amount, refund.currency),
        refund.reason,
        {"paydesk_install": the_organization(session).install_id, "paydesk_operation": refund.uuid},
    )
    return call_of(refund, account.stripe_id, params, payment_intent_id)


def _create(call: Call) -> RefundRecord:
    return stripe_refunds.create(call.account, call.key, call.params)


def _look_again(call: Call, made: RefundRecord) -> RefundRecord:
    return stripe_refunds.look_at(call.account, made.id)


def _find(call: Call) -> RefundRecord | None:
    """After an answer that Stripe would only replay, or has forgotten: is the refund there in spite of it?"""
    found = stripe_refunds.of_payment(call.account, call.payment_intent_id)
    return next((record for record in found if record.metadata.get("paydesk_operation") == call.uuid), None)


def _record(call: Call, record: RefundRecord, began: datetime) -> None:
    record_refund(call.account, record, began)


def _give_up(session: Session, refund_id: int, why: str) -> None:
    """A clear no releases the reservation, unless the refund has come home meanwhile."""
    payment = lock(session, session.get_one(Refund, refund_id).payment_id)
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    if refund.stripe_id is not None:
        return
    refund.state, refund.failure = "failed", why
    settle(session, payment)
    announce_refund(session, refund, payment)


REFUNDS = Making(Refund, _prepare, _create, _look_again, _find, _record, _give_up)
