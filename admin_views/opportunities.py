"""Opportunities: the deals that invoices belong to."""

from typing import Any

from flask import request
from flask_admin.form import BaseForm
from flask_admin.model.template import macro
from sqlalchemy.orm import Query, Session, joinedload
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from admin_views.base import Rows
from admin_views.contacts import invoices_of
from admin_views.day_filters import Narrow, Narrowed
from admin_views.fields import AmountField, AsWritten, CurrencyField, RowField, row_id
from admin_views.looks import Kind
from admin_views.policy import me
from admin_views.said import Step, way
from models.balance import left_to_bill
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, marked, pgettext
from models.money import Money
from models.opportunity import STAGES, Opportunity
from models.organization import the_organization
from models.people import User
from tasks.sheets import SHEETS


def _stages() -> list[SelectChoice]:
    return [SelectChoice(stage, gettext(stage)) for stage in STAGES]


class OpportunityForm(AsWritten, BaseForm):
    name = StringField(
        lazy_gettext("Name"), [DataRequired(lazy_gettext("An opportunity needs a name.")), Length(max=200)]
    )
    contact_id = RowField(lazy_gettext("Contact"), Contact, Contact.folded, lazy_gettext("No contact yet"))
    owner_id = RowField(
        lazy_gettext("Owner"), User, User.name, lazy_gettext("Nobody"), only=(User.disabled_at.is_(None),)
    )
    stage = SelectField(lazy_gettext("Stage"), choices=_stages)
    currency = CurrencyField()
    amount = AmountField(lazy_gettext("Expected amount"))


class OfOwner(Narrow):
    def validate(self, value: str) -> bool:
        return row_id(value) is not None

    def words(self, value: str) -> str:
        owner = db.session.get(User, row_id(value) or 0)
        return gettext("Owner: %(name)s", name=str(owner)) if owner else value


class Opportunities(Narrowed, Rows):
    view_permission = "contacts.view"
    edit_permission = "contacts.edit"

    title = lazy_gettext("Opportunities")
    missing_words = lazy_gettext("There is no such opportunity")
    empty_title = lazy_gettext("No opportunities yet")
    sheet = SHEETS["opportunity"]
    search_hint = lazy_gettext("Name or contact")
    empty_words = lazy_gettext("A deal gathers the invoices that belong to it.")
    column_list = ("name", "contact", "owner", "stage", "amount")
    column_labels = {
        "name": lazy_gettext("Name"),
        "contact": lazy_gettext("Contact"),
        "owner": lazy_gettext("Owner"),
        "stage": lazy_gettext("Stage"),
        "amount": lazy_gettext("Amount"),
    }
    column_sortable_list = (("name", ("folded",)), "stage")
    column_default_sort = ("id", True)
    column_searchable_list = ("folded", "contact.folded")
    column_formatters = {"name": macro("name_link"), "contact": macro("contact_link"), "amount": macro("amount")}
    column_formatters |= {"stage": macro("stage")}
    cell_classes = {"name": "cell-main", "owner": "hide-phone", "amount": "num cell-side cell-strong"}
    column_filters = (
        Kind("Stage", {stage: Opportunity.stage == stage for stage in STAGES}),
        OfOwner("Owner", lambda number: Opportunity.owner_id == row_id(number)),
    )
    form = OpportunityForm
    list_template = "admin/opportunities/list.html"
    details_template = "admin/opportunities/details.html"

    def __init__(self) -> None:
        super().__init__(
            Opportunity, db, marked("Opportunities"), endpoint="opportunity", menu_icon_value="opportunity"
        )

    @property
    def pills(self) -> tuple[tuple[str, dict[str, str]], ...]:  # type: ignore[override]
        """Each stage, and what is one's own."""
        stages = tuple((gettext(stage), {"flt0_stage_is": stage}) for stage in STAGES)
        return (*stages, (pgettext("opportunities", "Mine"), {"flt0_owner_is": str(me().id)}))

    def get_query(self) -> Query[Opportunity]:
        return super().get_query().options(joinedload(Opportunity.contact), joinedload(Opportunity.owner))

    def create_form(self, obj: Any = None) -> Any:
        form = super().create_form(obj)
        if request.method == "GET":
            form.currency.data = the_organization(db.session).currency
            form.contact_id.process_data(request.args.get("contact"))
            form.owner_id.data = me().id
        return form

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        if request.method == "GET":
            form.amount.show(Money(obj.amount, obj.currency))
        return form

    def fill(self, session: Session, form: Any, row: Opportunity) -> None:
        form.populate_obj(row)
        if row.id is None and not form.owner_id.raw_data:
            row.owner_id = me().id

    def saved_words(self, row: Opportunity) -> str:
        return pgettext("opportunity", "%(row)s is saved.", row=str(row))

    def next_steps(self, row: Opportunity) -> tuple[Step, ...]:
        return (way(gettext("New invoice"), "invoices.edit", "invoice.create_view", opportunity=row.id),)

    def render(self, template: str, **context: Any) -> str:
        if template == self.details_template:
            opportunity = context["model"]
            context |= invoices_of(Invoice.opportunity_id == opportunity.id)
            context["left"] = left_to_bill(db.session, opportunity)
        return super().render(template, **context)
