"""Writing invoices: a draft by its form, the next version of an issued one by the same form and a verb."""

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.fields import row_id
from admin_views.invoice_actions import copied
from admin_views.invoice_edits import saved_since
from admin_views.invoice_form import InvoiceForm, prefill, show, written
from admin_views.invoice_page import InvoicePage
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from admin_views.said import Step, way
from models.base import db
from models.clock import now
from models.edits import as_written, overtaken, refuse_overtaken, says
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from models.language import gettext
from models.organization import the_organization
from models.refusal import OutsideError, Refused
from tasks import revisions as verbs


class Writing(Rows):
    form = InvoiceForm
    create_template = "admin/invoices/create.html"
    edit_template = "admin/invoices/edit.html"
    version_template = "admin/invoices/version.html"

    def create_form(self, obj: Any = None) -> Any:
        form = super().create_form(obj)
        if request.method == "GET":
            asked = (request.args.get("opportunity"), request.args.get("contact"))
            prefill(form, the_organization(db.session), *asked)
        return form

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        if request.method == "GET":
            show(form, obj)
        return form

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Of an issued invoice the form makes the next version, as long as nobody has paid or is paying.

        What somebody pays meanwhile refuses the saving, not the form: what was typed stays to be seen.
        """
        invoice = self.get_one(request.args.get("id"))
        with saying_refusals():
            if request.method == "GET" and not invoice.is_draft:
                invoice.refuse_unrevisable()
            return super().edit_view()
        return redirect(self.page_of(invoice))

    def create_model(self, form: Any) -> Any:
        row = super().create_model(form)
        if row and form.followed:
            flash(
                gettext(
                    "Its currency is %(currency)s, in which %(contact)s is billed.",
                    currency=row.currency,
                    contact=form.followed,
                ),
                "info",
            )
        return row

    def update_model(self, form: Any, model: Invoice) -> bool:
        """Whatever stands in the way, the form comes back with what was typed into it."""
        if overtaken(db.session, model, form.edits.seen):
            return says(model, written(form))  # the page says by whom, and what is different now
        if model.is_draft:
            return super().update_model(form, model)
        try:
            verbs.revise_invoice(model.id, me(), written(form), form.edits.seen)
        except Refused as error:
            flash(str(error), "danger")
        except OutsideError as error:
            flash(
                gettext(
                    "Nothing is changed: whether somebody is paying this invoice is not known. %(error)s", error=error
                ),
                "danger",
            )
        else:
            return True
        return False

    def fill(self, session: Session, form: Any, row: Invoice) -> None:
        """The row is locked here: one that was issued or saved since the form was opened is left as it is."""
        if row.id is None:
            row.owner_id, row.prices_gross = me().id, the_organization(session).prices_gross
        else:
            refuse_overtaken(session, row, form.edits.seen)
            row.edits += 1
        row.refuse_due_on(written(form)["due_date"], the_organization(session).today())
        form.populate_obj(row)
        row.updated_at = now()
        row.add_up()

    def next_steps(self, row: Invoice) -> tuple[Step, ...]:
        sending = way(gettext("Send Invoice"), "invoices.send", "invoice.details_view", id=row.id, show="send")
        return (sending,) if InvoicePage(db.session, row).can_be_paid else ()

    def written(self, row: Invoice) -> dict[str, Any]:
        return as_written(row)

    def render(self, template: str, **context: Any) -> str:
        if template in (self.create_template, self.edit_template):
            context["organization"] = the_organization(db.session)
            context["next_version"] = context["model"].version + 1 if context["model"] else 1
            context["since"] = saved_since(db.session, context["model"], context["form"])
        return super().render(template, **context)

    @expose("/version/")
    def version(self) -> str:
        """One version as the customer was shown it; the present one when none is named."""
        invoice = self.get_one(request.args.get("id"))
        number = row_id(request.args.get("version")) or invoice.version
        query = select(InvoiceVersion).where(InvoiceVersion.invoice_id == invoice.id, InvoiceVersion.version == number)
        found = db.session.scalars(query.options(joinedload(InvoiceVersion.made_by))).one_or_none()
        issuer = the_organization(db.session).issuer()
        return self.render(self.version_template, model=invoice, version=found or abort(404), issuer=issuer)

    @expose("/bill-again/", methods=("POST",))
    @needs("invoices.edit")
    def bill_again(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            draft = db.session.get_one(Invoice, verbs.bill_again(invoice.id, me()))
            flash(copied(draft, invoice), "success")
            return redirect(self.page_of(draft))
        return redirect(self.page_of(invoice))
