"""Settings → People: who may sign in and with which role. Everybody may see it, to find an admin; admins manage it."""

import secrets
from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_admin import expose
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from admin_views.base import Rows
from admin_views.fields import AsWritten
from admin_views.looks import cell
from admin_views.policy import me
from admin_views.refused_press import saying_refusals
from models.base import db
from models.language import gettext, lazy_gettext, pgettext
from models.money import CURRENCIES, Money
from models.organization import the_organization
from models.people import ROLES, Role, User
from models.refund_limit import approvers
from models.refusal import Refused
from tasks import people
from tasks.sheets import SHEETS

ROLE_WORDS = {
    "Viewer": lazy_gettext("Viewer: sees everything, changes nothing"),
    "Staff": lazy_gettext("Staff: writes and sends invoices, issues refunds"),
    "Finance": lazy_gettext("Finance: also records payments and answers disputes"),
    "Admin": lazy_gettext("Admin: also Stripe, people and settings"),
}


def _limit_set(role: str, limit: Money | None) -> str:
    if limit is None:
        return gettext("%(role)s: no limit on refunds.", role=role)
    return gettext("%(role)s: above %(limit)s, a second person approves.", role=role, limit=limit)


def _roles() -> list[SelectChoice]:
    return [SelectChoice(role.lower(), ROLE_WORDS[role]) for role in ROLES]


class PersonForm(AsWritten, FlaskForm):
    email = StringField(
        lazy_gettext("Email"), [InputRequired(lazy_gettext("Write an email address.")), Length(max=254)]
    )
    name = StringField(lazy_gettext("Name"), [Length(max=120)])
    role = SelectField(lazy_gettext("Role"), [InputRequired()], choices=_roles, default="staff")


class People(Rows):
    view_permission = "people.manage"
    edit_permission = "people.manage"
    can_edit = False
    empty_icon = "contacts"
    missing_words = lazy_gettext("There is no such person")
    empty_title = lazy_gettext("No people yet")
    sheet = SHEETS["people"]
    empty_words = ""
    list_template = "admin/settings/people.html"
    details_template = "admin/settings/person.html"
    create_template = "admin/settings/new_person.html"
    form = PersonForm
    route_permissions: ClassVar[dict[str, tuple[str, ...]]] = dict.fromkeys(
        ("disable", "enable", "renew_password", "change_role", "refund_limit"), ("people.manage",)
    )

    column_list = ("name", "email", "role", "created_at", "active")
    column_sortable_list: ClassVar[Any] = ("email", "created_at")
    column_default_sort: ClassVar[Any] = "email"
    column_labels: ClassVar[dict[str, Any]] = {
        "name": lazy_gettext("Name"),
        "email": lazy_gettext("Email"),
        "role": lazy_gettext("Role"),
        "created_at": lazy_gettext("Since"),
        "active": lazy_gettext("Status"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "name": "cell-main",
        "created_at": "muted nowrap hide-tablet",
        "active": "cell-side",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "name": cell("person_link"),
        "role": lambda view, context, row, name: pgettext("role", row.role.name),
        "created_at": cell("at", lambda row: row.created_at),
        "active": cell("person_state"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(User, db, name, category, endpoint="people")

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)

    def render(self, template: str, **context: Any) -> str:
        if template == self.list_template:
            refunding = [role for role in db.session.scalars(select(Role).order_by(Role.id)) if role.can_refund]
            context |= {"roles": refunding, "approvers": approvers(db.session), "currencies": CURRENCIES}
            context["organization"] = the_organization(db.session)
        return super().render(template, **context)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """The one-time password is in this one answer and nowhere else."""
        form = PersonForm()
        if not form.validate_on_submit():
            return self._form_page(self.create_template, form)
        password = secrets.token_urlsafe(12)
        try:
            made = people.add_user(form.email.data, form.role.data, password, form.name.data, one_time=True, by=me())
        except Refused as error:
            flash(str(error), "danger")
            return self._form_page(self.create_template, form)
        return self._tell_password(made, password)

    @expose("/password", methods=("POST",))
    def renew_password(self) -> Any:
        user, password = self._asked_for(), secrets.token_urlsafe(12)
        people.renew_password(user.id, password, me())
        return self._tell_password(user.id, password)

    @expose("/disable", methods=("POST",))
    def disable(self) -> Response:
        user = self._asked_for()
        with saying_refusals():
            people.disable(user.id, me())
            flash(gettext("%(person)s can no longer sign in; open sign-ins have ended.", person=user), "success")
        return redirect(self.page_of(user), 303)

    @expose("/enable", methods=("POST",))
    def enable(self) -> Response:
        user = self._asked_for()
        people.enable(user.id, me())
        flash(gettext("%(person)s can sign in again.", person=user), "success")
        return redirect(self.page_of(user), 303)

    @expose("/role", methods=("POST",))
    def change_role(self) -> Response:
        user = self._asked_for()
        with saying_refusals():
            people.change_role(user.id, request.form.get("role", ""), me())
            flash(gettext("%(person)s has another role now.", person=user), "success")
        return redirect(self.page_of(user), 303)

    @expose("/limit", methods=("POST",))
    def refund_limit(self) -> Response:
        """Up to how much people of a role refund alone; an empty amount switches the limit off."""
        role, amount = request.form.get("role", ""), request.form.get("amount", "").strip()
        with saying_refusals():
            limit = Money.parse(amount, request.form.get("currency", "")) if amount else None
            people.set_refund_limit(role, limit, me())
            flash(_limit_set(pgettext("role", role), limit), "success")
        return redirect(self.get_url(".index_view"), 303)

    def _asked_for(self) -> User:
        found: User = self.get_one(request.form.get("id"))
        return found

    def _tell_password(self, user_id: int, password: str) -> str:
        user = db.session.get_one(User, user_id)
        return self.render("admin/settings/password.html", model=user, password=password)
