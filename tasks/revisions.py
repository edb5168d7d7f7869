"""What becomes of an invoice that was issued: its next version, or another invoice in its place."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import AuditEntry, log, tell
from models.base import locked
from models.edits import FIELDS, as_written, refuse_overtaken
from models.invoice import Invoice
from models.invoice_version import present_version
from models.language import gettext
from models.organization import the_organization
from models.parts import refuse_unpayable
from models.payment import Payment
from models.people import User, require
from models.refusal import Conflict, Refused
from tasks import once_more, transaction
from tasks.documents import ask_document
from tasks.holds import holding


def revise_invoice(invoice_id: int, by: User, values: dict[str, Any], edits: int | None = None) -> int:
    """Make the next version of an issued invoice; its number. Earlier versions stay as they were shown.

    `values` are named like the invoice's fields (FIELDS), lines as InvoiceLines; what is not named stays. An
    open checkout is closed first. Refuses drafts and what is void, once money is captured or on its way, what could
    not be issued, a new due date before the issue or ten years after it, and when somebody has saved it since it had
    `edits` savings.
    """
    require(by, "invoices.edit")

    def refuse(session: Session, invoice: Invoice) -> None:
        invoice.refuse_unrevisable()
        if edits is not None:
            refuse_overtaken(session, invoice, edits)
        invoice.refuse_due_on(values.get("due_date"), the_organization(session).today())

    with holding(invoice_id, refuse) as (session, invoice):
        before = as_written(invoice)
        _take_over(session, invoice, values)
        _refuse_two_currencies(session, invoice)
        invoice.revise(session, the_organization(session), by)
        refuse_unpayable(invoice)
        ask_document(session, present_version(session, invoice))
        cause, said = f"invoice:{invoice.id}:version:{invoice.version}", f"version {invoice.version}"
        tell(session, "revised", cause, invoice.id, user_id=by.id, money=invoice.grand_total(), detail=said)
        log(session, by, "invoice.revise", f"invoice:{invoice.id}", before, as_written(invoice))
        return invoice.version


def _take_over(session: Session, invoice: Invoice, values: dict[str, Any]) -> None:
    wanted = {field: values[field] for field in FIELDS if field in values}
    if wanted.get("due_date"):
        wanted["due_days"] = None  # a day of its own, not of a term
    if "lines" in wanted:
        wanted["lines"] = [line.again() for line in wanted["lines"]]
    for field, value in wanted.items():
        setattr(invoice, field, value)
    session.flush()
    session.refresh(invoice, ["contact"])
    invoice.recipient()


def _refuse_two_currencies(session: Session, invoice: Invoice) -> None:
    """A payment that failed stays on its invoice, and its money is of one currency."""
    other = select(Payment.id).where(Payment.invoice_id == invoice.id, Payment.currency != invoice.currency)
    if session.scalar(other.limit(1)):
        raise Refused(
            gettext("A payment was tried in the present currency, so it stays. Void this invoice and bill it again.")
        )


@once_more
def bill_again(invoice_id: int, by: User) -> int:
    """Write a draft with the same lines, contact and terms as an invoice that is void or whose money has all gone.

    Its id; a second press finds the first one's. Refuses every other invoice, and one that another stands for already.
    """
    require(by, "invoices.edit")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        if standing := _in_its_place(session, invoice):
            if standing.is_draft:
                return standing.id
            made = gettext("%(made)s was made from %(invoice)s already.", made=standing.title, invoice=invoice.title)
            raise Refused(made)
        draft = invoice.bill_again(by)
        session.add(draft)
        session.flush()
        log(session, by, "invoice.bill_again", f"invoice:{invoice.id}", after={"draft": draft.id})
        log(session, by, "invoice.create", f"invoice:{draft.id}", after=as_written(draft))
        return draft.id


@once_more
def duplicate_invoice(invoice_id: int, by: User, operation: str) -> int:
    """Write a draft that says what this invoice says, whatever its state; its id.

    The same operation writes one; refused when it has copied another invoice.
    """
    require(by, "invoices.edit")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        if made := session.scalars(select(Invoice.id).where(Invoice.operation == operation)).one_or_none():
            _refuse_copy_of_another(session, invoice, made)
            return made
        draft = invoice.copy(by, operation)
        session.add(draft)
        session.flush()
        log(session, by, "invoice.duplicate", f"invoice:{invoice.id}", after={"draft": draft.id})
        log(session, by, "invoice.create", f"invoice:{draft.id}", after=as_written(draft))
        return draft.id


def _refuse_copy_of_another(session: Session, invoice: Invoice, draft_id: int) -> None:
    """The audit log knows what was copied."""
    its = (AuditEntry.subject == f"invoice:{invoice.id}", AuditEntry.action == "invoice.duplicate")
    if {"draft": draft_id} not in session.scalars(select(AuditEntry.after).where(*its)).all():
        raise Conflict(
            gettext("This form has already been used for a copy of another invoice. Open the page again to make one.")
        )


def _in_its_place(session: Session, invoice: Invoice) -> Invoice | None:
    """What was made from it and is not itself void or without its money again."""
    made = select(Invoice).where(Invoice.made_from_id == invoice.id).order_by(Invoice.id)
    return next((one for one in session.scalars(made) if not one.can_be_billed_again), None)
