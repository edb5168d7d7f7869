"""Contacts: whom invoices go to."""

from typing import Any

from flask_admin.form import BaseForm
from flask_admin.model.template import macro
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from admin_views import sheets
from admin_views.base import Rows
from admin_views.billing_fields import AddressesField, TermField
from admin_views.fields import OneAddress, OwnCurrencyField
from admin_views.invoice_words import flags
from admin_views.said import Step, way
from models.balance import balances
from models.base import db
from models.contact import LANGUAGES, Contact
from models.invoice import Invoice
from models.mail import sending
from models.opportunity import Opportunity
from models.organization import the_organization

MOST_SHOWN = 100


class ContactForm(BaseForm):
    name = StringField("Name", [DataRequired("A contact needs a name."), Length(max=200)])
    email = StringField("Email", [Length(max=254), OneAddress()], description="Invoices and receipts go here.")
    company = StringField("Company", [Length(max=200)])
    phone = StringField("Phone", [Length(max=60)])
    billing_name = StringField(
        "Billing name",
        [Length(max=200)],
        description="Stands on invoices in place of name and company, where it is another.",
    )
    tax_number = StringField("Tax number", [Length(max=60)])
    address = TextAreaField("Address", [Length(max=1000)])
    cc_addresses = AddressesField(
        "Cc", [Length(max=2000)], description="These get a copy of each invoice. Put commas between addresses."
    )
    language = SelectField("Language", choices=[SelectChoice(*named) for named in LANGUAGES.items()], default="en")
    currency = OwnCurrencyField("Currency", "The organization's", description="New invoices start with it.")
    due_days = TermField("Payment terms", "The organization's", description="Of invoices that name none.")


def invoices_of(*where: Any) -> dict[str, Any]:
    """The newest of these invoices with all that their table shows, and what they add up to."""
    query = select(Invoice).where(*where).order_by(Invoice.id.desc()).limit(MOST_SHOWN)
    invoices, today = list(db.session.scalars(query)), the_organization(db.session).today()
    return {
        "invoices": invoices,
        "sending": sending(db.session, [invoice.id for invoice in invoices]),
        "flags": {invoice.id: flags(invoice, today) for invoice in invoices},
        "balances": balances(db.session, *where),
    }


class Contacts(Rows):
    view_permission = "contacts.view"
    edit_permission = "contacts.edit"

    singular = "contact"
    sheet = sheets.CONTACTS
    search_hint = "Name, company, email"
    empty_words = "Invoices go to a contact with an email address."
    column_list = ("name", "company", "email", "phone")
    column_sortable_list = ("name", "company", "email")
    column_default_sort = "name"
    column_searchable_list = ("name", "company", "email")
    column_formatters = {"name": macro("name_link")}
    cell_classes = {"name": "cell-main", "phone": "hide-phone hide-tablet"}
    form = ContactForm
    list_template = "admin/contacts/list.html"
    details_template = "admin/contacts/details.html"
    create_template = edit_template = "admin/contacts/form.html"

    def __init__(self) -> None:
        super().__init__(Contact, db, "Contacts", endpoint="contact", menu_icon_value="contacts")

    def next_steps(self, row: Contact) -> tuple[Step, ...]:
        return (way("New invoice", "invoices.edit", "invoice.create_view", contact=row.id),)

    def render(self, template: str, **context: Any) -> str:
        if template == self.details_template:
            contact = context["model"]
            context |= invoices_of(Invoice.contact_id == contact.id) | {"languages": LANGUAGES}
            deals = select(Opportunity).where(Opportunity.contact_id == contact.id).order_by(Opportunity.id.desc())
            context["opportunities"] = list(db.session.scalars(deals.limit(MOST_SHOWN)))
        return super().render(template, **context)
