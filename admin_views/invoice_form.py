"""The form of an invoice."""

from types import SimpleNamespace
from typing import Any

from flask_admin.form import BaseForm
from wtforms import BooleanField, Form, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from admin_views.billing_fields import DueField
from admin_views.fields import AmountField, AsWritten, CurrencyField, DayField, PercentField, RowField, row_id
from admin_views.invoice_lines import LinesField
from models.balance import left_to_bill
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, lazy_pgettext
from models.money import Money
from models.opportunity import Opportunity
from models.organization import Organization, the_organization
from models.refusal import Refused

SMALLEST_PART = lazy_gettext("In the currency above. Without one, Stripe's own smallest charge counts.")
DEPOSIT = lazy_gettext("Of the total. The first payment must bring at least this much.")


class ShownField(HiddenField):
    """What was so when the form was shown; it is never written."""

    def populate_obj(self, obj: Any, name: str) -> None:
        pass


class EditsField(ShownField):
    """How often the invoice had been saved by then."""

    @property
    def seen(self) -> int:
        return row_id(self.data) or 0


def _habits(contact: Contact) -> dict[str, Any]:
    """What choosing this contact puts into the form."""
    days = "" if contact.due_days is None else contact.due_days
    return {"data-currency": contact.currency or "", "data-due-days": days}


class InvoiceForm(AsWritten, BaseForm):
    """Number, status and figures are no fields: whatever a request says about them has no effect."""

    edits = EditsField()
    currency_shown, contact_shown = ShownField(), ShownField()
    contact_id = RowField(lazy_gettext("Contact"), Contact, Contact.folded, lazy_gettext("No contact yet"), _habits)
    opportunity_id = RowField(
        lazy_gettext("Opportunity"), Opportunity, Opportunity.folded, lazy_pgettext("opportunity", "None")
    )
    currency = CurrencyField()
    due_days = DueField(lazy_gettext("Payment terms"), lazy_gettext("Default"))
    due_date = DayField(lazy_gettext("Due date"), [Optional()])
    lines = LinesField(lazy_gettext("Lines"))
    terms = TextAreaField(
        lazy_gettext("Terms"),
        [Length(max=5000)],
        description=lazy_gettext("Shown to the customer with the due date."),
    )
    notes = TextAreaField(
        lazy_gettext("Note to the customer"),
        [Length(max=5000)],
        description=lazy_gettext("Shown to the customer beneath the lines."),
    )
    po_number = StringField(lazy_gettext("Purchase-order number"), [Length(max=60)])
    partial_payments = BooleanField(lazy_gettext("Partial payments allowed"))
    partial_minimum = AmountField(lazy_gettext("Smallest part"), description=SMALLEST_PART)
    deposit_percent = PercentField(lazy_gettext("Deposit"), description=DEPOSIT)

    # Whose currency was taken over at saving, where no script did it before.
    followed: Contact | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """A contact that was chosen brings its currency, unless another one was chosen too."""
        self.followed = self._contact_brings_another_currency()
        if self.followed:
            self.currency.data = self.followed.currency
        return bool(super().validate(extra_validators))

    def _contact_brings_another_currency(self) -> Contact | None:
        """Scripts bring it at once, and then nothing is left to be brought here."""
        was_left = self.currency.data == self.currency_shown.data
        contact = db.session.get(Contact, self.contact_id.data or 0)
        if contact is None or not was_left or str(contact.id) == self.contact_shown.data:
            return None
        return contact if contact.currency not in (None, self.currency.data) else None

    def validate_due_days(self, field: DueField) -> None:
        """A form that was opened before there were terms has only the date."""
        typed = bool(self.due_date.raw_data and self.due_date.raw_data[0].strip())
        if typed and not field.raw_data:
            field.data = DueField.ON_A_DATE
        if field.data == DueField.ON_A_DATE and not typed:
            raise ValidationError(gettext("Choose the day on which it is due."))
        if typed and field.days is not None:
            raise ValidationError(gettext("Choose either a term or a date: with a term, leave the date empty."))

    def validate_due_date(self, field: DayField) -> None:
        """Beside the field; it is asked again where the invoice is saved."""
        invoice, today = self._obj or Invoice(), the_organization(db.session).today()
        try:
            invoice.refuse_due_on(field.data, today)
        except Refused as error:
            raise ValidationError(str(error)) from error

    def populate_obj(self, obj: Any) -> None:
        """By a term its date follows from its issue. Without parts there is neither a smallest one nor a deposit."""
        super().populate_obj(obj)
        if obj.due_days is not None:
            obj.due_date = None
        if not obj.partial_payments:
            obj.partial_minimum, obj.deposit_percent = 0, None


def written(form: Form) -> dict[str, Any]:
    """What the form says, by the names of its fields, as a row would keep it."""
    row = SimpleNamespace()
    form.populate_obj(row)
    return {name: value for name, value in vars(row).items() if name != "csrf_token"}


def show(form: InvoiceForm, invoice: Invoice) -> None:
    """A date that follows from a term is not shown as one of its own."""
    if invoice.due_days is not None:
        form.due_date.data = None
    elif invoice.due_date:
        form.due_days.data = DueField.ON_A_DATE
    form.partial_minimum.show(Money(invoice.partial_minimum, invoice.currency))


def prefill(form: InvoiceForm, organization: Organization, opportunity_id: Any, contact_id: Any) -> None:
    """What a new invoice begins with: the organization's habits, the contact's, what is left of the opportunity."""
    form.currency.data = organization.currency
    form.partial_payments.data = organization.partial_payments
    form.deposit_percent.process_data(organization.deposit_percent)
    form.contact_id.process_data(contact_id)
    form.opportunity_id.process_data(opportunity_id)
    opportunity = db.session.get(Opportunity, form.opportunity_id.data or 0)
    if opportunity:
        form.contact_id.data = opportunity.contact_id
    contact = db.session.get(Contact, form.contact_id.data or 0)
    if contact:
        form.currency.data, form.due_days.data = contact.currency or organization.currency, contact.due_days
    if opportunity:
        form.currency.data = opportunity.currency
        if (left := left_to_bill(db.session, opportunity)).amount:
            form.lines.begin_with(opportunity.name, left)
    if form.currency.data == organization.currency:
        form.partial_minimum.show(Money(organization.partial_minimum, organization.currency))
