"""Needs attention: money that fits nowhere by itself, what went wrong with it, and work that was given up."""

from collections.abc import Callable
from typing import Any, ClassVar

from babel.dates import format_timedelta
from flask import flash, redirect, request
from flask_admin import expose
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.day_filters import Summed
from admin_views.fields import row_id
from admin_views.giving_back import Giving
from admin_views.looks import Kind, cell
from admin_views.matter_filters import MATTER_FILTERS, UnmatchedOn
from admin_views.paths import came_from
from admin_views.payment_actions import named, targets, typed
from admin_views.policy import may, me, needs
from admin_views.refused_press import saying_refusals
from admin_views.stripe_links import dashboard_url
from admin_views.waiting import given_up
from models.attention import KIND_WORDS, Attention
from models.attention_words import Matter
from models.base import db
from models.clock import now
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, lazy_pgettext, marked, pmarked, reader_locale
from models.payment import Payment
from tasks import attention, documents, events, messages, retries
from tasks.sheets import SHEETS

_OPEN = Attention.resolved_at.is_(None)
_KINDS = Kind(
    "Kind",
    {"open": _OPEN, "resolved": Attention.resolved_at.is_not(None)}
    | {kind: _OPEN & (Attention.kind == kind) for kind in KIND_WORDS},
)
PILLS = KIND_WORDS | {
    "unmatched": pmarked("matters", "Unmatched"),
    "payment_failed": marked("Payment failed"),
    "refund_unlike": marked("Recorded otherwise"),
    "refund_excess": marked("Given back too much"),
    "resolved": pmarked("matters", "Resolved"),
}
# As Flask-Admin passes filters on: the place of the filter, its name, the value.
UNASKED = [(0, "", "open")]
_LOADED = (
    joinedload(Attention.payment).joinedload(Payment.invoice).joinedload(Invoice.contact),
    joinedload(Attention.payment).joinedload(Payment.account),
    joinedload(Attention.invoice).joinedload(Invoice.contact),
    joinedload(Attention.refund),
    joinedload(Attention.resolved_by),
)


class NeedsAttention(Summed, Rows):
    """Those that are open, unless the resolved ones are asked for."""

    view_permission = "payments.view"
    empty_icon = "check"
    missing_words = lazy_gettext("There is no such matter")
    sheet = SHEETS["attention"]
    all_words = lazy_pgettext("matters", "Open")
    empty_title = lazy_gettext("Nothing needs attention")
    empty_words = lazy_gettext(
        "Money that fits no invoice, was paid twice or did not arrive shows up here until somebody decides."
    )
    search_hint = lazy_gettext("Contact, invoice number, Stripe id")
    list_template = "admin/attention/list.html"
    details_template = "admin/attention/details.html"

    column_filters: ClassVar[Any] = (_KINDS, *MATTER_FILTERS)
    summed: ClassVar[dict[Any, Any]] = {lazy_gettext("Amount"): Attention.amount}
    summed_by = UnmatchedOn
    column_searchable_list: ClassVar[Any] = ("invoice.number", "invoice.contact.folded", "payment.payment_intent_id")
    column_list = ("kind", "invoice", "created_at", "amount")
    column_sortable_list: ClassVar[Any] = ("created_at", "amount")
    column_default_sort: ClassVar[Any] = [("created_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, Any]] = {
        "kind": lazy_gettext("What happened"),
        "invoice": lazy_gettext("Invoice"),
        "created_at": lazy_gettext("Age"),
        "amount": lazy_gettext("Amount"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "kind": "cell-main",
        "invoice": "nowrap",
        "created_at": "muted nowrap",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "kind": cell("matter", Matter),
        "invoice": cell("invoice_link", lambda row: row.invoice),
        "created_at": cell("age", lambda row: (row.created_at, _age(row))),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Attention, db, name, category)

    @property
    def pills(self) -> tuple[tuple[str, dict[str, str]], ...]:  # type: ignore[override]
        """Each kind of which one is open or was asked for, and what is resolved."""
        shown = {*db.session.scalars(select(Attention.kind).where(_OPEN).distinct()), "resolved"}
        shown.add(request.args.get("flt0_kind_is", ""))
        return tuple((gettext(label), {"flt0_kind_is": kind}) for kind, label in PILLS.items() if kind in shown)

    def get_query(self) -> Any:
        return super().get_query().options(*_LOADED)

    def get_list(self, page: Any, order: Any, down: Any, search: Any, filters: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get_list(page, order, down, search, filters or UNASKED, *args, **kwargs)

    def render(self, template: str, **context: Any) -> str:
        """With what the page needs beside the matters themselves."""
        if "data" in context:
            context["given_up"] = given_up(db.session, in_full=request.args.get("show") == "all")
        elif template == self.details_template:
            context |= _beside(context["model"])
        return super().render(template, **context)

    @expose("/dismiss/", methods=("POST",))
    @needs("payments.record")
    def dismiss(self) -> Response:
        matter = self.get_one(request.form.get("id"))
        attention.dismiss(matter.id, me(), typed("reason"))
        flash(gettext("The matter is dismissed."), "success")
        return redirect(self.get_url(".index_view"))

    @expose("/retry-message/", methods=("POST",))
    @needs("invoices.send")
    def retry_message(self) -> Response:
        return self._retry(messages.retry_mail)

    @expose("/retry-document/", methods=("POST",))
    @needs("invoices.send")
    def retry_document(self) -> Response:
        return self._retry(documents.retry_document)

    @expose("/retry-refund/", methods=("POST",))
    @needs("refunds.issue")
    def retry_refund(self) -> Response:
        return self._retry(retries.retry_refund)

    @expose("/retry-checkout/", methods=("POST",))
    @needs("payments.record")
    def retry_checkout(self) -> Response:
        return self._retry(retries.retry_checkout)

    @expose("/retry-event/", methods=("POST",))
    @needs("webhooks.view")
    def retry_event(self) -> Response:
        return self._retry(events.retry_event)

    def _retry(self, verb: Callable[[int, Any], None]) -> Response:
        with saying_refusals():
            verb(row_id(request.form.get("id")) or 0, me())
            flash(gettext("It is tried again now."), "pending")
        return redirect(came_from() or self.get_url(".index_view"), 303)


def _age(row: Attention) -> str:
    return format_timedelta(now() - row.created_at, granularity="minute", locale=reader_locale())


def _beside(row: Attention) -> dict[str, Any]:
    """What can be done about it."""
    matter, payment = Matter(row), row.payment
    choosing = may("payments.record") and {"match", "move"} & set(matter.actions)
    offered = targets(db.session, payment) if payment and choosing else []
    return {
        "matter": matter,
        "targets": offered,
        "named": named(db.session, payment, offered) if payment else "",
        "giving": _giving(row, payment) if payment and "refund" in matter.actions else None,
        "stripe_url": dashboard_url(payment.account, f"payments/{payment.payment_intent_id}")
        if payment and payment.account
        else "",
    }


def _giving(row: Attention, payment: Payment) -> Giving:
    """Its refund, with what is too much filled in."""
    reason = "duplicate" if row.kind == "duplicate" else ""
    return Giving(db.session, "payment", payment.id, payment.currency, row.amount, reason)
