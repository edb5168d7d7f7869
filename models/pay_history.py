"""What a pay page tells of money that came and went, as parts of its one query."""

from datetime import datetime, timedelta

from sqlalchemy import Exists, ScalarSelect, Select, exists, func, select
from sqlalchemy.orm import aliased

from models.attention import Attention
from models.clock import now
from models.credit_note import CreditNote
from models.invoice import Invoice
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund

# What goes back through Stripe is on its way for so long at most.
ON_ITS_WAY = timedelta(days=10)


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


def first_given_back() -> ScalarSelect[datetime]:
    return _given_back().with_only_columns(func.min(Refund.created_at)).correlate(Invoice).scalar_subquery()


def last_given_back() -> ScalarSelect[datetime]:
    return _given_back().with_only_columns(func.max(Refund.created_at)).correlate(Invoice).scalar_subquery()


def returns_by_stripe() -> Exists:
    """Some of the money goes back through Stripe, and may not have arrived yet."""
    recent = (Refund.account_id.is_not(None), Refund.created_at > now() - ON_ITS_WAY)
    return _given_back().where(*recent).correlate(Invoice).exists()


def _given_back() -> Select[Refund]:
    each = aliased(Payment)
    its = select(Refund).join(each, each.id == Refund.payment_id)
    return its.where(each.invoice_id == Invoice.id, Refund.state == "succeeded")


def receipt_sent_at() -> ScalarSelect[datetime | None]:
    """Of the receipt for the payment of the page's checkout."""
    of_it = (Mail.invoice_id == Invoice.id, Mail.kind == "receipt", Mail.data["subject_id"].as_integer() == Payment.id)
    return select(func.max(Mail.sent_at)).where(*of_it).correlate(Invoice, Payment).scalar_subquery()
