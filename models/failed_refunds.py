"""Refunds that failed wait for a person until the money has gone back otherwise."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.attention import Attention, keep_open, resolve
from models.payment import Payment
from models.refund import Refund

NOT_GIVEN = ("failed", "canceled")


def watch_failed_refunds(session: Session, payment: Payment) -> None:
    """A refund that failed is over once later ones have given as much, or nothing is left to give back."""
    query = select(Attention).where(Attention.kind == "refund_failed", Attention.payment_id == payment.id)
    told = session.scalars(query.order_by(Attention.id).execution_options(populate_existing=True))
    failed = [matter for matter in told if matter.refund and matter.refund.state in NOT_GIVEN]
    missing = _missing(session, payment, failed) if failed else {}
    for matter in failed:
        if not missing[matter.id] or payment.held <= 0:
            resolve(session, "settled", Attention.id == matter.id)
        else:
            keep_open(
                session,
                matter.kind,
                matter.cause,
                matter.money,
                payment_id=payment.id,
                invoice_id=payment.invoice_id,
                refund_id=matter.refund_id,
                detail=matter.detail,
            )


def _missing(session: Session, payment: Payment, failed: list[Attention]) -> dict[int, int]:
    """How much of each has not been given back since it was told; no later refund makes up for two of them.

    One that failed too is a matter of its own, and takes the place of what it was made for.
    """
    missing = {matter.id: matter.amount for matter in failed}
    tried = or_(Refund.state == "succeeded", Refund.id.in_([matter.refund_id for matter in failed]))
    query = select(Refund).where(Refund.payment_id == payment.id, tried).order_by(Refund.created_at, Refund.id)
    for refund in session.scalars(query):
        left = refund.amount
        for matter in failed:
            if matter.refund_id != refund.id and matter.created_at <= refund.created_at:
                part = min(left, missing[matter.id])
                missing[matter.id] -= part
                left -= part
    return missing
