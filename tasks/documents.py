"""The files of invoices, receipts and credit notes: asked for with their fact, made by a job, and kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.activity import log
from models.base import locked
from models.credit_note import CreditNote, credit_note_of
from models.document import Document, Subject
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion, present_version
from models.language import gettext, speaking
from models.mail import Mail
from models.organization import the_organization
from models.pay_link import pay_url
from models.payment import Payment
from models.people import User, require
from models.printed import Printed
from models.refund import Refund
from models.refusal import NotFound, Refused
from tasks import later, once_more, reading, transaction
from tasks.claiming import Claim, ClaimLost, work_on
from tasks.mailer import Attachment
from tasks.typesetter import typeset

# Messages that bring the invoice itself.
OF_INVOICES = ("invoice", "copy")
SUBJECTS: dict[str, Any] = {"invoice": InvoiceVersion, "receipt": Payment, "credit_note": CreditNote}


def ask_document(session: Session, subject: Subject | None) -> int | None:
    """In the caller's transaction: the document of this subject is to be made; its id.

    A message that brings it has it made, and else the sweep: a job for each of a thousand invoices that are sent at
    once would stand before the next receipt. Whoever asks again finds the first. Nothing has none.
    """
    if subject is None:
        return None
    session.flush()
    return Document.asked(session, subject, the_organization(session))


def want_document(kind: str, subject_id: int) -> int:
    """The id of the document of an invoice's version, a receipt's payment or a credit note.

    It is asked for now where nobody has before, and made soon: somebody waits for it. Refuses a payment that counts
    for no invoice.
    """
    with reading() as session:
        known = Document.newest(session, kind, subject_id)
        is_settled = known is not None and session.get_one(Document, known).is_settled
    document_id = known or _want(kind, subject_id)
    if not is_settled:
        later(make_document, document_id)
    return document_id


@once_more
def _want(kind: str, subject_id: int) -> int:
    with transaction() as session:
        document_id = ask_document(session, session.get(SUBJECTS[kind], subject_id))
        if document_id is None:
            raise NotFound(gettext("There is nothing like that here any more."))
        return document_id


def make_document(document_id: int) -> None:
    """Make it if it is due: the file then stays as it is."""
    work_on(Document, document_id, _make)


@once_more
def retry_document(document_id: int, by: User) -> None:
    """Try one again that was given up."""
    require(by, "invoices.send")
    with transaction() as session:
        document = locked(session, Document, document_id)
        if not document.parked_at:
            raise Refused(gettext("This document is not waiting for a retry."))
        document.wake()
        log(session, by, "document.retry", f"document:{document.id}")
        later(make_document, document.id)


def _make(claim: Claim) -> None:
    printed, at = _read(claim)
    claim.renew()
    _record(claim, typeset(printed, at))


def _read(claim: Claim) -> tuple[Printed, datetime]:
    """What it says, and the moment that its file bears."""
    with reading() as session:
        document = session.get(Document, claim.row_id)
        if document is None:
            raise ClaimLost
        with speaking(document.language):
            return document.printed(session, the_organization(session)), document.created_at


@once_more
def _record(claim: Claim, pdf: bytes) -> None:
    with transaction() as session:
        claim.finish(session)
        session.get_one(Document, claim.row_id).keep(pdf)


# With messages


def bring_document(mail_id: int) -> bool:
    """Have the document made that this message takes along; False while another worker is making it.

    A document that cannot be made does not stop a message, which then leads to it instead.
    """
    document_id = _brought(mail_id)
    if document_id is None:
        return True
    make_document(document_id)
    with reading() as session:
        return session.get_one(Document, document_id).is_settled


@once_more
def _brought(mail_id: int) -> int | None:
    """The document of what the message tells of, as it is now; None where messages lead to it instead.

    Without a valid link nothing leads anywhere, so the message brings it.
    """
    with transaction() as session:
        mail = session.get_one(Mail, mail_id)
        attaches = the_organization(session).documents == "attach" or not pay_url(session, mail.invoice_id)
        mail.document_id = ask_document(session, _subject(session, mail)) if attaches else None
        return mail.document_id


def _subject(session: Session, mail: Mail) -> Subject | None:
    if mail.kind in OF_INVOICES:
        return present_version(session, session.get_one(Invoice, mail.invoice_id))
    if mail.kind == "receipt":
        payment = session.get_one(Payment, mail.data["subject_id"])
        return payment if payment.invoice_id == mail.invoice_id else None
    if mail.kind == "refund":
        note = credit_note_of(session, session.get_one(Refund, mail.data["subject_id"]).id)
        return note if note and not note.canceled_at else None
    return None


def attachments_of(session: Session, mail: Mail) -> tuple[Attachment, ...]:
    """What a message brings with it: the document that `bring_document` had made for it, if it could be made."""
    document = session.get(Document, mail.document_id) if mail.document_id else None
    if document is None or document.pdf is None:
        return ()
    return (Attachment(document.name, document.pdf),)


@dataclass(frozen=True, slots=True)
class FileLink:
    """Below the pay link of its invoice; `words` are in the language that is spoken."""

    path: str
    words: str


def link_of(session: Session, mail: Mail) -> FileLink | None:
    """Where the document of a message is that does not bring it: by the organization's choice, or for want of it."""
    brings = the_organization(session).documents == "attach" and mail.document_id is None
    if brings or attachments_of(session, mail):
        return None
    if mail.kind in OF_INVOICES:
        return FileLink("invoice.pdf", gettext("Invoice (PDF)"))  # a draft has it once it is sent
    subject = _subject(session, mail)
    if isinstance(subject, CreditNote):
        return FileLink(f"credit-note/{subject.number}.pdf", gettext("Credit note (PDF)"))
    return FileLink(f"receipt-{subject.id}.pdf", gettext("Receipt (PDF)")) if subject else None
