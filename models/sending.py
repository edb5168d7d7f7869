"""When a customer was given the invoice as it is now: by email, or by staff themselves."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.activity import Activity
from models.invoice import Invoice
from models.invoice_version import present_version
from models.mail import Mail


def handed_over_at(session: Session, invoice: Invoice) -> datetime | None:
    """When staff last said that they have sent it themselves."""
    by_hand = (Activity.invoice_id == invoice.id, Activity.kind == "marked_sent")
    return session.scalar(select(func.max(Activity.at)).where(*by_hand))


def is_sent_as_it_is(session: Session, invoice: Invoice) -> bool:
    """Whether its present version has gone out, by email or by hand."""
    mailed = select(func.max(Mail.sent_at)).where(Mail.invoice_id == invoice.id, Mail.kind == "invoice")
    moments = (session.scalar(mailed), handed_over_at(session, invoice), invoice.sent_at)
    last = max((at for at in moments if at), default=None)
    version = present_version(session, invoice)
    return last is not None and version is not None and version.created_at <= last
