"""Giving money back: reserve, write, call, record."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.base import locked
from models.clock import now
from models.figures import lock
from models.invoice import Invoice, new_operation
from models.language import gettext
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.people import User, require
from models.refund import WAITING, Refund
from models.refund_limit import free_hand
from models.refundability import Source, sources
from models.refusal import Conflict, Refused
from tasks import later, once_more, transaction
from tasks.claiming import work_on
from tasks.operations import Call, Making, call_of, make
from tasks.refund_records import account_for, record_refund
from tasks.stripe_gateway import refunds as stripe_refunds
from tasks.stripe_gateway.refunds import RefundRecord

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


@dataclass(frozen=True, slots=True)
class Wish:
    """What one press of Issue refund asks for. Without an amount: everything that can be refunded."""

    by: User
    operation: str
    amount: Money | None
    reason: str | None
    note: str

    def refuse_impossible(self) -> None:
        require(self.by, "refunds.issue")
        if self.reason and self.reason not in REASONS:
            raise Refused(gettext("Stripe knows the reasons duplicate, fraudulent and requested by customer."))


@once_more
def issue_refund(
    invoice_id: int,
    amount: Money | None,
    by: User,
    operation: str,
    reason: str | None = None,
    note: str = "",
    payment_id: int | None = None,
) -> list[int]:
    """Reserve the amount (or all there is) on the invoice's payments, newest first, and let a job ask Stripe for it.

    With a payment, on that one alone. Above the limit of the person's role it waits for a second person
    instead. The same operation again finds the first press. Refuses more than can be refunded, with the
    reason, and a used form with something else in it. Returns the ids of the refunds, one for each payment.
    """
    wish = Wish(by, operation, amount, reason, note)
    wish.refuse_impossible()
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        its = Payment.invoice_id == invoice.id
        meant = (its, Payment.id == payment_id) if payment_id else (its,)
        if made := _first_press(session, wish, *meant):
            return made
        hand = free_hand(session, by, invoice.currency, its)
        return _issue(session, wish, sources(session, *meant), hand, f"invoice:{invoice.id}")


@once_more
def refund_payment(
    payment_id: int, amount: Money | None, by: User, operation: str, reason: str | None = None, note: str = ""
) -> int:
    """Give exactly one payment back, in full or part, also one that belongs to no invoice.

    As `issue_refund` in everything else; the id of the refund.
    """
    wish = Wish(by, operation, amount, reason, note)
    wish.refuse_impossible()
    with transaction() as session:
        payment = lock(session, payment_id)
        it = Payment.id == payment.id
        its = Payment.invoice_id == payment.invoice_id if payment.invoice_id else it
        if made := _first_press(session, wish, it):
            return made[0]
        hand = free_hand(session, by, payment.currency, its)
        return _issue(session, wish, sources(session, it), hand, f"payment:{payment.id}")[0]


def _first_press(session: Session, wish: Wish, *meant: ColumnElement[bool]) -> list[int]:
    """What this form has asked for before; refused when it now says something else."""
    asked = select(Refund).where(Refund.operation == wish.operation).order_by(Refund.id)
    made = list(session.scalars(asked))
    if not made:
        return []
    same = list(session.scalars(asked.join(Refund.payment).where(*meant)))
    amount = Money(sum(refund.amount for refund in made), made[0].currency)
    if same != made or wish.amount not in (None, amount):
        raise Conflict(
            gettext("This form has already been used for another refund. Open the page again to refund more.")
        )
    return [refund.id for refund in made]


def _issue(session: Session, wish: Wish, found: list[Source], hand: Money | None, subject: str) -> list[int]:
    """Write and reserve it; it waits for a second person when it is more than one may refund alone."""
    amount = _agreed(found, wish)
    waits = hand is not None and amount > hand
    refunds = [_reserve(session, payment, part, wish, waits) for payment, part in _split(found, amount)]
    shown = {"amount": str(amount), "reason": wish.reason, "note": wish.note, "waits_for_approval": waits}
    log(session, wish.by, "refund.issue", subject, after=shown)
    return [refund.id for refund in refunds]


def _agreed(found: list[Source], wish: Wish) -> Money:
    """The amount, or everything when none is named; refused when it cannot be refunded, with the reason."""
    if not any(source.left.amount for source in found):
        raise Refused(" ".join([gettext("Nothing can be refunded."), *_reasons(found, wish.by)]))
    most = Money(sum(source.left.amount for source in found), found[0].left.currency)
    amount = most if wish.amount is None else wish.amount
    if amount.currency != most.currency or not 0 < amount.amount <= most.amount:
        can = gettext("Enter an amount above zero and up to %(most)s, which is what can be refunded.", most=most)
        raise Refused(" ".join([can, *_reasons(found, wish.by)]))
    amount.to_stripe()
    return amount


def _reasons(found: list[Source], by: User) -> list[str]:
    """Why nothing can be refunded of these payments, each sentence once."""
    if not found:
        return [gettext("Nothing has been paid yet.")]
    return list(dict.fromkeys(source.why_not_for(by) for source in found if source.why_not))


def _split(found: list[Source], amount: Money) -> list[tuple[Payment, int]]:
    """Take the amount from one payment after another."""
    parts, left = [], amount.amount
    for source in found:
        part = min(left, source.left.amount)
        if part:
            parts.append((source.payment, part))
        left -= part
    return parts


def _reserve(session: Session, payment: Payment, part: int, wish: Wish, waits: bool) -> Refund:
    if not payment.reserve(session, part):
        raise Conflict(gettext("Somebody else is refunding this payment right now. Look again before refunding more."))
    refund = Refund(
        uuid=new_operation(),
        operation=wish.operation,
        payment_id=payment.id,
        account_id=payment.account_id,
        state=WAITING if waits else "requested",
        amount=part,
        currency=payment.currency,
        reason=wish.reason,
        note=wish.note,
        made_by_id=wish.by.id,
        due_at=None if waits else now(),
    )
    session.add(refund)
    session.flush()
    kind, cause = "refund_waiting" if waits else "refund_requested", f"refund:{refund.id}:requested"
    tell(session, kind, cause, payment.invoice_id, user_id=wish.by.id, money=refund.money, detail=wish.note)
    if not waits:
        later(send_refund, refund.id)
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
    account_for(session, refund, payment, refund.created_at)


REFUNDS = Making(Refund, _prepare, _create, _look_again, _find, _record, _give_up)
