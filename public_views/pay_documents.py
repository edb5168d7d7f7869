"""What a customer may take along: the invoice, its receipts, its credit notes, as they were made."""

from io import BytesIO

from flask import Response, abort, make_response, render_template, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from models.base import db
from models.credit_note import CreditNote
from models.document import Document
from models.pay_page import PayPage
from public_views.pay_answers import back, known, notice
from public_views.pay_door import door
from tasks.documents import want_document

# After so many seconds the browser asks again for what is being made.
AGAIN = "2"


@door.get("/<token>/invoice.pdf")
def invoice_pdf(token: str) -> ResponseReturnValue:
    """As it stands; of a void one the page says that nothing is to be paid."""
    found = known(token)
    return back(token) if found.invoice.voided_at else _answer(token, found, "invoice", found.version_id)


@door.get("/<token>/receipt.pdf", defaults={"payment_id": None})
@door.get("/<token>/receipt-<payment_id>.pdf")
def receipt_pdf(token: str, payment_id: str | None) -> ResponseReturnValue:
    """Of the newest payment that came in, or of one of them."""
    found = known(token)
    its = [payment.id for payment in found.received if payment_id in (None, str(payment.id))]
    return _answer(token, found, "receipt", its[-1] if its else None)


@door.get("/<token>/credit-note/<number>.pdf")
def credit_note_pdf(token: str, number: str) -> ResponseReturnValue:
    """One that is valid: what became of a canceled one, the page says."""
    found = known(token)
    if "\0" in number:  # PostgreSQL cannot even look for it
        abort(notice("unknown", 404))
    valid = (CreditNote.invoice_id == found.invoice.id, CreditNote.canceled_at.is_(None))
    its = select(CreditNote.id).where(CreditNote.number == number, *valid)
    return _answer(token, found, "credit_note", db.session.scalar(its))


def _answer(token: str, found: PayPage, kind: str, subject_id: int | None) -> ResponseReturnValue:
    """The file; that it is being made; or the page of the invoice, which has everything too."""
    if subject_id is None:
        return back(token)
    document = db.session.get_one(Document, want_document(kind, subject_id))
    if document.invoice_id != found.invoice.id:  # its payment was moved just now
        return back(token)
    if document.pdf is None:
        return _not_there(document, found)
    answer = send_file(BytesIO(document.pdf), mimetype="application/pdf", download_name=document.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _not_there(document: Document, found: PayPage) -> Response:
    given_up = document.parked_at is not None
    page = render_template(
        "pay/document.html", given_up=given_up, page=found, organization=found.organization, logo=found.logo
    )
    return make_response(page, 503 if given_up else 202, {} if given_up else {"Refresh": AGAIN})
