"""Refunds: what went back, what is still on its way back, and what waits for a second person."""

from typing import Any, ClassVar

from flask import abort, flash, redirect, request
from flask_admin import expose
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views import refund_forms
from admin_views.base import Rows
from admin_views.day_filters import REFUND_FILTERS, Summed
from admin_views.fields import row_id
from admin_views.giving_back import waiting
from admin_views.looks import Kind, cell, word
from admin_views.paths import back_to, came_from
from admin_views.policy import may, me
from admin_views.refused_press import saying_refusals
from models.base import db
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, lazy_pgettext
from models.payment import Payment
from models.refund import UNDERWAY, WAITING, Refund, same_press
from tasks.approvals import approve_refund, reject_refund
from tasks.manual_refunds import take_back_record
from tasks.retries import retry_refund
from tasks.sheets import SHEETS
from tasks.unheard import settle_refund_by_hand

_KINDS = Kind(
    "State",
    {
        "waiting": Refund.state == WAITING,
        "succeeded": Refund.state == "succeeded",
        "underway": Refund.state.in_(UNDERWAY),
        "failed": Refund.state.in_(("failed", "canceled")),
        "attention": Refund.parked_at.is_not(None) & (Refund.state == "requested"),
    },
)


class Refunds(Summed, Rows):
    view_permission = "payments.view"
    empty_icon = "refund"
    missing_words = lazy_gettext("There is no such refund")
    empty_title = lazy_gettext("No refunds yet")
    sheet = SHEETS["refund"]
    empty_words = lazy_gettext("Refunds are issued on the page of a paid invoice.")
    list_template = "admin/payments/list.html"
    details_template = "admin/refunds/details.html"
    route_permissions: ClassVar[dict[str, tuple[str, ...]]] = {
        "approve": ("refunds.approve",),
        "reject": ("refunds.issue",),
        "retry": ("refunds.issue",),
        "refund_payment": ("refunds.issue",),
        "record": ("payments.record",),
        "take_back": ("payments.record",),
        "give_up": ("payments.record",),
    }

    pills: ClassVar[Any] = tuple(
        (label, {"flt0_state_is": kind})
        for label, kind in (
            (lazy_pgettext("refunds", "Waiting for approval"), "waiting"),
            (lazy_pgettext("refunds", "Succeeded"), "succeeded"),
            (lazy_pgettext("refunds", "Underway"), "underway"),
            (lazy_pgettext("refunds", "Failed"), "failed"),
            (lazy_pgettext("refunds", "Needs attention"), "attention"),
        )
    )
    column_filters: ClassVar[Any] = (_KINDS, *REFUND_FILTERS)
    summed: ClassVar[dict[Any, Any]] = {lazy_pgettext("amount", "Refunded"): Refund.amount}
    column_list = ("contact", "invoice", "created_at", "made_by", "reason", "state", "amount")
    column_sortable_list: ClassVar[Any] = ("created_at", "amount")
    column_default_sort: ClassVar[Any] = [("created_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, Any]] = {
        "contact": lazy_gettext("Contact"),
        "invoice": lazy_gettext("Invoice"),
        "created_at": lazy_pgettext("when", "Requested"),
        "made_by": lazy_pgettext("person", "By"),
        "reason": lazy_gettext("Reason"),
        "state": lazy_gettext("Status"),
        "amount": lazy_gettext("Amount"),
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
        "created_at": cell("given_back"),
        "made_by": lambda view, context, row, name: row.who,
        "reason": word(lambda row: row.reason_words),
        "state": cell("refund_state", lambda row: (row, _may_approve(row))),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Refund, db, name, category)

    def get_query(self) -> Any:
        paid = joinedload(Refund.payment).joinedload(Payment.invoice).joinedload(Invoice.contact)
        return super().get_query().options(paid, joinedload(Refund.made_by))

    def render(self, template: str, **context: Any) -> str:
        if template == self.details_template:
            context["waiting"] = waiting(db.session, same_press(db.session, context["model"]))
            context["show"] = request.args.get("show", "")
        return super().render(template, **context)

    @expose("/approve/", methods=("POST",))
    def approve(self) -> Response:
        refund = self._pressed()
        with saying_refusals():
            approve_refund(refund.id, me())
            flash(gettext("Approved. Stripe is asked to give the money back."), "pending")
        return redirect(self._back(refund.payment), 303)

    @expose("/reject/", methods=("POST",))
    def reject(self) -> Response:
        refund = self._pressed()
        with saying_refusals():
            reject_refund(refund.id, me(), request.form.get("reason", ""))
            flash(gettext("Nothing is refunded; the amount is free again."), "success")
            return redirect(self._back(refund.payment), 303)
        return redirect(came_from() or self.page_of(refund), 303)

    @expose("/retry/", methods=("POST",))
    def retry(self) -> Response:
        refund = self._pressed()
        with saying_refusals():
            retry_refund(refund.id, me())
            flash(gettext("Stripe is asked again."), "pending")
        return redirect(self.page_of(refund), 303)

    @expose("/payment/", methods=("POST",))
    def refund_payment(self) -> Response:
        """Exactly one payment, which may belong to no invoice."""
        payment = self._payment()
        with saying_refusals():
            refund_forms.give_payment_back(payment, me())
        return redirect(back_to(self._back(payment)), 303)

    @expose("/record/", methods=("POST",))
    def record(self) -> Response:
        payment = self._payment()
        with saying_refusals():
            refund_forms.record(payment, me())
        return redirect(back_to(self._back(payment)), 303)

    @expose("/take-back/", methods=("POST",))
    def take_back(self) -> Response:
        """What was recorded by mistake."""
        refund = self._pressed()
        with saying_refusals():
            take_back_record(refund.id, me(), request.form.get("reason", ""))
            flash(gettext("The recorded refund is taken back and counts no more."), "success")
        return redirect(self.page_of(refund), 303)

    @expose("/give-up/", methods=("POST",))
    def give_up(self) -> Response:
        """What nobody can ask Stripe about any more."""
        refund = self._pressed()
        with saying_refusals():
            settle_refund_by_hand(refund.id, me(), request.form.get("reason", ""))
            settled = gettext("The refund is settled. If Stripe's Dashboard shows it, record it now with its number.")
            flash(settled, "success")
        return redirect(self.page_of(refund), 303)

    def _pressed(self) -> Refund:
        found: Refund = self.get_one(request.form.get("id"))
        return found

    def _payment(self) -> Payment:
        return db.session.get(Payment, row_id(request.form.get("id")) or 0) or abort(404)

    def _back(self, payment: Payment) -> str:
        """The page of the invoice, or of a payment that belongs to none."""
        if payment.invoice_id:
            return self.get_url("invoice.details_view", id=payment.invoice_id)
        return self.get_url("payment.details_view", id=payment.id)


def _may_approve(refund: Refund) -> bool:
    return refund.is_waiting and may("refunds.approve") and refund.made_by_id != me().id
