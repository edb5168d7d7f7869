"""What staff do with an invoice: send, mark as sent, void, give to a contact and an owner."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.base import locked
from models.clock import now
from models.contact import Contact, one_address
from models.edits import as_written, refuse_unseen
from models.figures import recount
from models.invoice import Invoice
from models.language import gettext
from models.mail import CAN_WAIT, NOW, Mail
from models.people import User, can, require
from models.refusal import Refused
from models.sending import Cover, is_sent_as_it_is, refuse_sent_since, sent_since
from models.written import one_line
from tasks import once_more, transaction
from tasks.holds import holding
from tasks.messages import queue_mail
from tasks.pay_links import make_payable


@once_more
def send_invoice(
    invoice_id: int,
    by: User,
    operation: str,
    unless_since: datetime | None = None,
    cover: Cover | None = None,
    shown_at: datetime | None = None,
) -> int:
    """Email the invoice with its pay link to its contact, and copies to the contact's further addresses.

    The id of the contact's message, whose acceptance alone makes the invoice Sent.
    A cover says what goes with it, and to whom instead. Issues a draft first. Refuses without lines, without a contact
    with one valid address, without a connected Stripe account that takes charges, what is void, and what was saved
    since the sender of the cover looked at it; with `unless_since`, as one of many, also what asks for nothing and what
    was sent by anybody from that moment on. What was sent after `shown_at`, when the sender's page was made, is a
    Conflict. The same operation sends once.
    """
    require(by, "invoices.send")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        cause = f"invoice:{invoice_id}:{operation}"
        if sent := session.scalars(select(Mail.id).where(Mail.cause == cause)).one_or_none():
            return sent
        if unless_since and sent_since(session, invoice_id, unless_since):
            raise Refused(gettext("It was sent meanwhile."))
        if shown_at:
            refuse_sent_since(session, invoice, shown_at)
        if cover and cover.edits is not None:
            refuse_unseen(session, invoice, cover.edits)
        to = invoice.recipient()
        make_payable(session, invoice, by)
        if unless_since:
            invoice.refuse_asking_for_nothing()
        rank = CAN_WAIT if unless_since else NOW
        note, copies = cover.words() if cover else "", _copies(invoice, to, cover)
        mail = queue_mail(session, "invoice", cause, invoice, to, by=by, rank=rank, note=note)
        for number, address in enumerate(copies, 1):
            queue_mail(session, "copy", f"{cause}:cc:{number}", invoice, address, by=by, rank=rank, note=note)
        log(session, by, "invoice.send", f"invoice:{invoice.id}", after={"to": to, "cc": copies})
        return mail.id


def _copies(invoice: Invoice, to: str, cover: Cover | None) -> list[str]:
    if cover:
        return cover.copies_beside(to)
    return invoice.contact.copies_to() if invoice.contact else []


@once_more
def mark_as_sent(invoice_id: int, by: User) -> None:
    """Record that staff have sent the link themselves; once for each version of the invoice."""
    require(by, "invoices.send")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        if invoice.is_draft:
            raise Refused(gettext("Copy the Pay Link first; then mark the invoice as sent."))
        if invoice.voided_at:
            raise Refused(gettext("This invoice is void and cannot be sent."))
        if is_sent_as_it_is(session, invoice):
            return
        invoice.mark_sent(now())
        cause = f"invoice:{invoice.id}:marked_sent:{invoice.version}"
        said = f"version {invoice.version}" if invoice.version > 1 else ""
        tell(session, "marked_sent", cause, invoice.id, user_id=by.id, money=invoice.grand_total(), detail=said)
        log(session, by, "invoice.mark_as_sent", f"invoice:{invoice.id}", after={"version": invoice.version})


def void_invoice(invoice_id: int, by: User) -> None:
    """Take an issued invoice back. An open checkout is closed first; if it was paid, that is recorded and refused."""
    require(by, "invoices.void")
    with holding(invoice_id, lambda _, invoice: invoice.refuse_unvoidable()) as (session, invoice):
        if invoice.voided_at:
            return
        before = invoice.status
        invoice.void()
        recount(session, invoice)
        cause, total = f"invoice:{invoice.id}:voided", invoice.grand_total()
        tell(session, "voided", cause, invoice.id, user_id=by.id, money=total)
        log(session, by, "invoice.void", f"invoice:{invoice.id}", {"status": before}, {"status": invoice.status})


@once_more
def delete_draft(invoice_id: int, by: User) -> None:
    """Remove a draft as if it had never been. Refuses what was issued: that is voided instead."""
    require(by, "invoices.edit")
    with transaction() as session:
        draft = delete(Invoice).where(Invoice.id == invoice_id, Invoice.issued_at.is_(None))
        if session.scalars(draft.returning(Invoice.id)).one_or_none() is None:
            raise Refused(gettext("Only a draft can be deleted. Void an issued invoice instead."))
        log(session, by, "invoice.delete", f"invoice:{invoice_id}")


@once_more
def choose_contact(invoice_id: int, by: User, contact_id: int | None, name: str = "", email: str = "") -> None:
    """Put a contact on a draft: a known one, or a new one from a name and one email address.

    Refuses an issued invoice, an unknown contact, an empty name and what is not one address.
    """
    require(by, "invoices.edit")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        if not invoice.is_draft:
            text = gettext("%(invoice)s was issued; its contact can no longer be changed.", invoice=invoice.title)
            raise Refused(text)
        before = as_written(invoice)
        invoice.contact = _contact(session, by, contact_id, name, email)
        invoice.edits += 1
        session.flush()
        log(session, by, "invoice.edit", f"invoice:{invoice.id}", before, as_written(invoice))


def _contact(session: Session, by: User, contact_id: int | None, name: str, email: str) -> Contact:
    if contact_id is not None:
        if (known := session.get(Contact, contact_id)) is None:
            raise Refused(gettext("That contact no longer exists. Choose another one."))
        return known
    require(by, "contacts.edit")
    if not (seen := one_line(name)):
        raise Refused(gettext("Choose a contact, or write a name and an email address for a new one."))
    contact = Contact(name=seen[:200], email=one_address(email))
    session.add(contact)
    session.flush()
    log(session, by, "contact.create", f"contact:{contact.id}", after={"name": contact.name, "email": contact.email})
    return contact


@once_more
def give_to(invoice_id: int, by: User, user_id: int | None) -> None:
    """Make a colleague its owner, who is told what happens to it. Refuses who may not write invoices."""
    require(by, "invoices.edit")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        owner = session.get(User, user_id) if user_id else None
        if not can(owner, "invoices.edit"):
            raise Refused(gettext("Choose a colleague who can sign in and may write invoices."))
        before = invoice.owner_id
        if owner and owner.id != before:
            invoice.owner = owner
            log(session, by, "invoice.give", f"invoice:{invoice.id}", {"owner_id": before}, {"owner_id": owner.id})
