"""What an open pay page asks and reports by itself."""

from flask import Response, abort, jsonify, render_template, request
from flask_login import current_user

from models.base import db
from models.brand_file import logo_of
from models.pay_page import PayPage, find
from models.reminding import READER_MARK, is_reader
from public_views.languages import speak_to_customer
from public_views.pay_answers import known, unknown
from public_views.pay_door import door
from tasks.pay_links import record_view
from tasks.reminders import stop_reminders


@door.get("/<token>/status")
def status(token: str) -> Response:
    """For the open page: state, amount due and version as we know them, without a question to Stripe."""
    found = known(token, request.args.get("session_id", ""))
    state, invoice = found.state_for(request.args.get("waiting", "")), found.invoice
    return jsonify(state=state, due=invoice.due().plain(), version=invoice.version)


@door.post("/<token>/viewed")
def viewed(token: str) -> tuple[str, int]:
    """The page was open before a person's eyes. Mail scanners and prefetching browsers do not send the header."""
    if request.headers.get("X-Paydesk") != "1":
        abort(400)
    record_view(known(token).invoice.id, by_staff=current_user.is_authenticated)
    return "", 204


@door.get("/<token>/reminders")
def reminders(token: str) -> str:
    """The button by which one gets no more reminders. Scanners follow each link of a message, so looking stops none."""
    return _about_reminders(token, _mailed(token))


@door.post("/<token>/reminders")
def no_reminders(token: str) -> tuple[str, int]:
    """Pressed there, or by a mail program, which follows no redirect. Refused where it does not say who reads it."""
    stop_reminders(_mailed(token).invoice.id, token, _mark())
    return _about_reminders(token, _mailed(token)), 200 if _mark() else 400


def _mailed(token: str) -> PayPage:
    """The page behind a link that was mailed once, valid or not: an old message must let its reader go too."""
    found = find(db.session, token)
    if found is None:
        abort(unknown())
    speak_to_customer(found.language, found.organization)
    return found


def _about_reminders(token: str, found: PayPage) -> str:
    contact = found.invoice.contact
    shown = {"page": found, "organization": found.organization, "logo": logo_of(db.session, found.organization)}
    is_gone = contact is None or not is_reader(contact, token, _mark())
    is_over = is_gone or (contact is not None and contact.reminders_off_at is not None)
    told = {"token": token, "mark": _mark(), "is_over": is_over, "is_gone": is_gone}
    return render_template("pay/reminders.html", **told, **shown)


def _mark() -> str:
    """To which address the message went; nothing when the link was cut off or mistyped."""
    mark = request.args.get("to", "")
    return mark if READER_MARK.fullmatch(mark) else ""
