"""What a pay page tells of money that came and went, as parts of its one query."""

from sqlalchemy import ScalarSelect, exists, func, select

from models.attention import Attention
from models.credit_note import CreditNote
from models.invoice import Invoice


def owed_back() -> ScalarSelect[int | None]:
    """How much of what was said to have gone back came back to us, and has not gone back otherwise, in minor units.

    A refund that succeeded was told of, and has a credit note; of one that failed at once nobody has heard.
    """
    was_told = exists().where(CreditNote.refund_id == Attention.refund_id)
    failed = (Attention.kind == "refund_failed", Attention.resolved_at.is_(None), was_told)
    missing = select(func.sum(Attention.amount)).where(Attention.invoice_id == Invoice.id, *failed)
    return missing.correlate(Invoice).scalar_subquery()


def canceled_credit_notes() -> ScalarSelect[str | None]:
    """The numbers of those which are no longer valid, with spaces between."""
    canceled = (CreditNote.invoice_id == Invoice.id, CreditNote.canceled_at.is_not(None))
    numbers = select(func.aggregate_strings(CreditNote.number, " ")).where(*canceled)
    return numbers.correlate(Invoice).scalar_subquery()
