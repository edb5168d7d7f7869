"""What belongs together: payments to invoices, checkouts and accounts; and what a person must be asked about."""

from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from models.attention import Attention
from models.checkout import UNSETTLED, Checkout
from models.dispute import Dispute
from models.invariants.invariant import Invariant, Rows
from models.invoice import Invoice
from models.matters import OVERPAID_UNASKED, STRAY_UNASKED, VOID_UNASKED
from models.payment import Payment
from models.receivables import HELD
from models.refund import Refund

MATCHED_BY_HAND = ("matched", "moved")


def _currencies(session: Session) -> Rows:
    query = select(Payment.id, Payment.currency, Invoice.currency).join(Payment.invoice)
    for payment_id, paid, billed in session.execute(query.where(Payment.currency != Invoice.currency)):
        yield f"payment:{payment_id}", f"is {paid} for an invoice in {billed}"
    for table in (Refund, Dispute):
        of = select(table.id, table.currency, Payment.currency).join(table.payment)
        for row_id, currency, paid in session.execute(of.where(table.currency != Payment.currency)):
            yield f"{table.__tablename__}:{row_id}", f"is {currency} of a payment in {paid}"


def _accounts(session: Session) -> Rows:
    by_hand = exists().where(Attention.payment_id == Payment.id, Attention.resolution.in_(MATCHED_BY_HAND))
    query = _differing(Payment, Checkout, Payment.checkout_id).where(Payment.invoice_id.is_not(None), ~by_hand)
    for payment_id, checkout_id in session.execute(query):
        yield f"payment:{payment_id}", f"is of another account than checkout:{checkout_id}"
    for table in (Refund, Dispute):
        query = _differing(table, Payment, table.payment_id)
        if table is Refund:
            query = query.where(Refund.account_id.is_not(None))
        for row_id, payment_id in session.execute(query):
            yield f"{table.__tablename__}:{row_id}", f"is of another account than payment:{payment_id}"


def _differing(one: Any, other: Any, key: Any) -> Select[Any]:
    strangers = or_(one.account_id != other.account_id, one.account_id.is_(None) != other.account_id.is_(None))
    return select(one.id, other.id).join(other, key == other.id).where(strangers)


def _unmatched(session: Session) -> Rows:
    for payment_id, problem in session.execute(select(Payment.id, Payment.problem).where(STRAY_UNASKED)):
        yield f"payment:{payment_id}", f"nobody was asked about it: {problem}"


def _open_checkouts(session: Session) -> Rows:
    query = select(Checkout.invoice_id, func.count()).where(Checkout.state.in_(UNSETTLED))
    for invoice_id, number in session.execute(query.group_by(Checkout.invoice_id).having(func.count() > 1)):
        yield f"invoice:{invoice_id}", f"has {number} open checkouts"


def _void(session: Session) -> Rows:
    """Money that came in after all has its matter for attention."""
    for invoice_id, money in session.execute(select(Invoice.id, HELD).where(VOID_UNASKED)):
        yield f"invoice:{invoice_id}", f"is void and holds {money}, and nobody was asked"


def _overpaid(session: Session) -> Rows:
    for invoice_id, money, total in session.execute(select(Invoice.id, HELD, Invoice.total).where(OVERPAID_UNASKED)):
        yield f"invoice:{invoice_id}", f"holds {money} of {total}, and nobody was asked"


INVARIANTS = (
    Invariant("one currency", "A payment has its invoice's currency, a refund or dispute its payment's.", _currencies),
    Invariant(
        "one account",
        "A payment is of its checkout's account unless a person matched it; a refund or dispute is of its payment's.",
        _accounts,
    ),
    Invariant("unmatched money", "Money that fits no invoice by itself was laid before a person.", _unmatched),
    Invariant("overpaid money", "More than an invoice asks for was laid before a person.", _overpaid),
    Invariant("void and paid", "Money held for a void invoice was laid before a person.", _void),
    Invariant("one open checkout", "At most one checkout of an invoice is open.", _open_checkouts),
)
