"""What an invoice's payments, refunds and disputes add up to, and the one function that caches it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from models.base import locked
from models.dispute import CLOSED, Dispute
from models.invoice import Invoice
from models.matters import watch_invoice, watch_payment
from models.payment import Payment
from models.refund import RESERVING, Refund


def lock(session: Session, payment_id: int) -> Payment:
    """The payment, locked after its invoice: here and everywhere, so that nobody waits in a circle."""
    return lock_all(session, [payment_id])[0]


def lock_all(session: Session, payment_ids: Collection[int]) -> list[Payment]:
    """Several payments, in the order of their ids, locked after their invoices, which are locked in theirs.

    Refused when one is not there. When one was moved to another invoice meanwhile, all locks are given back and
    asked for again.
    """
    at = select(Payment.id, Payment.invoice_id).where(Payment.id.in_(payment_ids)).order_by(Payment.id)
    while True:
        with session.begin_nested() as attempt:
            places = [(payment_id, invoice_id) for payment_id, invoice_id in session.execute(at)]
            for invoice_id in sorted({invoice_id for _, invoice_id in places if invoice_id}):
                locked(session, Invoice, invoice_id)
            payments = [locked(session, Payment, payment_id) for payment_id in sorted(set(payment_ids))]
            if [(payment.id, payment.invoice_id) for payment in payments] == places:
                return payments
            attempt.rollback()


def settle(session: Session, payment: Payment) -> None:
    """Take a locked payment's figures from its refunds and disputes, then its invoice's from its payments.

    What does not add up is laid before staff, and what does again is over.
    """
    _recount_refunds(session, payment)
    payment.withdrawn, payment.lost = map(int, session.execute(taken().where(Dispute.payment_id == payment.id)).one())
    if payment.invoice:
        recount(session, payment.invoice)
    watch_payment(session, payment)


def _recount_refunds(session: Session, payment: Payment) -> None:
    session.flush()
    query = select(Refund.state, func.sum(Refund.amount)).where(Refund.payment_id == payment.id)
    sums = dict(session.execute(query.group_by(Refund.state)).all())
    payment.reserved = sum(int(sums.get(state, 0)) for state in RESERVING)
    payment.refunded = int(sums.get("succeeded", 0))


def recount(session: Session, invoice: Invoice) -> None:
    """Take the invoice's figures from the facts and its status from the rule. Its row must be locked."""
    session.flush()
    for field, value in figures_of(session, invoice.id).items():
        setattr(invoice, field, value)
    invoice.refresh_status()
    invoice.end_settled_promise()
    watch_invoice(session, invoice)


def figures_of(session: Session, invoice_id: int) -> dict[str, int]:
    """Sums of facts, in minor units; `flask audit` holds the cached ones against these."""
    money = select(*sums_of_money()).where(Payment.invoice_id == invoice_id)
    captured, refunded, lost, processing = session.execute(money).one()
    stake = at_stake(sum_at_stake()).where(Payment.invoice_id == invoice_id)
    return {
        "captured": int(captured),
        "refunded": int(refunded),
        "processing": int(processing),
        "disputed": int(session.scalar(stake) or 0),
        "lost": int(lost),
    }


def sums_of_money() -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    """Captured, refunded, lost and processing: sums over the payments of an invoice."""
    return (
        func.coalesce(func.sum(Payment.captured), 0).label("captured"),
        func.coalesce(func.sum(Payment.refunded), 0).label("refunded"),
        func.coalesce(func.sum(Payment.lost), 0).label("lost"),
        func.coalesce(func.sum(Payment.amount).filter(Payment.status == "processing"), 0).label("processing"),
    )


def taken() -> Select[Any]:
    """What disputes have withdrawn, and what of it was lost."""
    withdrawn = func.coalesce(func.sum(Dispute.withdrawn), 0).label("withdrawn")
    lost = func.coalesce(func.sum(Dispute.withdrawn).filter(Dispute.status == "lost"), 0).label("lost")
    columns: tuple[Any, ...] = (withdrawn, lost)
    return select(*columns)


def sum_at_stake() -> ColumnElement[int]:
    return func.coalesce(func.sum(Dispute.amount), 0).label("disputed")


def at_stake(*columns: Any) -> Select[Any]:
    """Of disputes that are not decided, with their payments."""
    return select(*columns).join(Payment, Dispute.payment_id == Payment.id).where(Dispute.status.not_in(CLOSED))
