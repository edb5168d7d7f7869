"""Payments: what came in, as Stripe says or as staff have recorded it."""

from typing import Any, ClassVar

from flask import abort, redirect, request
from flask_admin import expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views import payment_actions
from admin_views.base import Rows
from admin_views.day_filters import PAYMENT_FILTERS, Summed
from admin_views.documents import file_of
from admin_views.fields import row_id
from admin_views.giving_back import Giving
from admin_views.looks import Kind, cell
from admin_views.paths import back_to
from admin_views.policy import may, me, needs
from admin_views.refused_press import saying_refusals
from admin_views.stripe_links import dashboard_url
from models.attention import Attention
from models.attention_words import Matter
from models.base import db
from models.checkout import Checkout
from models.dispute import Dispute
from models.invoice import Invoice
from models.language import lazy_gettext, lazy_pgettext
from models.payment import Payment, Reversal
from models.refund import Refund
from tasks.sheets import SHEETS

_KINDS = Kind(
    "State",
    {
        "succeeded": Payment.status == "succeeded",
        "processing": Payment.status == "processing",
        "failed": Payment.status.in_(("failed", "canceled")),
        "unmatched": Payment.invoice_id.is_(None),
        "offline": Payment.account_id.is_(None),
    },
)


class Payments(Summed, Rows):
    view_permission = "payments.view"
    empty_icon = "payments"
    missing_words = lazy_gettext("There is no such payment")
    empty_title = lazy_gettext("No payments yet")
    sheet = SHEETS["payment"]
    empty_words = lazy_gettext("Charges show up here as soon as a customer pays an invoice.")
    search_hint = lazy_gettext("Contact, invoice number, Stripe id, reference")
    details_template = "admin/payments/details.html"
    list_template = "admin/payments/list.html"

    pills: ClassVar[Any] = tuple(
        (label, {"flt0_state_is": kind})
        for label, kind in (
            (lazy_pgettext("payments", "Succeeded"), "succeeded"),
            (lazy_pgettext("payments", "Processing"), "processing"),
            (lazy_pgettext("payments", "Failed"), "failed"),
            (lazy_pgettext("payments", "Unmatched"), "unmatched"),
            (lazy_pgettext("payments", "Offline"), "offline"),
        )
    )
    column_filters: ClassVar[Any] = (_KINDS, *PAYMENT_FILTERS)
    summed: ClassVar[dict[Any, Any]] = {
        lazy_gettext("Collected"): Payment.captured,
        lazy_gettext("Fees"): Payment.fee,
    }
    column_searchable_list: ClassVar[Any] = (
        "payment_intent_id",
        "charge_id",
        "note",
        "invoice.number",
        "invoice.contact.folded",
    )
    column_list = ("contact", "invoice", "paid_at", "method", "status", "fee", "amount")
    column_sortable_list: ClassVar[Any] = ("paid_at", "amount")
    column_default_sort: ClassVar[Any] = [("paid_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, Any]] = {
        "contact": lazy_gettext("Contact"),
        "invoice": lazy_gettext("Invoice"),
        "paid_at": lazy_gettext("Received"),
        "method": lazy_gettext("Method"),
        "status": lazy_gettext("Status"),
        "fee": lazy_gettext("Fee"),
        "amount": lazy_gettext("Amount"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "contact": "cell-main",
        "invoice": "nowrap",
        "paid_at": "muted nowrap",
        "method": "cell-method",
        "status": "snug",
        "fee": "num hide-tablet hide-phone",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "contact": cell("payment_cell"),
        "invoice": cell("invoice_link", lambda row: row.invoice),
        "paid_at": cell("received"),
        "method": cell("method", lambda row: row.method),
        "status": cell("payment_state"),
        "fee": cell("money_of", lambda row: (row.fee, row.currency)),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Payment, db, name, category)

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Payment.invoice).joinedload(Invoice.contact))

    def render(self, template: str, **context: Any) -> str:
        if template == self.details_template:
            context |= _beside(context["model"])
        return super().render(template, **context)

    # What is pressed: refusals lead back to the page with their sentence

    @expose("/receipt/")
    def receipt(self) -> Response:
        """Of money that came in for an invoice."""
        payment = self.get_one(request.args.get("id"))
        if payment.invoice_id is None or payment.status != "succeeded":
            abort(404)
        return file_of(self, "receipt", payment.id)

    @expose("/match/", methods=("POST",))
    @needs("payments.record")
    def match(self) -> Response:
        payment = self._pressed()
        payment_actions.match(db.session, payment, me())
        return redirect(back_to(self.page_of(payment)))

    @expose("/move/", methods=("POST",))
    @needs("payments.record")
    def move(self) -> Response:
        payment = self._pressed()
        payment_actions.move(db.session, payment, me())
        return redirect(back_to(self.page_of(payment)))

    @expose("/reverse/", methods=("POST",))
    @needs("payments.record")
    def reverse(self) -> Response:
        payment = self._pressed()
        payment_actions.reverse(payment, me())
        return redirect(back_to(self.page_of(payment)))

    @expose("/give-up/", methods=("POST",))
    @needs("payments.record")
    def give_up(self) -> Response:
        payment = self._pressed()
        payment_actions.give_up(payment, me())
        return redirect(self.page_of(payment))

    @expose("/give-up-checkout/", methods=("POST",))
    @needs("payments.record")
    def give_up_checkout(self) -> Response:
        """A payment that never came to be: its checkout stands on the page of the invoice."""
        checkout = db.session.get(Checkout, row_id(request.form.get("id")) or 0) or abort(404)
        payment_actions.give_up_checkout(checkout, me())
        return redirect(self.get_url("invoice.details_view", id=checkout.invoice_id))

    @expose("/record/", methods=("POST",))
    @needs("payments.record")
    def record(self) -> Response:
        """A payment of an invoice, on whose page the dialog stands."""
        invoice = db.session.get(Invoice, row_id(request.form.get("id")) or 0) or abort(404)
        with saying_refusals():
            payment_actions.record(invoice, me())
        return redirect(self.get_url("invoice.details_view", id=invoice.id))

    def _pressed(self) -> Payment:
        """The payment that the form is about."""
        payment: Payment = self.get_one(request.form.get("id"))
        return payment


def _beside(payment: Payment) -> dict[str, Any]:
    """What the page of a payment shows beside it, and what can be done about it."""
    account = payment.account
    targets = payment_actions.targets(db.session, payment) if may("payments.record") else []
    return {
        "refunds": _refunds_of(payment),
        "giving": Giving(db.session, "payment", payment.id, payment.currency),
        "disputes": _disputes_of(payment),
        "matters": [Matter(row) for row in _matters_of(payment)],
        "reversal": db.session.scalars(select(Reversal).where(Reversal.payment_id == payment.id)).one_or_none(),
        "targets": targets,
        "named": payment_actions.named(db.session, payment, targets),
        "stripe_url": account and dashboard_url(account, f"payments/{payment.payment_intent_id}"),
    }


def _refunds_of(payment: Payment) -> list[Refund]:
    query = select(Refund).where(Refund.payment_id == payment.id).options(joinedload(Refund.made_by))
    return list(db.session.scalars(query.order_by(Refund.id.desc())))


def _disputes_of(payment: Payment) -> list[Dispute]:
    query = select(Dispute).where(Dispute.payment_id == payment.id)
    return list(db.session.scalars(query.order_by(Dispute.id.desc())))


def _matters_of(payment: Payment) -> list[Attention]:
    query = select(Attention).where(Attention.payment_id == payment.id, Attention.resolved_at.is_(None))
    return list(db.session.scalars(query.order_by(Attention.id)))
