"""Opportunities: the deals that invoices belong to."""

from typing import Any

from flask import request
from flask_admin.form import BaseForm
from flask_admin.model.template import macro
from sqlalchemy.orm import Query, Session, joinedload
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from admin_views import sheets
from admin_views.base import Rows
from admin_views.contacts import invoices_of
from admin_views.fields import AmountField, CurrencyField, RowField
from admin_views.policy import me
from admin_views.said import Step, way
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.money import Money
from models.opportunity import STAGES, Opportunity
from models.organization import the_organization


class OpportunityForm(BaseForm):
    name = StringField("Name", [DataRequired("An opportunity needs a name."), Length(max=200)])
    contact_id = RowField("Contact", Contact, Contact.name, "No contact yet")
    stage = SelectField("Stage", choices=list(STAGES))
    currency = CurrencyField()
    amount = AmountField("Expected amount")


class Opportunities(Rows):
    view_permission = "contacts.view"
    edit_permission = "contacts.edit"

    title = "Opportunities"
    singular = "opportunity"
    sheet = sheets.OPPORTUNITIES
    search_hint = "Name or contact"
    empty_words = "A deal gathers the invoices that belong to it."
    column_list = ("name", "contact", "stage", "amount")
    column_sortable_list = ("name", "stage")
    column_default_sort = ("id", True)
    column_searchable_list = ("name", "contact.name")
    column_formatters = {"name": macro("name_link"), "contact": macro("contact_link"), "amount": macro("amount")}
    column_formatters |= {"stage": macro("stage")}
    cell_classes = {"name": "cell-main", "amount": "num cell-side cell-strong"}
    form = OpportunityForm
    list_template = "admin/opportunities/list.html"
    details_template = "admin/opportunities/details.html"

    def __init__(self) -> None:
        super().__init__(Opportunity, db, "Opportunities", endpoint="opportunity", menu_icon_value="opportunity")

    def get_query(self) -> Query[Opportunity]:
        return super().get_query().options(joinedload(Opportunity.contact))

    def create_form(self, obj: Any = None) -> Any:
        form = super().create_form(obj)
        if request.method == "GET":
            form.currency.data = the_organization(db.session).currency
            form.contact_id.process_data(request.args.get("contact"))
        return form

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        if request.method == "GET":
            form.amount.show(Money(obj.amount, obj.currency))
        return form

    def fill(self, session: Session, form: Any, row: Opportunity) -> None:
        if row.id is None:
            row.owner_id = me().id
        form.populate_obj(row)

    def next_steps(self, row: Opportunity) -> tuple[Step, ...]:
        return (way("New invoice", "invoices.edit", "invoice.create_view", opportunity=row.id),)

    def render(self, template: str, **context: Any) -> str:
        if template == self.details_template:
            context |= invoices_of(Invoice.opportunity_id == context["model"].id)
        return super().render(template, **context)
