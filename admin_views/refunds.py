"""Refunds: what went back, and what is still on its way back."""

from typing import Any, ClassVar

from sqlalchemy.orm import joinedload

from admin_views.base import Rows
from admin_views.looks import Kind, cell
from models.base import db
from models.invoice import Invoice
from models.payment import Payment
from models.refund import Refund

_KINDS = Kind(
    "State",
    {
        "succeeded": Refund.state == "succeeded",
        "underway": Refund.state.in_(("requested", "pending", "requires_action")),
        "failed": Refund.state.in_(("failed", "canceled")),
        "attention": Refund.parked_at.is_not(None),
    },
)


class Refunds(Rows):
    view_permission = "payments.view"
    empty_icon = "refund"
    singular = "refund"
    empty_words = "Refunds are issued on the page of a paid invoice."
    list_template = "admin/payments/list.html"
    details_template = "admin/refunds/details.html"

    pills: ClassVar[Any] = tuple(
        (label, {"flt0_state_is": kind})
        for label, kind in (
            ("Succeeded", "succeeded"),
            ("Underway", "underway"),
            ("Failed", "failed"),
            ("Needs attention", "attention"),
        )
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_list = ("contact", "invoice", "created_at", "made_by", "reason", "state", "amount")
    column_sortable_list: ClassVar[Any] = ("created_at", "amount")
    column_default_sort: ClassVar[Any] = [("created_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, str]] = {
        "contact": "Contact",
        "created_at": "Requested",
        "made_by": "By",
        "state": "Status",
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "contact": "cell-main",
        "invoice": "nowrap",
        "created_at": "muted nowrap",
        "reason": "hide-tablet",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "contact": cell("refund_cell"),
        "invoice": cell("invoice_link", lambda row: row.payment.invoice),
        "created_at": cell("at", lambda row: row.created_at),
        "made_by": lambda view, context, row, name: row.made_by or "Stripe",
        "reason": lambda view, context, row, name: row.reason_words,
        "state": cell("state", lambda row: row.state_words),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Refund, db, name, category)

    def get_query(self) -> Any:
        paid = joinedload(Refund.payment).joinedload(Payment.invoice).joinedload(Invoice.contact)
        return super().get_query().options(paid, joinedload(Refund.made_by))
