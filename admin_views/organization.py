"""Settings → Organization: who it is for customers, how it looks, how it wants to be paid."""

from flask import flash, redirect
from flask_admin import expose
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp
from wtforms.widgets import ColorInput

from admin_views.base import Page
from admin_views.billing_fields import DaysField
from admin_views.fields import AmountField, AsWritten, CurrencyField, OneAddress, PercentField
from admin_views.invoice_form import DEPOSIT, SMALLEST_PART, written
from admin_views.policy import me
from models.base import db
from models.language import gettext, lazy_gettext
from models.money import Money
from models.organization import TIME_ZONES, the_organization
from models.refusal import Refused
from tasks.organization import change_organization

COLOR = r"#[0-9a-fA-F]{6}\Z"


class OrganizationForm(AsWritten, FlaskForm):
    name = StringField(
        lazy_gettext("Name"),
        [DataRequired(lazy_gettext("Customers see the name on every page and message.")), Length(max=200)],
    )
    legal_name = StringField(lazy_gettext("Legal name"), [Length(max=200)])
    brand_color = StringField(
        lazy_gettext("Brand color"),
        [
            InputRequired(lazy_gettext("Choose a color.")),
            Regexp(COLOR, message=lazy_gettext("Write a color as # and six digits from 0 to f, such as #3b5bdb.")),
        ],
        widget=ColorInput(),
        description=lazy_gettext("Used on the pay page and in messages."),
    )
    address = TextAreaField(lazy_gettext("Address"), [Length(max=1000)])
    tax_number = StringField(lazy_gettext("Tax number"), [Length(max=60)])
    registration_number = StringField(lazy_gettext("Registration number"), [Length(max=60)])
    support_email = StringField(
        lazy_gettext("Support email"), [OneAddress()], description=lazy_gettext("Where customers can write to.")
    )
    footer = TextAreaField(
        lazy_gettext("Footer"),
        [Length(max=1000)],
        description=lazy_gettext("Stands beneath the pay page and each message about an invoice."),
    )
    currency = CurrencyField(description=lazy_gettext("New invoices start with it."))
    due_days = DaysField(
        lazy_gettext("Days until due"),
        [InputRequired(lazy_gettext("Write a number of days."))],
        description=lazy_gettext("Of an invoice that names no due date."),
    )
    time_zone = SelectField(
        lazy_gettext("Time zone"),
        [InputRequired()],
        choices=TIME_ZONES,
        description=lazy_gettext("Days and due dates end at its midnight."),
    )
    payment_instructions = TextAreaField(
        lazy_gettext("Other ways to pay"),
        [Length(max=2000)],
        description=lazy_gettext("Shown to customers while they cannot pay online: a bank account, for example."),
    )
    prices_gross = BooleanField(lazy_gettext("Prices of new invoices include tax"))
    partial_payments = BooleanField(lazy_gettext("New invoices may be paid in parts"))
    partial_minimum = AmountField(lazy_gettext("Smallest part"), description=SMALLEST_PART)
    deposit_percent = PercentField(lazy_gettext("Deposit"), description=DEPOSIT)


class OrganizationSettings(Page):
    view_permission = "settings.edit"

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Response | str | tuple[str, int]:
        organization = the_organization(db.session)
        form = OrganizationForm(obj=organization)
        if not form.is_submitted():
            form.partial_minimum.show(Money(organization.partial_minimum, organization.currency))
            return self._page(form)
        if not form.validate():
            return self._page(form), 400
        return self._save(form)

    def _save(self, form: OrganizationForm) -> Response | tuple[str, int]:
        try:
            change_organization(me(), written(form))
        except Refused as error:
            flash(str(error), "danger")
            return self._page(form), 400
        flash(gettext("The settings are saved."), "success")
        return redirect(self.get_url(".index"), 303)

    def _page(self, form: OrganizationForm) -> str:
        return self.render("admin/settings/organization.html", form=form)
