"""What people and machines are told when something is refused, missing or broken."""

import logging
from dataclasses import dataclass

from flask import Flask, abort, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from admin_views import lost
from admin_views.paths import came_from
from admin_views.refused_press import keep
from models.language import LazyString, gettext, lazy_gettext
from models.refusal import Conflict, NotAllowed, NotFound, OutsideError, Refused
from models.schema import unready

logger = logging.getLogger("paydesk.errors")

MACHINES = ("/webhooks/", "/healthz", "/readyz", "/admin/pulse", "/admin/palette")
WITHOUT_DATABASE = ("health.healthz", "health.readyz", "static", "admin.static")
REFUSALS: dict[type[Refused], int] = {NotAllowed: 403, NotFound: 404, Conflict: 409}


@dataclass(frozen=True, slots=True)
class Words:
    title: LazyString | str
    text: LazyString | str
    help: LazyString | str = ""


WORDS = {
    400: Words(
        lazy_gettext("That did not arrive as it should"),
        lazy_gettext("The request could not be read."),
        lazy_gettext("Go back and try again."),
    ),
    403: Words(
        lazy_gettext("You may not open this page"),
        lazy_gettext("Your role does not allow it."),
        lazy_gettext("An admin of your organization can give you the permission. Settings → People shows who that is."),
    ),
    404: Words(
        lazy_gettext("There is no such page"),
        lazy_gettext("The address may be mistyped, or what it showed is no longer there."),
    ),
    405: Words(
        lazy_gettext("That is not possible here"),
        lazy_gettext("This address cannot be used in that way."),
        lazy_gettext("Go back and use the buttons."),
    ),
    409: Words(
        lazy_gettext("That was not done"),
        lazy_gettext("Somebody else changed this meanwhile."),
        lazy_gettext("Open the page again and look first."),
    ),
    413: Words(
        lazy_gettext("That is too large"),
        lazy_gettext("What you sent is larger than we accept."),
        lazy_gettext("Go back and send less."),
    ),
    500: Words(
        lazy_gettext("Something went wrong on our side"),
        lazy_gettext("The error is recorded. Nothing you did before is lost."),
        lazy_gettext("If it stays, give the reference below to the person who runs this installation."),
    ),
    502: Words(
        lazy_gettext("Stripe did not answer as expected"),
        lazy_gettext("The request was not carried out."),
        lazy_gettext("Try again in a moment."),
    ),
    503: Words(lazy_gettext("Paydesk is not ready"), lazy_gettext("It cannot serve pages right now.")),
}
FORM_EXPIRED = Words(
    lazy_gettext("This form has expired"),
    lazy_gettext("For your safety a form is valid for one sign-in only. Nothing was sent."),
    lazy_gettext("Go back, reload the page and send it again."),
)


def init_app(app: Flask) -> None:
    app.before_request(refuse_unready)
    app.before_request(refuse_unreadable)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(OutsideError, _outside_error)


def refuse_unready() -> ResponseReturnValue | None:
    """503 while the database's schema is not ours; asked until it is, and then never again."""
    if current_app.extensions.get("schema_is_ours") or request.endpoint in WITHOUT_DATABASE:
        return None
    try:
        reason = unready()
    except SQLAlchemyError:
        reason = gettext("the database does not answer")
    if reason:
        return answer(503, Words(WORDS[503].title, f"{reason[:1].upper()}{reason[1:]}."))
    current_app.extensions["schema_is_ours"] = True
    return None


def refuse_unreadable() -> None:
    """400 for a NUL: no keyboard makes it, and PostgreSQL cannot keep it. Stripe's door reads its body by itself."""
    if request.path.startswith(MACHINES):
        return
    if any("\0" in text for _, texts in request.values.lists() for text in texts):
        abort(400)


def answer(code: int, words: Words) -> ResponseReturnValue:
    """A page for people, JSON for machines."""
    if request.path.startswith(MACHINES):
        return jsonify(error=str(words.text)), code
    if lost.is_in_the_panel(code):
        return lost.page(code, str(words.title), str(words.text), str(words.help)), code
    about = {"code": code, "reference": _reference(code), "home_url": _home(code)}
    return render_template("error.html", title=words.title, text=words.text, help=words.help, **about), code


def _reference(code: int) -> str:
    return str(g.get("request_id", "")) if code >= 500 else ""


def _home(code: int) -> str:
    """The panel is no place to send customers to, nor anybody while it cannot serve."""
    return url_for("admin.index") if request.path.startswith("/admin") and code != 503 else ""


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    return answer(400, FORM_EXPIRED)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    return answer(error.code, WORDS.get(error.code) or Words(error.name, error.description or error.name))


def _refused(error: Refused) -> ResponseReturnValue:
    """Somebody in the panel is sent back to where they pressed, with the sentence; else it is a page."""
    code = REFUSALS.get(type(error), 400)
    page = None if code in (403, 404) else _pressed_on()
    if page is None:
        return answer(code, Words(WORDS[code].title, str(error)))
    keep(str(error))
    return redirect(page, 303)


def _outside_error(error: OutsideError) -> ResponseReturnValue:
    logger.warning("%s did not go through: %s", request.path, error)
    page = _pressed_on()
    if page is None:
        return answer(502, Words(WORDS[502].title, WORDS[502].text, WORDS[502].help))
    keep(gettext("Stripe did not do this: %(reason)s", reason=gettext(str(error))))
    return redirect(page, 303)


def _pressed_on() -> str | None:
    """The page on which somebody who is signed in pressed a button."""
    known = request.method == "POST" and request.path.startswith("/admin/") and current_user.is_authenticated
    return came_from() if known else None
