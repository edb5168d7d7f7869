"""The way in and out."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from admin_views.paths import own_path
from admin_views.policy import sign_in_token
from models.base import db
from models.language import gettext, lazy_gettext
from models.organization import the_organization
from models.refusal import Refused
from tasks import people

door = Blueprint("sign_in", __name__, url_prefix="/admin")


WITHOUT_OWN_PASSWORD = ("sign_in.password", "sign_in.leave", "admin.static")


class PasswordForm(FlaskForm):
    old = PasswordField(lazy_gettext("Present password"), [InputRequired()])
    new = PasswordField(
        lazy_gettext("New password"), [InputRequired()], description=lazy_gettext("At least 12 characters.")
    )


class SignInForm(FlaskForm):
    email = StringField(lazy_gettext("Email"), [InputRequired()])
    password = PasswordField(lazy_gettext("Password"), [InputRequired()])
    next = HiddenField()


@door.get("/sign-in")
def form() -> Response | str:
    if current_user.is_authenticated:
        return redirect(url_for("admin.index"))
    return _page(SignInForm(next=request.args.get("next", "")))


@door.post("/sign-in")
def submit() -> Response | str | tuple[str, int]:
    filled = SignInForm()
    if not filled.validate():
        return _page(filled, gettext("Enter your email and your password.")), 400
    try:
        token = people.sign_in(filled.email.data, filled.password.data, request.remote_addr or "")
    except Refused as error:
        return _page(filled, str(error)), 400
    session.clear()  # a session fixed by somebody else before the sign-in is worth nothing after it
    login_user(people.signed_in(token))
    return redirect(own_path(filled.next.data) or url_for("admin.index"))


@door.before_app_request
def insist_on_own_password() -> Response | None:
    """A one-time password leads to the page on which to choose one's own, and nowhere else."""
    pending = current_user.is_authenticated and current_user.must_change_password
    if pending and request.path.startswith("/admin/") and request.endpoint not in WITHOUT_OWN_PASSWORD:
        return redirect(url_for("sign_in.password"))
    return None


@door.route("/password", methods=["GET", "POST"])
@login_required
def password() -> Response | str | tuple[str, int]:
    filled = PasswordForm()
    if request.method == "GET":
        return render_template("password.html", form=filled)
    if not filled.validate():
        missing = gettext("Enter your present and your new password.")
        return render_template("password.html", form=filled, error=missing), 400
    try:
        people.change_password(current_user.id, filled.old.data, filled.new.data)
    except Refused as error:
        return render_template("password.html", form=filled, error=str(error)), 400
    flash(gettext("Your password is changed. Other browsers are signed out."), "success")
    return redirect(url_for("admin.index"))


@door.post("/sign-out")
def leave() -> Response:
    people.sign_out(sign_in_token())
    logout_user()
    session.clear()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("sign_in.form"))


def _page(filled: SignInForm, error: str = "") -> str:
    return render_template("sign_in.html", form=filled, error=error, organization=the_organization(db.session).name)
