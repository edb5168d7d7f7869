"""Documents: numbers without gaps and twins, versions without holes, a credit note for each refund."""

from collections import Counter
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from models.credit_note import CreditNote
from models.document import Document
from models.invariants.invariant import Invariant, Rows
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from models.numbering import NumberSeries, document_number
from models.payment import Payment
from models.refund import Refund

_PRESENT = and_(InvoiceVersion.invoice_id == Invoice.id, InvoiceVersion.version == Invoice.version)
NUMBERED: dict[str, Any] = {"invoice": Invoice.number, "credit_note": CreditNote.number}


def _numbers(session: Session) -> Rows:
    for kind, column in NUMBERED.items():
        series = session.execute(select(NumberSeries.year, NumberSeries.last).where(NumberSeries.kind == kind))
        wanted = {document_number(kind, year, n) for year, last in series for n in range(1, last + 1)}
        taken = Counter(session.scalars(select(column).where(column.is_not(None))))
        yield from ((f"{kind} {number}", "is missing") for number in sorted(wanted - taken.keys()))
        yield from ((f"{kind} {number}", "was never given out") for number in sorted(taken.keys() - wanted))
        yield from ((f"{kind} {number}", f"is there {n} times") for number, n in taken.items() if n > 1)


def _versions(session: Session) -> Rows:
    kept = select(
        InvoiceVersion.invoice_id,
        func.count().label("number"),
        func.min(InvoiceVersion.version).label("first"),
        func.max(InvoiceVersion.version).label("last"),
    )
    kept_by = kept.group_by(InvoiceVersion.invoice_id).subquery()
    counted = (kept_by.c.number, kept_by.c.first, kept_by.c.last)
    query = select(Invoice.id, Invoice.version, *counted).outerjoin(kept_by, kept_by.c.invoice_id == Invoice.id)
    holes = or_(
        func.coalesce(kept_by.c.number, 0) != Invoice.version,
        kept_by.c.first != 1,
        kept_by.c.last != Invoice.version,
    )
    for row, version, number, first, last in session.execute(query.where(Invoice.issued_at.is_not(None), holes)):
        yield f"invoice:{row}", f"is version {version}; {number or 0} are kept, from {first} to {last}"


def _totals(session: Session) -> Rows:
    query = select(Invoice.id, Invoice.total, InvoiceVersion.total).join(InvoiceVersion, _PRESENT)
    wrong = and_(Invoice.issued_at.is_not(None), Invoice.total != InvoiceVersion.total)
    for row, total, shown in session.execute(query.where(wrong)):
        yield f"invoice:{row}", f"has a total of {total}; the customer is shown {shown}"


def _currencies(session: Session) -> Rows:
    in_document = InvoiceVersion.content["currency"].as_string()
    query = select(Invoice.id, Invoice.currency, in_document).join(InvoiceVersion, _PRESENT)
    wrong = and_(Invoice.issued_at.is_not(None), Invoice.currency != in_document)
    for row, currency, shown in session.execute(query.where(wrong)):
        yield f"invoice:{row}", f"is in {currency}; the customer is shown {shown}"


def _credit_notes(session: Session) -> Rows:
    """Refunds from before there were any have none."""
    valid = and_(CreditNote.refund_id == Refund.id, CreditNote.canceled_at.is_(None))
    query = select(Refund.id, Refund.state, CreditNote.number).join(Refund.payment).outerjoin(CreditNote, valid)
    first = select(func.min(CreditNote.created_at)).scalar_subquery()
    due = and_(Refund.state == "succeeded", Payment.invoice_id.is_not(None), Refund.created_at >= first)
    lacks, surplus = and_(due, CreditNote.id.is_(None)), and_(Refund.state != "succeeded", CreditNote.id.is_not(None))
    for row, state, number in session.execute(query.where(or_(lacks, surplus))):
        yield f"refund:{row}", f"is {state} and has the credit note {number}" if number else "has no credit note"


def _credited(session: Session) -> Rows:
    query = select(CreditNote.number, CreditNote.amount, Refund.amount).join(CreditNote.refund)
    differ = or_(CreditNote.amount != Refund.amount, CreditNote.currency != Refund.currency)
    for number, credited, refunded in session.execute(query.where(differ)):
        yield f"credit note {number}", f"says {credited}; {refunded} were refunded"


def _files(session: Session) -> Rows:
    differ = or_(func.length(Document.pdf) != Document.size, Document.sha256 == "", Document.due_at.is_not(None))
    for row, name in session.execute(select(Document.id, Document.name).where(Document.made_at.is_not(None), differ)):
        yield f"document:{row}", f"{name} is not the file that was made"


def _papers(session: Session) -> Rows:
    """Versions and credit notes from before there were files have none until somebody asks for it."""
    first = select(func.min(Document.created_at)).scalar_subquery()
    for table, key in ((InvoiceVersion, Document.version_id), (CreditNote, Document.credit_note_id)):
        lacking = and_(table.created_at >= first, ~exists().where(key == table.id))
        for row in session.scalars(select(table.id).where(lacking)):
            yield f"{table.__tablename__}:{row}", "has no document"
        strange = select(Document.id, Document.name).join(table, key == table.id)
        for row, name in session.execute(strange.where(Document.invoice_id != table.invoice_id)):
            yield f"document:{row}", f"{name} is of another invoice than what it is made from"


INVARIANTS = (
    Invariant("numbers", "Numbers of invoices and credit notes have no gaps and no twins.", _numbers),
    Invariant("versions", "Each version of an issued invoice that customers have seen is kept.", _versions),
    Invariant("version totals", "The total of an issued invoice is that of its present version.", _totals),
    Invariant("version currencies", "An issued invoice is in the currency of its present version.", _currencies),
    Invariant("credit notes", "A refund that succeeded has a credit note; no other has a valid one.", _credit_notes),
    Invariant("files", "A document that was made is kept as it was made, and is not made again.", _files),
    Invariant("papers", "Each version and each credit note has its document, of the same invoice.", _papers),
    Invariant("credited amounts", "A credit note says what was refunded.", _credited),
)
