"""Payment Disputes: what Stripe reports, the soonest due first. Read-only: answering happens at Stripe for now."""

from typing import Any, ClassVar

from flask_admin import expose
from sqlalchemy import case, select
from sqlalchemy.orm import joinedload

from admin_views.base import Rows
from admin_views.day_filters import DISPUTE_FILTERS, Summed
from admin_views.looks import Kind, cell
from admin_views.stripe_links import dashboard_url
from models.activity import Activity
from models.base import db
from models.dispute import CLOSED, TO_ANSWER, Dispute
from models.invoice import Invoice
from models.language import lazy_gettext, lazy_pgettext
from models.organization import the_organization
from models.payment import Payment
from tasks.sheets import SHEETS

_KINDS = Kind("State", {"active": Dispute.status.not_in(CLOSED), "closed": Dispute.status.in_(CLOSED)})
_LOADED = (
    joinedload(Dispute.account),
    joinedload(Dispute.payment).joinedload(Payment.invoice).joinedload(Invoice.contact),
)


class Disputes(Summed, Rows):
    view_permission = "disputes.view"
    title = lazy_gettext("Payment Disputes")
    empty_icon = "disputes"
    missing_words = lazy_gettext("There is no such dispute")
    empty_title = lazy_gettext("No payment disputes yet")
    sheet = SHEETS["dispute"]
    empty_words = lazy_gettext("When a customer disputes a charge with the bank, Stripe tells us and it shows up here.")
    list_template = "admin/disputes/list.html"
    details_template = "admin/disputes/details.html"

    pills: ClassVar[Any] = (
        (lazy_pgettext("disputes", "Active"), {"flt0_state_is": "active"}),
        (lazy_pgettext("disputes", "Closed"), {"flt0_state_is": "closed"}),
    )
    column_filters: ClassVar[Any] = (_KINDS, *DISPUTE_FILTERS)
    summed: ClassVar[dict[Any, Any]] = {lazy_pgettext("disputes", "Lost"): Dispute.withdrawn}
    column_list = ("customer", "reason", "status", "due_by", "created_at", "invoice", "amount")
    column_sortable_list: ClassVar[Any] = ("amount", "created_at")
    column_labels: ClassVar[dict[str, Any]] = {
        "customer": lazy_gettext("Contact"),
        "reason": lazy_gettext("Reason"),
        "status": lazy_gettext("Status"),
        "due_by": lazy_gettext("Evidence due by"),
        "created_at": lazy_pgettext("when", "Opened"),
        "invoice": lazy_gettext("Invoice"),
        "amount": lazy_gettext("Amount"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "customer": "cell-main",
        "reason": "snug",
        "due_by": "nowrap snug",
        "created_at": "muted nowrap hide-tablet",
        "invoice": "nowrap hide-tablet",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "customer": cell("dispute_link"),
        "reason": cell("reason"),
        "status": cell("state", lambda row: row.status_words),
        "due_by": cell("deadline", lambda row: (row, row.time_left(the_organization(db.session)))),
        "created_at": cell("on_day", lambda row: (row.created_at, the_organization(db.session).day_of(row.created_at))),
        "invoice": cell("invoice_link", lambda row: row.payment and row.payment.invoice),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Dispute, db, name, category)

    def get_query(self) -> Any:
        return super().get_query().options(*_LOADED)

    def _apply_sorting(self, query: Any, joins: Any, sort_column: Any, sort_desc: Any) -> Any:
        """Unless asked otherwise: what waits for us by its deadline, then what waits for the bank, then the closed."""
        if sort_column is not None:
            return super()._apply_sorting(query, joins, sort_column, sort_desc)
        turn = case((Dispute.status.in_(TO_ANSWER), 0), (Dispute.status.not_in(CLOSED), 1), else_=2)
        deadline = case((Dispute.status.in_(TO_ANSWER), Dispute.due_by))
        return query.order_by(turn, deadline.is_(None), deadline, Dispute.created_at.desc()), joins

    @expose("/details/")
    def details_view(self) -> Any:
        self._template_args["history"] = self._history
        self._template_args["time_left"] = lambda row: row.time_left(the_organization(db.session))
        self._template_args["stripe_url"] = lambda row: dashboard_url(row.account, f"disputes/{row.stripe_id}")
        return super().details_view()

    @staticmethod
    def _history(dispute: Dispute) -> list[Activity]:
        """What the Payment timeline tells of this dispute, the newest first."""
        invoice_id = dispute.payment.invoice_id if dispute.payment else None
        of_this = (Activity.invoice_id == invoice_id, Activity.cause.like(f"dispute:{dispute.id}:%"))
        query = select(Activity).where(*of_this).order_by(Activity.at.desc(), Activity.id.desc())
        return list(db.session.scalars(query))
