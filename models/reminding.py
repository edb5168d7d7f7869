"""When a customer may be reminded of an invoice."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.clock import now
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from models.language import gettext
from models.mail import Mail
from models.refusal import Refused
from models.sending import handed_over_at

# So long a customer is left in peace after each message that asks for money.
PEACE = timedelta(days=1)


def refuse_reminding(session: Session, invoice: Invoice, today: date) -> None:
    """Refuse what asks for nothing, what is on its way, disputed or promised, and what the customer has just read."""
    if invoice.processing:
        raise Refused(gettext("A payment for this invoice is on its way. Wait until it has arrived or failed."))
    if not invoice.due().amount:
        raise Refused(gettext("Nothing is due, so there is nothing to remind of."))
    if invoice.disputed:
        raise Refused(gettext("A payment for this invoice is disputed. Wait until that is decided."))
    if invoice.promised_for and invoice.promised_for >= today:
        raise Refused(gettext("Payment is promised for %(day)s. Remind after that day.", day=invoice.promised_for))
    _refuse_unsent(invoice, _asked_at(session, invoice), _written_at(session, invoice))


def _refuse_unsent(invoice: Invoice, asked_at: datetime | None, written_at: datetime | None) -> None:
    if invoice.sent_at is None or asked_at is None:
        raise Refused(gettext("It was never sent, so there is nothing to remind of. Send it first."))
    if written_at and written_at > asked_at:
        raise Refused(gettext("It was changed since it was last sent. Send it again instead."))
    if asked_at > now() - PEACE:
        raise Refused(gettext("It was sent less than a day ago. Give the customer time to pay."))


def _asked_at(session: Session, invoice: Invoice) -> datetime | None:
    """When the customer was last asked for the money, by a message or by hand."""
    asks = (Mail.kind.in_(("invoice", "reminder")), Mail.superseded_at.is_(None), Mail.parked_at.is_(None))
    query = select(func.max(func.coalesce(Mail.sent_at, Mail.created_at)))
    by_mail = session.scalar(query.where(Mail.invoice_id == invoice.id, *asks))
    return max((at for at in (by_mail, handed_over_at(session, invoice), invoice.sent_at) if at), default=None)


def _written_at(session: Session, invoice: Invoice) -> datetime | None:
    """When its present version was frozen."""
    present = (InvoiceVersion.invoice_id == invoice.id, InvoiceVersion.version == invoice.version)
    return session.scalar(select(InvoiceVersion.created_at).where(*present))
