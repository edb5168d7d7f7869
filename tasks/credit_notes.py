"""Credit notes follow their refunds, in the transaction that changes the refund."""

from sqlalchemy.orm import Session

from models.activity import log
from models.clock import now
from models.credit_note import CreditNote, credit_note_of, issue_for
from models.organization import the_organization
from models.refund import Refund
from tasks.documents import ask_document


def keep_credit_note(session: Session, refund: Refund) -> CreditNote | None:
    """Issue the credit note of a refund that succeeded, cancel that of one that did not; the valid one, or None.

    A refund that succeeds after all has its old one again: a number is used once and for one refund. Money
    that belongs to no invoice has none.
    """
    note, invoice = credit_note_of(session, refund.id), refund.payment.invoice
    if refund.state != "succeeded":
        if note and not note.canceled_at:
            note.canceled_at = now()
            log(session, None, "credit_note.cancel", f"credit_note:{note.id}", after={"number": note.number})
        return None
    if note is None and invoice:
        note = issue_for(session, refund, invoice, the_organization(session))
        session.flush()
        ask_document(session, note)
        log(session, None, "credit_note.issue", f"credit_note:{note.id}", after={"number": note.number})
    if note:
        note.canceled_at = None
    return note
