"""Doors to reminders: on which days customers are reminded, of which invoice they are not, who wants none."""

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice

from admin_views.base import Page, Rows
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from models.base import db
from models.language import gettext, lazy_gettext, ngettext
from models.organization import the_organization
from models.refusal import Refused
from models.reminder import STEPS, concerned
from tasks.reminders import allow_reminders, change_reminders, switch_reminders


def step_words(days: int) -> str:
    if not days:
        return gettext("On the due date")
    if days < 0:
        return ngettext("%(num)s day before the due date", "%(num)s days before the due date", -days)
    return ngettext("%(num)s day after the due date", "%(num)s days after the due date", days)


def _steps() -> list[SelectChoice]:
    return [SelectChoice(str(days), step_words(days)) for days in STEPS]


class RemindersForm(FlaskForm):
    days = SelectMultipleField(lazy_gettext("When"), coerce=int, choices=_steps)


class ReminderSettings(Page):
    """Settings → Reminders."""

    view_permission = "settings.edit"

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Response | str | tuple[str, int]:
        organization = the_organization(db.session)
        form = RemindersForm(data={"days": organization.reminder_days})
        if not form.is_submitted():
            return self._page(form)
        if not form.validate():
            return self._page(form), 400
        return self._save(form)

    @expose("/off", methods=("POST",))
    def off(self) -> Response:
        change_reminders(me(), [])
        flash(gettext("Reminders are off. Nobody is reminded until you switch them on again."), "success")
        return redirect(self.get_url(".index"), 303)

    def _save(self, form: RemindersForm) -> Response | tuple[str, int]:
        if not form.days.data:
            flash(gettext("Choose at least one day."), "danger")
            return self._page(form), 400
        try:
            change_reminders(me(), form.days.data)
        except Refused as error:
            flash(str(error), "danger")
            return self._page(form), 400
        flash(gettext("Reminders are on. They go out between 9 in the morning and 8 in the evening."), "success")
        return redirect(self.get_url(".index"), 303)

    def _page(self, form: RemindersForm) -> str:
        organization = the_organization(db.session)
        open_invoices = concerned(db.session, organization.reminders_since or organization.today())
        shown: dict[str, Any] = {"form": form, "since": organization.reminders_since, "concerned": open_invoices}
        return self.render("admin/settings/reminders.html", **shown, today=organization.today())


class InvoiceReminders(Rows):
    """Of one invoice."""

    @expose("/reminders/", methods=("POST",))
    @needs("invoices.edit")
    def reminders(self) -> Response:
        invoice, on = self.get_one(request.form.get("id")), request.form.get("on") == "1"
        with saying_refusals():
            switch_reminders(invoice.id, me(), on)
            off = gettext("No reminder of %(invoice)s goes out by itself any more.", invoice=invoice.title)
            flash(gettext("Reminders of %(invoice)s are on.", invoice=invoice.title) if on else off, "success")
        return redirect(self.page_of(invoice))


class ContactReminders(Rows):
    """Of one contact."""

    @expose("/allow-reminders/", methods=("POST",))
    @needs("contacts.edit")
    def allow_reminders(self) -> Response:
        contact = self.get_one(request.form.get("id"))
        with saying_refusals():
            allow_reminders(contact.id, me())
            flash(gettext("%(contact)s is reminded again.", contact=contact.name), "success")
        return redirect(self.page_of(contact))
