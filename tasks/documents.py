"""The files of invoices, receipts and credit notes."""

from sqlalchemy.orm import Session

from models.document import Document
from models.mail import Mail
from models.organization import the_organization
from tasks.mailer import Attachment


def attachments_of(session: Session, mail: Mail) -> tuple[Attachment, ...]:
    """What a message brings with it: its document, once that is made, where the organization attaches documents."""
    document = session.get(Document, mail.document_id) if mail.document_id else None
    if document is None or the_organization(session).documents != "attach" or document.pdf is None:
        return ()
    return (Attachment(document.name, document.pdf),)
