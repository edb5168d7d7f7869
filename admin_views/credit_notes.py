"""Credit notes: the list, and each one as a document that prints."""

from typing import Any, ClassVar

from flask import Response, request
from flask_admin import expose
from sqlalchemy.orm import joinedload

from admin_views.base import Rows
from admin_views.documents import file_of
from admin_views.looks import Kind, cell
from models.base import db
from models.credit_note import CreditNote
from models.invoice import Invoice
from models.language import lazy_gettext, lazy_pgettext
from models.refund import Refund
from tasks.sheets import SHEETS

_KINDS = Kind("State", {"issued": CreditNote.canceled_at.is_(None), "canceled": CreditNote.canceled_at.is_not(None)})


class CreditNotes(Rows):
    view_permission = "payments.view"
    empty_icon = "invoice"
    missing_words = lazy_gettext("There is no such credit note")
    empty_title = lazy_gettext("No credit notes yet")
    sheet = SHEETS["credit_note"]
    empty_words = lazy_gettext("Each refund of an invoice gets one as soon as the money has gone back.")
    search_hint = lazy_gettext("Number, invoice or contact")
    list_template = "admin/payments/list.html"
    details_template = "admin/credit_notes/details.html"

    pills: ClassVar[Any] = (
        (lazy_pgettext("credit notes", "Issued"), {"flt0_state_is": "issued"}),
        (lazy_pgettext("credit notes", "Canceled"), {"flt0_state_is": "canceled"}),
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_searchable_list: ClassVar[Any] = ("number", "invoice.number", "invoice.contact.folded")
    column_list = ("number", "contact", "invoice", "issue_date", "state", "amount")
    column_sortable_list: ClassVar[Any] = ("number", "issue_date", "amount")
    column_default_sort: ClassVar[Any] = ("id", True)
    column_labels: ClassVar[dict[str, Any]] = {
        "number": lazy_gettext("Number"),
        "contact": lazy_gettext("Contact"),
        "invoice": lazy_gettext("Invoice"),
        "issue_date": lazy_pgettext("when", "Issued"),
        "state": lazy_gettext("Status"),
        "amount": lazy_gettext("Amount"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "number": "cell-main",
        "invoice": "nowrap",
        "issue_date": "muted nowrap",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "number": cell("credit_note_link"),
        "contact": cell("contact_link", lambda row: row.invoice.contact),
        "invoice": cell("invoice_link", lambda row: row.invoice),
        "issue_date": cell("day_of", lambda row: row.issue_date),
        "state": cell("state", lambda row: row.state_words),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(CreditNote, db, name, category, endpoint="credit_note")

    @expose("/pdf/")
    def pdf(self) -> Response:
        """As it was issued, canceled or not."""
        return file_of(self, "credit_note", self.get_one(request.args.get("id")).id)

    def get_query(self) -> Any:
        billed = joinedload(CreditNote.invoice).joinedload(Invoice.contact)
        return super().get_query().options(billed, joinedload(CreditNote.refund).joinedload(Refund.payment))
