"""What staff write down while they wait for money: notes to each other, and until when the customer has promised it."""

from datetime import date, timedelta

from babel.dates import format_date
from sqlalchemy import select

from models.activity import log, tell
from models.base import locked
from models.clock import now
from models.invoice import Invoice, new_operation
from models.invoice_note import InvoiceNote, note_written
from models.organization import the_organization
from models.people import User, require
from tasks import once_more, transaction

# The same words so soon are a second press; later they are said again.
SAME_PRESS = timedelta(minutes=1)


@once_more
def add_note(invoice_id: int, by: User, text: str) -> int:
    """Keep a note that only staff see; its id. Who has written the newest a moment ago in the same words gets that."""
    require(by, "invoices.edit")
    words = note_written(text)
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        query = select(InvoiceNote).where(InvoiceNote.invoice_id == invoice.id).order_by(InvoiceNote.id.desc())
        newest = session.scalars(query.limit(1)).one_or_none()
        if newest and (newest.text, newest.made_by_id) == (words, by.id) and newest.created_at > now() - SAME_PRESS:
            return newest.id
        note = InvoiceNote(invoice_id=invoice.id, text=words, made_by_id=by.id)
        session.add(note)
        session.flush()
        log(session, by, "invoice.note", f"invoice:{invoice.id}", after={"note": note.id})
        return note.id


@once_more
def promise(invoice_id: int, by: User, day: date | None) -> None:
    """Write down until when the customer has promised to pay; None: there is no promise any more.

    Refuses an invoice of which nothing is due, a day before the organization's today, and one that is more than two
    years after it and later than the due date.
    """
    require(by, "invoices.edit")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        before = invoice.promised_for
        if day == before:
            return
        if day:
            invoice.promise(day, the_organization(session).today())
        invoice.promised_for = day
        kind, said = ("promised", day) if day else ("promise_ended", before)
        detail = format_date(said, "medium", "en_US")
        cause = f"invoice:{invoice.id}:{kind}:{new_operation()}"
        tell(session, kind, cause, invoice.id, user_id=by.id, money=invoice.due(), detail=detail)
        log(session, by, "invoice.promise", f"invoice:{invoice.id}", _kept(before), _kept(day))


def _kept(day: date | None) -> dict[str, str | None]:
    return {"promised_for": day.isoformat() if day else None}
