"""Payments: what came in, as Stripe says."""

from typing import Any, ClassVar

from flask_admin import expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Rows
from admin_views.looks import Kind, cell
from admin_views.stripe_links import dashboard_url
from models.base import db
from models.dispute import Dispute
from models.invoice import Invoice
from models.payment import Payment
from models.refund import Refund

_KINDS = Kind(
    "State",
    {
        "succeeded": Payment.status == "succeeded",
        "processing": Payment.status == "processing",
        "failed": Payment.status.in_(("failed", "canceled")),
        "unmatched": Payment.invoice_id.is_(None),
    },
)


class Payments(Rows):
    view_permission = "payments.view"
    empty_icon = "payments"
    singular = "payment"
    empty_words = "Charges show up here as soon as a customer pays an invoice."
    search_hint = "Contact, invoice number, Stripe id"
    details_template = "admin/payments/details.html"
    list_template = "admin/payments/list.html"

    pills: ClassVar[Any] = tuple(
        (label, {"flt0_state_is": kind})
        for label, kind in (
            ("Succeeded", "succeeded"),
            ("Processing", "processing"),
            ("Failed", "failed"),
            ("Unmatched", "unmatched"),
        )
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_searchable_list: ClassVar[Any] = (
        "payment_intent_id",
        "charge_id",
        "invoice.number",
        "invoice.contact.name",
    )
    column_list = ("contact", "invoice", "paid_at", "method", "status", "fee", "amount")
    column_sortable_list: ClassVar[Any] = ("paid_at", "amount")
    column_default_sort: ClassVar[Any] = [("paid_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, str]] = {"contact": "Contact", "paid_at": "Received"}
    cell_classes: ClassVar[dict[str, str]] = {
        "contact": "cell-main",
        "invoice": "nowrap",
        "paid_at": "muted nowrap",
        "method": "nowrap",
        "fee": "num hide-tablet",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "contact": cell("payment_cell"),
        "invoice": cell("invoice_link", lambda row: row.invoice),
        "paid_at": cell("at", lambda row: row.paid_at),
        "status": cell("payment_state"),
        "fee": cell("money_of", lambda row: (row.fee, row.currency)),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Payment, db, name, category)

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Payment.invoice).joinedload(Invoice.contact))

    @expose("/details/")
    def details_view(self) -> Any:
        self._template_args["refunds"] = _refunds_of
        self._template_args["disputes"] = _disputes_of
        self._template_args["stripe_url"] = lambda row: dashboard_url(row.account, f"payments/{row.payment_intent_id}")
        return super().details_view()


def _refunds_of(payment: Payment) -> list[Refund]:
    query = select(Refund).where(Refund.payment_id == payment.id).options(joinedload(Refund.made_by))
    return list(db.session.scalars(query.order_by(Refund.id.desc())))


def _disputes_of(payment: Payment) -> list[Dispute]:
    query = select(Dispute).where(Dispute.payment_id == payment.id)
    return list(db.session.scalars(query.order_by(Dispute.id.desc())))
