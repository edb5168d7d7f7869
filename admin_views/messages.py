"""Messages: every mail to customers, sent, on its way, or waiting for a Retry; those to colleagues when asked for."""

from typing import Any, ClassVar

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.documents import shown
from admin_views.letter_frame import framed
from admin_views.looks import Kind, cell
from admin_views.policy import may, me
from models.base import db
from models.document import Document
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, lazy_pgettext, ngettext
from models.mail import Mail
from models.pay_link import without_links
from tasks import messages
from tasks.sheets import SHEETS

_WAITING = (Mail.sent_at.is_(None), Mail.superseded_at.is_(None))
_TO_CUSTOMERS = Mail.user_id.is_(None)
_KINDS = Kind(
    "State",
    {
        "customers": _TO_CUSTOMERS,
        "sent": _TO_CUSTOMERS & Mail.sent_at.is_not(None),
        "sending": _TO_CUSTOMERS & _WAITING[0] & _WAITING[1] & Mail.parked_at.is_(None),
        "failed": _TO_CUSTOMERS & _WAITING[0] & _WAITING[1] & Mail.parked_at.is_not(None),
        "superseded": _TO_CUSTOMERS & Mail.superseded_at.is_not(None),
        "colleagues": ~_TO_CUSTOMERS,
    },
)
# As Flask-Admin passes filters on: the place of the filter, its name, the value.
UNASKED = [(0, "", "customers")]


class Messages(Rows):
    view_permission = "invoices.view"
    empty_icon = "mail"
    missing_words = lazy_gettext("There is no such message")
    empty_title = lazy_gettext("No messages yet")
    sheet = SHEETS["message"]
    empty_words = lazy_gettext("Invoices, receipts and refund notices that are sent to customers show up here.")
    search_hint = lazy_gettext("Address or invoice number")
    list_template = "admin/settings/messages.html"
    details_template = "admin/settings/message.html"
    action_permissions: ClassVar[dict[str, str]] = {"retry": "invoices.send"}
    action_icons: ClassVar[dict[str, str]] = {"retry": "send"}
    route_permissions: ClassVar[dict[str, tuple[str, ...]]] = {"retry": ("invoices.send",)}

    pills: ClassVar[Any] = (
        (lazy_pgettext("messages", "Sent"), {"flt0_state_is": "sent"}),
        (lazy_pgettext("messages", "Sending"), {"flt0_state_is": "sending"}),
        (lazy_pgettext("messages", "Failed"), {"flt0_state_is": "failed"}),
        (lazy_pgettext("messages", "Superseded"), {"flt0_state_is": "superseded"}),
        (lazy_gettext("To colleagues"), {"flt0_state_is": "colleagues"}),
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_searchable_list: ClassVar[Any] = ("to_address", "invoice.number")
    column_list = ("to_address", "kind", "invoice", "created_at", "sent_at", "state")
    column_sortable_list: ClassVar[Any] = ("created_at", "sent_at")
    column_default_sort: ClassVar[Any] = [("created_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, Any]] = {
        "to_address": lazy_pgettext("person", "To"),
        "kind": lazy_gettext("Message"),
        "invoice": lazy_gettext("Invoice"),
        "created_at": lazy_gettext("Written"),
        "sent_at": lazy_pgettext("when", "Sent"),
        "state": lazy_gettext("Status"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "to_address": "cell-main",
        "invoice": "nowrap",
        "created_at": "muted nowrap hide-tablet hide-phone",
        "sent_at": "muted nowrap",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "to_address": cell("message_link"),
        "kind": lambda view, context, row, name: gettext(row.kind_words),
        "invoice": cell("invoice_link", lambda row: row.invoice),
        "created_at": cell("at", lambda row: row.created_at),
        "sent_at": cell("at", lambda row: row.sent_at),
        "state": cell("message_state", lambda row: row.state),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Mail, db, name, category, endpoint="message")

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Mail.invoice).joinedload(Invoice.contact))

    def get_list(self, page: Any, order: Any, down: Any, search: Any, filters: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get_list(page, order, down, search, filters or UNASKED, *args, **kwargs)

    @action("retry", lazy_gettext("Retry"), lazy_gettext("Each selected message that failed is sent again."))
    def action_retry(self, ids: list[str]) -> None:
        mails = [self.get_one(mail_id) for mail_id in ids]
        failed = [mail for mail in mails if mail.state == "failed"]
        for mail in failed:
            messages.retry_mail(mail.id, me())
        queued = ngettext(
            "%(num)s of %(all)s selected messages are queued again.",
            "%(num)s of %(all)s selected messages are queued again.",
            len(failed),
            all=len(mails),
        )
        flash(queued, "pending" if failed else "info")

    @expose("/html")
    def html(self) -> Response:
        """The message as it went out."""
        return framed(self.readable(self.get_one(request.args.get("id")).html) or abort(404))

    @staticmethod
    def readable(text: str) -> str:
        """A message as this person may read it: who may not copy the pay link does not find it here either."""
        return text if may("invoices.send") else without_links(text)

    @expose("/pdf/")
    def pdf(self) -> Response:
        """The document that it brought, or would have brought: this very one, whatever was made since."""
        mail = self.get_one(request.args.get("id"))
        return shown(self, db.session.get(Document, mail.document_id or 0) or abort(404))

    @expose("/retry", methods=("POST",))
    def retry(self) -> Response:
        mail = self.get_one(request.form.get("id"))
        messages.retry_mail(mail.id, me())
        flash(gettext("Queued again for delivery to %(address)s.", address=mail.to_address), "pending")
        return redirect(self.page_of(mail), 303)
