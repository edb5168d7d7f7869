"""The form of a draft."""

from typing import Any

from flask_admin.form import BaseForm
from wtforms import BooleanField, DateField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from admin_views.fields import CurrencyField, RowField
from admin_views.invoice_lines import LinesField
from models.base import db
from models.contact import Contact
from models.opportunity import Opportunity
from models.organization import Organization


class InvoiceForm(BaseForm):
    """Number, status and figures are no fields: whatever a request says about them has no effect."""

    contact_id = RowField("Contact", Contact, Contact.name, "No contact yet")
    opportunity_id = RowField("Opportunity", Opportunity, Opportunity.name, "None")
    currency = CurrencyField()
    due_date = DateField("Due date", [Optional()])
    po_number = StringField("Purchase-order number", [Length(max=60)])
    lines = LinesField("Lines")
    terms = TextAreaField("Terms", [Length(max=5000)], description="Shown to the customer with the due date.")
    notes = TextAreaField("Notes", [Length(max=5000)], description="Shown to the customer beneath the lines.")
    partial_payments = BooleanField("Partial payments allowed")


def prefill(form: InvoiceForm, organization: Organization, opportunity_id: Any, contact_id: Any) -> None:
    """What a new invoice begins with: the organization's habits, the opportunity's contact and currency."""
    form.currency.data = organization.currency
    form.partial_payments.data = organization.partial_payments
    form.contact_id.process_data(contact_id)
    form.opportunity_id.process_data(opportunity_id)
    if opportunity := db.session.get(Opportunity, form.opportunity_id.data or 0):
        form.contact_id.data, form.currency.data = opportunity.contact_id, opportunity.currency
