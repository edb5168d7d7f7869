"""Contacts: whom invoices go to."""

from typing import Any

from flask_admin.form import BaseForm
from flask_admin.model.template import macro
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from admin_views.billing_fields import AddressesField, TermField
from admin_views.fields import AsWritten, OneAddress, OwnCurrencyField
from admin_views.invoice_words import flags
from admin_views.looks import Kind
from admin_views.policy import may
from admin_views.reminders import ContactReminders
from admin_views.said import Step, way
from models.balance import balances, owed_by, owes
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.language import LANGUAGES, gettext, lazy_gettext, marked, ngettext, pgettext
from models.mail import sending
from models.newest import newest
from models.opportunity import Opportunity
from models.organization import the_organization
from models.paying_habits import PayingHabits, paying_habits
from models.payment import Payment
from tasks.sheets import SHEETS

MOST_SHOWN = 100
MOST_PAYMENTS = 25
_OPEN = select(Invoice.id).where(Invoice.contact_id == Contact.id, owes()).exists()
_BALANCES = Kind("Balance", {"open": _OPEN, "settled": ~_OPEN})


def _languages() -> list[SelectChoice]:
    theirs = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
    return [SelectChoice("", gettext("As their browser says")), *theirs]


class ContactForm(AsWritten, BaseForm):
    name = StringField(lazy_gettext("Name"), [DataRequired(lazy_gettext("A contact needs a name.")), Length(max=200)])
    email = StringField(
        lazy_gettext("Email"),
        [Length(max=254), OneAddress()],
        description=lazy_gettext("Invoices and receipts go here."),
    )
    company = StringField(lazy_gettext("Company"), [Length(max=200)])
    phone = StringField(lazy_gettext("Phone"), [Length(max=60)])
    billing_name = StringField(
        lazy_gettext("Billing name"),
        [Length(max=200)],
        description=lazy_gettext("Stands on invoices instead of name and company."),
    )
    tax_number = StringField(lazy_gettext("Tax number"), [Length(max=60)])
    address = TextAreaField(lazy_gettext("Address"), [Length(max=1000)])
    cc_addresses = AddressesField(
        lazy_gettext("Cc"),
        [Length(max=2000)],
        description=lazy_gettext("These get a copy of each invoice. Put commas between addresses."),
    )
    language = SelectField(
        lazy_gettext("Language"),
        choices=_languages,
        coerce=lambda code: code or None,
        description=lazy_gettext(
            "Of the pages, emails and documents that they get. Where none is chosen, pages follow their browser, "
            "and the rest is in the organization's language."
        ),
    )
    currency = OwnCurrencyField(
        lazy_gettext("Currency"),
        lazy_gettext("The organization's"),
        description=lazy_gettext("New invoices start with it."),
    )
    due_days = TermField(
        lazy_gettext("Payment terms"),
        lazy_gettext("The organization's"),
        description=lazy_gettext("New invoices start with them."),
    )


def invoices_of(*where: Any) -> dict[str, Any]:
    """The newest of these invoices with all that their table shows, and what they add up to."""
    found = newest(db.session, select(Invoice).where(*where).order_by(Invoice.id.desc()), MOST_SHOWN)
    invoices, today = found.rows, the_organization(db.session).today()
    return {
        "invoices": invoices,
        "more_invoices": found.more,
        "sending": sending(db.session, [invoice.id for invoice in invoices]),
        "flags": {invoice.id: flags(invoice, today) for invoice in invoices},
        "balances": balances(db.session, *where),
    }


def payments_of(contact: Contact) -> dict[str, Any]:
    """What the contact has paid, the newest first, and how it pays."""
    query = select(Payment).join(Payment.invoice).where(Invoice.contact_id == contact.id)
    loaded = query.options(contains_eager(Payment.invoice)).order_by(Payment.paid_at.desc(), Payment.id.desc())
    habits = paying_habits(db.session, contact.id, the_organization(db.session))
    return {"payments": newest(db.session, loaded, MOST_PAYMENTS), "habits": habits, "punctuality": _punctual(habits)}


def _punctual(habits: PayingHabits) -> str:
    days = habits.days_late
    if not days:
        return "" if days is None else gettext("Pays on the due date on average.")
    if days > 0:
        return ngettext(
            "Pays %(num)s day after the due date on average.", "Pays %(num)s days after the due date on average.", days
        )
    return ngettext(
        "Pays %(num)s day before the due date on average.", "Pays %(num)s days before the due date on average.", -days
    )


class Contacts(ContactReminders):
    view_permission = "contacts.view"
    edit_permission = "contacts.edit"

    missing_words = lazy_gettext("There is no such contact")
    empty_title = lazy_gettext("No contacts yet")
    sheet = SHEETS["contact"]
    search_hint = lazy_gettext("Name, company, email")
    empty_words = lazy_gettext("Invoices go to a contact with an email address.")
    column_list = ("name", "company", "email", "phone", "owes")
    column_labels = {
        "name": lazy_gettext("Name"),
        "company": lazy_gettext("Company"),
        "email": lazy_gettext("Email"),
        "phone": lazy_gettext("Phone"),
        "owes": lazy_gettext("Owes"),
    }
    column_sortable_list = (("name", ("folded",)), "company", "email")
    column_default_sort = "folded"
    column_searchable_list = ("folded",)
    column_formatters = {"name": macro("name_link"), "owes": macro("owes")}
    cell_classes = {"name": "cell-main", "phone": "hide-phone hide-tablet", "owes": "num cell-side cell-strong"}
    column_filters = (_BALANCES,)
    pills = ((lazy_gettext("Open balance"), {"flt0_balance_is": "open"}),)
    form = ContactForm
    list_template = "admin/contacts/list.html"
    details_template = "admin/contacts/details.html"
    create_template = edit_template = "admin/contacts/form.html"

    def __init__(self) -> None:
        super().__init__(Contact, db, marked("Contacts"), endpoint="contact", menu_icon_value="contacts")

    def saved_words(self, row: Contact) -> str:
        return pgettext("contact", "%(row)s is saved.", row=str(row))

    def next_steps(self, row: Contact) -> tuple[Step, ...]:
        return (way(gettext("New invoice"), "invoices.edit", "invoice.create_view", contact=row.id),)

    def render(self, template: str, **context: Any) -> str:
        if "data" in context:
            context["owed"] = owed_by(db.session, [contact.id for contact in context["data"]])
        if template == self.details_template:
            contact = context["model"]
            context |= invoices_of(Invoice.contact_id == contact.id) | {"languages": LANGUAGES}
            context |= payments_of(contact) if may("payments.view") else {}
            deals = select(Opportunity).where(Opportunity.contact_id == contact.id).order_by(Opportunity.id.desc())
            context["opportunities"] = list(db.session.scalars(deals.limit(MOST_SHOWN)))
        return super().render(template, **context)
