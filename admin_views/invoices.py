"""Invoices: the list, the page of one, what is pressed there."""

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from werkzeug.wrappers import Response

from admin_views import invoice_actions, refund_forms, said
from admin_views.documents import InvoiceDocuments
from admin_views.fields import row_id
from admin_views.following_up import FollowingUp
from admin_views.invoice_bulk import Bulk
from admin_views.invoice_page import InvoicePage
from admin_views.invoice_writing import Writing
from admin_views.pay_links import PayLinks
from admin_views.policy import me, needs
from admin_views.preview import Preview
from admin_views.refused_press import saying_refusals
from admin_views.reminders import InvoiceReminders
from admin_views.sending import Sending
from models.base import db
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, marked
from models.money import Money
from tasks import invoices as verbs


class Invoices(
    Bulk,
    FollowingUp,
    InvoiceDocuments,
    InvoiceReminders,
    PayLinks,
    Preview,
    Sending,
    Writing,
):
    edit_permission = "invoices.edit"
    action_permissions = {
        "send": "invoices.send",
        "remind": "invoices.send",
        "export": "exports",
        "refund": "refunds.issue",
        "void": "invoices.void",
    }
    action_icons = {"send": "send", "remind": "bell", "export": "download", "refund": "refund", "void": "void"}
    file_actions = frozenset({"export"})
    grave_actions = frozenset({"refund", "void"})
    summed_actions = frozenset({"refund"})
    details_template = "admin/invoices/details.html"

    def __init__(self) -> None:
        super().__init__(Invoice, db, marked("Invoices"), endpoint="invoice", menu_icon_value="invoice")

    def render(self, template: str, **context: Any) -> str:
        """With what the page needs beside the invoice itself."""
        if context.get("model") and template in (self.details_template, self.edit_template):
            context |= self._beside(context["model"])
        return super().render(template, **context)

    def _beside(self, invoice: Invoice) -> dict[str, Any]:
        return {
            "page": InvoicePage(db.session, invoice, in_full=request.args.get("show") == "all"),
            **self.link_of(invoice),
        }

    @property
    def can_delete(self) -> bool:
        return self.can_edit

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        title = invoice.title
        with saying_refusals():
            verbs.delete_draft(invoice.id, me())
            flash(gettext("%(invoice)s is deleted.", invoice=title), "success")
            return redirect(self.get_url(".index_view"))
        return redirect(self.page_of(invoice))

    # What is pressed

    def get_actions_list(self) -> tuple[list[Any], dict[Any, Any]]:
        """Refunding says what waits for a second person."""
        actions, confirmations = super().get_actions_list()
        limit = me().role.limit
        if "refund" in confirmations and limit is not None:
            confirmations["refund"] += " " + _second_person(limit)
        return actions, confirmations

    @action(
        "refund",
        lazy_gettext("Issue refund"),
        lazy_gettext(
            "Everything that can be refunded of each selected invoice goes back to its customer through Stripe. "
            "This cannot be undone."
        ),
    )
    def action_refund(self, ids: list[str]) -> None:
        def press(invoice: Invoice) -> str:
            return invoice_actions.refund_everything(db.session, invoice, me())

        invoice_actions.for_each(db.session, ids, press)

    @action("export", lazy_gettext("Export"))
    def action_take_along(self, ids: list[str]) -> Response:
        return self.export_ticked(ids)

    @expose("/refund/", methods=("POST",))
    @needs("refunds.issue")
    def refund(self) -> Response:
        invoice = self._pressed()
        with saying_refusals():
            refund_forms.give_back(invoice, me())
        return redirect(self.page_of(invoice))

    @expose("/void/", methods=("POST",))
    @needs("invoices.void")
    def void(self) -> Response:
        invoice = self._pressed()
        with saying_refusals():
            verbs.void_invoice(invoice.id, me())
            said.say(gettext("%(invoice)s is void.", invoice=invoice.title), "success")
        return redirect(self.page_of(invoice))

    @expose("/contact/", methods=("POST",))
    @needs("invoices.edit")
    def choose_contact(self) -> Response:
        invoice, form = self._pressed(), request.form
        with saying_refusals():
            known = row_id(form.get("contact_id"))
            verbs.choose_contact(invoice.id, me(), known, form.get("name", ""), form.get("email", ""))
        return redirect(self.page_of(invoice))

    def _pressed(self) -> Invoice:
        """The invoice that the form is about."""
        invoice: Invoice = self.get_one(request.form.get("id"))
        return invoice


def _second_person(limit: Money) -> str:
    """Which refunds wait where one may refund no more than this alone."""
    if not limit.amount:
        return gettext("Each refund waits until another person has approved it.")
    return gettext(
        "More than %(limit)s of one invoice, or in another currency, waits until another person has approved it.",
        limit=limit,
    )
