"""Settings → Organization: who it is for customers, how it looks, how it wants to be paid."""

from flask import flash, redirect, request
from flask_admin import expose
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Regexp
from wtforms.widgets import ColorInput

from admin_views.base import Page
from admin_views.billing_fields import DaysField
from admin_views.fields import AmountField, AsWritten, CurrencyField, OneAddress, PercentField
from admin_views.invoice_form import DEPOSIT, SMALLEST_PART, written
from admin_views.policy import me
from models.base import db
from models.brand_color import contrast
from models.brand_file import logo_of
from models.language import LANGUAGES, gettext, lazy_gettext
from models.money import Money
from models.organization import TIME_ZONES, the_organization
from models.refusal import Refused
from tasks.organization import change_logo, change_organization, remove_logo

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
    support_phone = StringField(
        lazy_gettext("Support phone"), [Length(max=60)], description=lazy_gettext("Where customers can call.")
    )
    language = SelectField(
        lazy_gettext("Language"),
        choices=lambda: [SelectChoice(code, name) for code, name in LANGUAGES.items()],
        description=lazy_gettext("What customers read where neither they nor their browser have chosen one."),
    )
    documents = SelectField(
        lazy_gettext("Documents (PDF)"),
        choices=[
            SelectChoice("attach", lazy_gettext("Attached to each message")),
            SelectChoice("link", lazy_gettext("Linked from each message")),
        ],
        description=lazy_gettext("The invoice, its receipts and credit notes."),
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

    @expose("/logo", methods=("POST",))
    def change_logo(self) -> Response:
        file = request.files.get("logo")
        change_logo(me(), file.read() if file else b"")
        flash(gettext("Customers see the logo from now on."), "success")
        return redirect(self.get_url(".index"), 303)

    @expose("/remove-logo", methods=("POST",))
    def remove_logo(self) -> Response:
        remove_logo(me())
        flash(gettext("Customers see the name without a logo from now on."), "success")
        return redirect(self.get_url(".index"), 303)

    def _save(self, form: OrganizationForm) -> Response | tuple[str, int]:
        try:
            change_organization(me(), written(form))
        except Refused as error:
            flash(str(error), "danger")
            return self._page(form), 400
        flash(gettext("The settings are saved."), "success")
        return redirect(self.get_url(".index"), 303)

    def _page(self, form: OrganizationForm) -> str:
        organization = the_organization(db.session)
        brand = {"organization": organization, "logo": logo_of(db.session, organization), "contrast": contrast}
        return self.render("admin/settings/organization.html", form=form, **brand)
