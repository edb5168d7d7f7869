"""Doors to the files of invoices, receipts and credit notes."""

from io import BytesIO

from flask import Response, abort, make_response, request, send_file
from flask_admin import expose
from sqlalchemy import select

from admin_views.base import Rows
from admin_views.fields import row_id
from models.base import db
from models.document import Document
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from tasks.documents import want_document

# After so many seconds the browser asks again for what is being made.
AGAIN = "1"


class InvoiceDocuments(Rows):
    @expose("/pdf/")
    def pdf(self) -> Response:
        """One version as its customer may download it; the present one when none is named. A draft has none."""
        invoice: Invoice = self.get_one(request.args.get("id"))
        number = row_id(request.args.get("version")) or invoice.version
        its = (InvoiceVersion.invoice_id == invoice.id, InvoiceVersion.version == number)
        return file_of(self, "invoice", db.session.scalar(select(InvoiceVersion.id).where(*its)) or abort(404))


def file_of(view: Rows, kind: str, subject_id: int) -> Response:
    """The document of one version, payment or credit note."""
    return shown(view, db.session.get_one(Document, want_document(kind, subject_id)))


def shown(view: Rows, document: Document) -> Response:
    """By the browser; a page that asks again while it is being made."""
    if document.pdf is None:
        answer = make_response(view.render("admin/documents/waiting.html", document=document), 202)
        if not document.parked_at:
            answer.headers["Refresh"] = AGAIN
        return answer
    answer = send_file(BytesIO(document.pdf), mimetype="application/pdf", download_name=document.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer
