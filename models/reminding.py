"""When a customer may be reminded of an invoice."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.clock import now
from models.contact import Contact
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from models.language import gettext, marked
from models.mail import Mail
from models.organization import Organization
from models.pay_link import present_link
from models.refusal import Refused
from models.sending import handed_over_at
from models.stripe_account import takes_payments

# So long a customer is left in peace after each message that asks for money.
PEACE = timedelta(days=1)
# What stands in the way, by the word for it.
OBSTACLES = {
    "on_its_way": marked("A payment for this invoice is on its way. Wait until it has arrived or failed."),
    "nothing_due": marked("Nothing is due, so there is nothing to remind of."),
    "disputed": marked("A payment for this invoice is disputed. Wait until that is decided."),
    "promised": marked("Payment is promised for %(day)s. Remind after that day."),
    "unsubscribed": marked("The contact has asked for no more reminders."),
    "unsent": marked("It was never sent, so there is nothing to remind of. Send it first."),
    "revised": marked("It was changed since it was last sent. Send it again instead."),
    "no_link": marked("Its Pay Link was revoked. Send the invoice again instead, which makes a new link."),
    "just_sent": marked("It was sent less than a day ago. Give the customer time to pay."),
    "off": marked("Reminders of this invoice are switched off."),
    "no_address": marked("The contact has no email address that can be written to."),
    "no_stripe": marked("Customers cannot pay online: Stripe is disconnected, or has not enabled charges."),
}


def refuse_reminding(session: Session, invoice: Invoice, today: date) -> None:
    """Refuse what asks for nothing, what is on its way, disputed or promised, and what the customer has just read.

    Nor is anybody reminded who has asked not to be.
    """
    if word := obstacle(session, invoice, today):
        raise Refused(in_words(invoice, word))


READER_MARK = re.compile(r"[0-9a-f]{20}", re.ASCII)


def reader_mark(token: str, address: str) -> str:
    """Which address a reminder went to, in its link to get no more: a link alone is the same for each reader of it."""
    return sha256(f"{token}:{address.casefold()}".encode()).hexdigest()[:20]


def stop_url(url: str | None, address: str) -> str | None:
    """Where the reader at this address gets no more reminders; None for a message that goes without a pay link."""
    return url and f"{url}/reminders?to={reader_mark(url.rpartition('/')[2], address)}"


def way_out(stop: str | None, support_email: str | None) -> tuple[tuple[str, str], ...]:
    """Headers by which mail programs offer their reader to get no more reminders, with one press (RFC 8058)."""
    if stop is None:
        return ()
    mail = f", <mailto:{quote(support_email, safe='@')}?subject=unsubscribe>" if support_email else ""
    ways = f"<{stop}>{mail}"
    return ("List-Unsubscribe", ways), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def is_reader(contact: Contact, token: str, mark: str) -> bool:
    """Whether a reminder with this mark went to the address that the contact has now.

    A pay link alone says nothing of who reads it: copies and earlier addresses have it too.
    """
    return mark == reader_mark(token, contact.valid_email() or "")


def in_words(invoice: Invoice, word: str) -> str:
    """The sentence for an obstacle, in the reader's language."""
    return gettext(OBSTACLES[word], day=invoice.promised_for)


def obstacle(session: Session, invoice: Invoice, today: date) -> str:
    """A word of OBSTACLES for why its customer is not reminded today, or nothing."""
    return next(_obstacles(session, invoice, today), "")


def hindrances(session: Session, invoice: Invoice, organization: Organization) -> Iterator[str]:
    """Words of OBSTACLES for all that keeps a reminder from going out by itself now, what weighs most first."""
    if invoice.reminders_off:
        yield "off"
    yield from _obstacles(session, invoice, organization.today())
    if not (invoice.contact and invoice.contact.valid_email()):
        yield "no_address"
    if not takes_payments(session):
        yield "no_stripe"


def _obstacles(session: Session, invoice: Invoice, today: date) -> Iterator[str]:
    yield from _in_its_figures(invoice, today)
    if word := _unread(invoice, asked_at(session, invoice), _written_at(session, invoice)):
        yield word
    if present_link(session, invoice.id) is None:
        yield "no_link"


def _in_its_figures(invoice: Invoice, today: date) -> Iterator[str]:
    """As far as the invoice and its contact say."""
    if invoice.processing:
        yield "on_its_way"
    if not invoice.due().amount:
        yield "nothing_due"
    if invoice.disputed:
        yield "disputed"
    if invoice.promised_for and invoice.promised_for >= today:
        yield "promised"
    if invoice.contact and invoice.contact.reminders_off_at:
        yield "unsubscribed"


def _unread(invoice: Invoice, asked_at: datetime | None, written_at: datetime | None) -> str:
    if invoice.sent_at is None or asked_at is None:
        return "unsent"
    if written_at and written_at > asked_at:
        return "revised"
    return "just_sent" if asked_at > now() - PEACE else ""


def asked_at(session: Session, invoice: Invoice) -> datetime | None:
    """When the customer was last asked for the money, by a message or by hand."""
    asks = (Mail.kind.in_(("invoice", "reminder")), Mail.superseded_at.is_(None), Mail.parked_at.is_(None))
    query = select(func.max(func.coalesce(Mail.sent_at, Mail.created_at)))
    by_mail = session.scalar(query.where(Mail.invoice_id == invoice.id, *asks))
    return max((at for at in (by_mail, handed_over_at(session, invoice), invoice.sent_at) if at), default=None)


def _written_at(session: Session, invoice: Invoice) -> datetime | None:
    """When its present version was frozen."""
    present = (InvoiceVersion.invoice_id == invoice.id, InvoiceVersion.version == invoice.version)
    return session.scalar(select(InvoiceVersion.created_at).where(*present))
