"""Which matters payments and invoices lay before staff by themselves, and when these are over.

They follow from the facts alone, however often and in whatever order one asks.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from models.attention import Attention, asked_about, keep_open, resolve
from models.checkout import Checkout
from models.failed_refunds import watch_failed_refunds
from models.invoice import Invoice
from models.money import Money
from models.payment import Payment
from models.receivables import HELD
from models.refund import Refund

# More than the invoice asks for: one matter for each payment that is too much.
EXCESS = ("duplicate", "overpaid", "paid_void", "paid_refunded")
# What a refund ends.
GIVEN_BACK = (*EXCESS, "unmatched")
# Of which payments and invoices nobody was asked although somebody must be: `flask audit` tells of them, and
# `complete_books` asks.
STRAY_UNASKED = and_(
    Payment.invoice_id.is_(None), Payment.held > 0, ~asked_about(Attention.payment_id == Payment.id, "unmatched")
)
VOID_UNASKED = and_(
    Invoice.voided_at.is_not(None), HELD > 0, ~asked_about(Attention.invoice_id == Invoice.id, "paid_void")
)
OVERPAID_UNASKED = and_(
    Invoice.voided_at.is_(None),
    Invoice.total < HELD,
    ~asked_about(Attention.invoice_id == Invoice.id, "duplicate", "overpaid", "paid_refunded"),
)
NOTHING_OWED = ("Paid", "Refunded", "Void")
NOT_PAID = ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with a payment now; amount in minor units of its currency."""

    kind: str
    cause: str
    payment: Payment
    amount: int
    detail: str = ""


def unmatched_between(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Of payments that came in then and fit no invoice, while nobody has decided on them."""
    came = Attention.payment.has(and_(Payment.paid_at >= start, Payment.paid_at < end))
    return and_(Attention.kind == "unmatched", Attention.resolved_at.is_(None), came)


def unmatched(session: Session, currency: str, start: datetime, end: datetime) -> tuple[int, int]:
    """How many such payments there are; what is left of them."""
    query = select(func.count(), func.coalesce(func.sum(Attention.amount), 0))
    found = query.where(unmatched_between(start, end), Attention.currency == currency)
    number, amount = session.execute(found).one()
    return int(number), int(amount)


def watch_payment(session: Session, payment: Payment) -> None:
    """Money that fits no invoice, a payment or refund that failed on its way, more given back than was taken.

    The payment is locked; its figures and those of its invoice are right.
    """
    stray = payment.held if payment.problem else 0
    owed = payment.invoice is not None and payment.invoice.status not in NOTHING_OWED
    missing = payment.amount if owed and payment.status in NOT_PAID else 0
    too_much = payment.reserved + payment.withdrawn - payment.captured
    found = [
        Found("unmatched", f"unmatched:payment:{payment.id}", payment, stray, payment.problem or ""),
        Found("payment_failed", f"payment_failed:payment:{payment.id}", payment, missing, payment.failure or ""),
        Found("refund_excess", f"refund_excess:payment:{payment.id}", payment, too_much),
    ]
    of_it = (Attention.payment_id == payment.id, Attention.kind.in_([each.kind for each in found]))
    _compare(session, [each for each in found if each.amount > 0], *of_it)
    watch_failed_refunds(session, payment)


def watch_invoice(session: Session, invoice: Invoice) -> None:
    """More money than it asks for, from its newest payment back; and the end of failures that matter no more.

    The invoice is locked and its figures are right.
    """
    excess = (Attention.invoice_id == invoice.id, Attention.kind.in_(EXCESS))
    _compare(session, _too_much(session, invoice), *excess)
    if invoice.status in NOTHING_OWED:
        resolve(session, "settled", Attention.invoice_id == invoice.id, Attention.kind == "payment_failed")


def _too_much(session: Session, invoice: Invoice) -> list[Found]:
    """The payments that came last are too much, and what came when all was given back already."""
    left = invoice.held().amount - (0 if invoice.voided_at else invoice.total)
    late = set() if invoice.voided_at else _too_late(session, invoice)
    found: list[Found] = []
    if left <= 0 and not late:
        return found
    query = select(Payment).where(Payment.invoice_id == invoice.id, Payment.held > 0)
    for payment in session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc())):
        held, cause = payment.held, f"excess:payment:{payment.id}:invoice:{invoice.id}"
        kind = "paid_void" if invoice.voided_at else "duplicate" if held <= left else "overpaid"
        if payment.id in late:
            found.append(Found("paid_refunded", cause, payment, held))
        elif left > 0:
            found.append(Found(kind, cause, payment, min(held, left)))
        left -= held
    return found


def _too_late(session: Session, invoice: Invoice) -> set[int]:
    """What customers paid in a checkout of it after all that had come in before was given back: nothing was due."""
    if not invoice.refunded:
        return set()
    its = Payment.invoice_id == invoice.id
    went = select(Refund.created_at, Refund.amount, Payment.paid_at).join(Refund.payment)
    refunds = session.execute(went.where(its, Refund.state == "succeeded")).all()
    came = select(Payment.id, Payment.paid_at, Payment.captured, Checkout.invoice_id)
    came = came.outerjoin(Checkout, Payment.checkout_id == Checkout.id).where(its)
    before, late = 0, set()
    for payment_id, paid_at, captured, asked in session.execute(came.order_by(Payment.paid_at)):
        back = sum(amount for at, amount, of in refunds if of < paid_at and at < paid_at)
        if asked == invoice.id and captured and 0 < before <= back:
            late.add(payment_id)
        before += captured
    return late


def _compare(session: Session, found: list[Found], *which: ColumnElement[bool]) -> None:
    """Of these matters, those that were found are open, and no others."""
    is_open = Attention.resolved_at.is_(None)
    gone = set(session.scalars(select(Attention.cause).where(is_open, *which))) - {each.cause for each in found}
    if gone:
        given_back = Attention.payment_id.in_(select(Payment.id).where(Payment.refunded > 0))
        resolve(session, "refunded", Attention.cause.in_(gone), Attention.kind.in_(GIVEN_BACK), given_back)
        resolve(session, "settled", Attention.cause.in_(gone))
    for each in found:
        keep_open(
            session,
            each.kind,
            each.cause,
            Money(each.amount, each.payment.currency),
            payment_id=each.payment.id,
            invoice_id=each.payment.invoice_id,
            detail=each.detail,
        )
