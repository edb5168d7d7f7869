"""Which invoices the saved filters of the list mean, and how many there are of each beside each status."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from models.attention import Attention
from models.checkout import Checkout
from models.invoice import Invoice
from models.mail import Mail
from models.payment import Payment
from models.receivables import DUE, unviewed
from models.refund import Refund

Filters = dict[str, ColumnElement[bool]]


def saved_filters(today: date, at: datetime, user_id: int) -> Filters:
    """What this person means by each of them: `today` on the organization's calendar, `at` this moment."""
    return {
        "outstanding": DUE > 0,
        "overdue": and_(DUE > 0, Invoice.due_date < today),
        "processing": Invoice.processing > 0,
        "attention": _needs_attention(),
        "unviewed": unviewed(at),
        "promised": and_(DUE > 0, Invoice.promised_for >= today),
        "broken": and_(DUE > 0, Invoice.promised_for < today),
        "mine": Invoice.owner_id == user_id,
    }


def _needs_attention() -> ColumnElement[bool]:
    """A matter waits for a decision on its money, or work on it was given up."""
    open_ = select(Attention.invoice_id).where(Attention.resolved_at.is_(None), Attention.invoice_id.is_not(None))
    return or_(Invoice.id.in_(open_), *(Invoice.id.in_(given_up) for given_up in _given_up()))


def _given_up() -> tuple[Select[int | None], ...]:
    """The invoices of messages, refunds and checkouts that wait for a person; the rest of `models.parked` has none."""
    mails = select(Mail.invoice_id).where(Mail.sent_at.is_(None), Mail.superseded_at.is_(None))
    refunds = select(Payment.invoice_id).join(Refund, Refund.payment_id == Payment.id)
    return (
        mails.where(Mail.parked_at.is_not(None), Mail.invoice_id.is_not(None)),
        refunds.where(Refund.parked_at.is_not(None), Refund.state == "requested", Payment.invoice_id.is_not(None)),
        select(Checkout.invoice_id).where(Checkout.parked_at.is_not(None), Checkout.state == "creating"),
    )


@dataclass(frozen=True, slots=True)
class InvoiceCounts:
    """How many invoices the list would show: of each status, and of each saved filter in each status."""

    of_status: Counter[str]
    of_filter: dict[str, Counter[str]]

    def shown(self, status: str | None, name: str = "") -> int:
        """With this status, or any, and with this filter beside those that are on."""
        found = self.of_filter[name] if name else self.of_status
        return found[status] if status else found.total()


def count_invoices(
    session: Session, filters: Filters, on: Collection[str], within: Iterable[ColumnElement[bool]]
) -> InvoiceCounts:
    """One statement, whatever the filters: those that are `on` narrow every count, `within` whatever else does."""
    narrowed = and_(true(), *(filters[name] for name in on))
    sums = (func.count().filter(narrowed, condition) for condition in filters.values())
    counted = select(Invoice.status, func.count().filter(narrowed), *sums).where(*within)
    rows = session.execute(counted.group_by(Invoice.status)).all()
    of_filter = {name: Counter({row[0]: row[place] for row in rows}) for place, name in enumerate(filters, 2)}
    return InvoiceCounts(Counter({row[0]: row[1] for row in rows}), of_filter)
