"""How a customer pays: when last, and how late on average."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.invoice import Invoice
from models.organization import Organization
from models.payment import Payment

# Older ones say little about today.
MOST_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class PayingHabits:
    """`days_late` is the average over invoices that were paid in full; below 0 they were paid before their due date."""

    last_paid: datetime | None
    days_late: int | None


def paying_habits(session: Session, contact_id: int, organization: Organization) -> PayingHabits:
    """Of the newest invoices of this contact that have a due date, each paid with its last payment."""
    paid_at = func.max(Payment.paid_at)
    paid = select(paid_at).join(Payment.invoice).where(Invoice.contact_id == contact_id, Payment.status == "succeeded")
    settled = paid.add_columns(Invoice.due_date).where(Invoice.status == "Paid", Invoice.due_date.is_not(None))
    each = settled.group_by(Invoice.id, Invoice.due_date).order_by(paid_at.desc()).limit(MOST_LOOKED_AT)
    late = [(organization.day_of(at) - due).days for at, due in session.execute(each)]
    return PayingHabits(session.scalar(paid), round(sum(late) / len(late)) if late else None)
