"""The form of an invoice."""

from types import SimpleNamespace
from typing import Any

from flask_admin.form import BaseForm
from wtforms import BooleanField, DateField, Form, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from admin_views.fields import AmountField, CurrencyField, PercentField, RowField, row_id
from admin_views.invoice_lines import LinesField
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.money import Money
from models.opportunity import Opportunity
from models.organization import Organization

SMALLEST_PART = "In the currency above. Without one, Stripe's own smallest charge counts."
DEPOSIT = "Of the total. The first payment must bring at least this much."


class EditsField(HiddenField):
    """How often the invoice had been saved when the form was shown; it is never written."""

    @property
    def seen(self) -> int:
        return row_id(self.data) or 0

    def populate_obj(self, obj: Any, name: str) -> None:
        pass


class InvoiceForm(BaseForm):
    """Number, status and figures are no fields: whatever a request says about them has no effect."""

    edits = EditsField()
    contact_id = RowField("Contact", Contact, Contact.name, "No contact yet")
    opportunity_id = RowField("Opportunity", Opportunity, Opportunity.name, "None")
    currency = CurrencyField()
    due_date = DateField("Due date", [Optional()])
    po_number = StringField("Purchase-order number", [Length(max=60)])
    lines = LinesField("Lines")
    terms = TextAreaField("Terms", [Length(max=5000)], description="Shown to the customer with the due date.")
    notes = TextAreaField("Notes", [Length(max=5000)], description="Shown to the customer beneath the lines.")
    partial_payments = BooleanField("Partial payments allowed")
    partial_minimum = AmountField("Smallest part", description=SMALLEST_PART)
    deposit_percent = PercentField("Deposit", description=DEPOSIT)

    def populate_obj(self, obj: Any) -> None:
        """Without parts there is neither a smallest one nor a deposit."""
        super().populate_obj(obj)
        if not obj.partial_payments:
            obj.partial_minimum, obj.deposit_percent = 0, None


def written(form: Form) -> dict[str, Any]:
    """What the form says, by the names of its fields, as a row would keep it."""
    row = SimpleNamespace()
    form.populate_obj(row)
    return {name: value for name, value in vars(row).items() if name != "csrf_token"}


def show(form: InvoiceForm, invoice: Invoice) -> None:
    form.partial_minimum.show(Money(invoice.partial_minimum, invoice.currency))


def prefill(form: InvoiceForm, organization: Organization, opportunity_id: Any, contact_id: Any) -> None:
    """What a new invoice begins with: the organization's habits, the opportunity's contact and currency."""
    form.currency.data = organization.currency
    form.partial_payments.data = organization.partial_payments
    form.deposit_percent.process_data(organization.deposit_percent)
    form.contact_id.process_data(contact_id)
    form.opportunity_id.process_data(opportunity_id)
    if opportunity := db.session.get(Opportunity, form.opportunity_id.data or 0):
        form.contact_id.data, form.currency.data = opportunity.contact_id, opportunity.currency
    if form.currency.data == organization.currency:
        form.partial_minimum.show(Money(organization.partial_minimum, organization.currency))
