"""Completes books that an earlier version kept: documents and matters for staff that it did not know."""

from sqlalchemy import and_, exists, or_, select

from models.figures import lock, settle
from models.matters import OVERPAID_UNASKED, STRAY_UNASKED, VOID_UNASKED
from models.payment import Payment
from models.refund import Refund
from tasks import once_more, reading, transaction
from tasks.credit_notes import keep_credit_note
from tasks.revenue import find_missing_days

BATCH = 200


def complete_books() -> None:
    """Each refund that succeeded has a credit note, each payment that fits no invoice or is too much a matter.

    Each day on which a fact counts has its totals, by cash and by invoice date.
    """
    after = 0
    while payments := _incomplete(after):
        for payment_id in payments:
            _complete(payment_id)
        after = payments[-1]
    find_missing_days()


def _incomplete(after: int) -> list[int]:
    lacking = exists().where(Refund.payment_id == Payment.id, Refund.state == "succeeded", ~Refund.credit_note.has())
    unasked = or_(STRAY_UNASKED, VOID_UNASKED, OVERPAID_UNASKED)
    wanted = or_(and_(Payment.invoice_id.is_not(None), lacking), unasked)
    query = select(Payment.id).outerjoin(Payment.invoice).where(Payment.id > after, wanted)
    with reading() as session:
        return list(session.scalars(query.order_by(Payment.id).limit(BATCH)))


@once_more
def _complete(payment_id: int) -> None:
    with transaction() as session:
        payment = lock(session, payment_id)
        settle(session, payment)
        refunds = select(Refund).where(Refund.payment_id == payment_id, Refund.state == "succeeded")
        for refund in session.scalars(refunds.order_by(Refund.id)):
            keep_credit_note(session, refund)
