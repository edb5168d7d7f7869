"""Customers' door: the page of one invoice, on which it is paid."""

import logging
import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from models.base import db
from models.checkout import NOT_AVAILABLE
from models.invoice import new_operation
from models.language import gettext, marked
from models.money import Money
from models.organization import the_organization
from models.refusal import Conflict, OutsideError, Refused
from public_views import guessing
from public_views.headers import csrf, stripe_origins
from public_views.pay_page import SESSION_ID, PayPage, find
from tasks.checkouts import CHANGED, look_at_checkout, open_checkout
from tasks.invoices import record_view

logger = logging.getLogger("paydesk.pay")

door = Blueprint("pay", __name__, url_prefix="/pay")
# Customers have no session that another site could abuse: the unguessable token in the path is the authority,
# and a token for forms would need a cookie, which these pages never set.
csrf.exempt(door)

STRIPE_SILENT = marked("Stripe does not answer right now. This press charged nothing; please try again in a moment.")
INCOMPLETE = marked("That did not arrive completely. Nothing was charged; please press Pay again.")
# A form that names no version was shown when there was only one.
FIRST = "1"
# Nothing more is asked of the customer, so an open page waits for no news.
SETTLED = ("paid", "refunded", "void")
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@door.after_request
def keep_private(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


@door.get("/<token>")
def page(token: str) -> str:
    """The invoice and, while something is due, the button. Calls nobody, leaves no trace."""
    return _show(token, _known(token))


@door.post("/<token>")
def pay(token: str) -> ResponseReturnValue:
    """On to Stripe's page, or the page again with the sentence why not."""
    found, typed = _known(token), request.form.get("amount")
    try:
        operation, version = str(uuid.UUID(request.form.get("operation", ""))), int(request.form.get("version", FIRST))
    except ValueError:
        return _show(token, found, problem=gettext(INCOMPLETE), typed=typed), 400
    if version != found.invoice.version:  # what was typed may be of another currency
        return _show(token, found, problem=gettext(CHANGED)), 409
    try:
        amount = None if typed is None else Money.parse(typed, found.invoice.currency)
    except Refused as error:
        return _show(token, found, amount_error=str(error), typed=typed), 400
    return _open(token, found, operation, amount)


def _open(token: str, found: PayPage, operation: str, amount: Money | None) -> ResponseReturnValue:
    typed, asked = amount.plain() if amount else None, _asked(found)
    invoice_id, version = found.invoice.id, found.invoice.version
    record_view(invoice_id, by_staff=current_user.is_authenticated)
    try:
        url = open_checkout(invoice_id, operation, amount, version)
    except Conflict as error:
        found = _known(token)
        same = asked == _asked(found)  # else what was typed has just been paid, or is of another currency
        return _show(token, found, problem=str(error), typed=typed if same else None), 409
    except Refused as error:
        where = "amount_error" if amount else "problem"
        return _show(token, _known(token), typed=typed, **{where: str(error)}), 409
    except OutsideError as error:
        logger.warning("no checkout was opened: %s", error)
        problem = gettext(NOT_AVAILABLE if error.permanent else STRIPE_SILENT)
        return _show(token, _known(token), typed=typed, problem=problem), 503
    return _to_stripe(token, url) if url else redirect(url_for("pay.proceed", token=token), 303)


def _asked(found: PayPage) -> tuple[int, Money]:
    """What the invoice asks for."""
    return found.invoice.version, found.invoice.due()


@door.get("/<token>/continue")
def proceed(token: str) -> ResponseReturnValue:
    """On to Stripe's page as soon as there is one; the page asks by itself."""
    found = _known(token)
    if found.state_for("checkout") == "connecting":
        return _show(token, found, waiting="checkout")
    if found.checkout and found.checkout.state == "failed":
        return _show(token, found, problem=found.checkout.why_failed)
    usable = found.checkout and found.checkout.state == "open" and found.state == "open"
    return _to_stripe(token, found.checkout.url) if usable and found.checkout else _back(token)


@door.get("/<token>/return")
def come_back(token: str) -> ResponseReturnValue:
    """From Stripe's page: what became of the payment, or that it is not confirmed yet."""
    session_id = request.args.get("session_id", "")
    found = _known(token, session_id)
    if found.checkout is None or not SESSION_ID.fullmatch(session_id):
        return _back(token)
    if found.state_for("payment") == "confirming":
        try:
            look_at_checkout(found.checkout.id)
        except OutsideError as error:
            logger.warning("a payment is not confirmed yet: %s", error)
            return _show(token, _known(token, session_id), waiting="payment", session_id=session_id)
    return _show(token, _known(token, session_id), session_id=session_id)


@door.get("/<token>/status")
def status(token: str) -> Response:
    """For the open page: state, amount due and version as we know them, without a question to Stripe."""
    found = _known(token, request.args.get("session_id", ""))
    state, invoice = found.state_for(request.args.get("waiting", "")), found.invoice
    return jsonify(state=state, due=invoice.due().plain(), version=invoice.version)


@door.post("/<token>/viewed")
def viewed(token: str) -> tuple[str, int]:
    """The page was open before a person's eyes. Mail scanners and prefetching browsers do not send the header."""
    if request.headers.get("X-Paydesk") != "1":
        abort(400)
    record_view(_known(token).invoice.id, by_staff=current_user.is_authenticated)
    return "", 204


@door.get("/", defaults={"rest": ""})
@door.get("/<path:rest>")
def mangled(rest: str) -> AnyResponse:
    """Links that a mail program has broken."""
    return _unknown()


def _known(token: str, session_id: str = "") -> PayPage:
    """The page behind the link; the request ends here for a link that is unknown or revoked."""
    found = find(db.session, token, session_id)
    if found is None:
        abort(_unknown())
    if found.is_revoked:
        abort(_notice("replaced", 410))
    return found


def _unknown() -> AnyResponse:
    return _notice("too_many", 429) if guessing.too_many() else _notice("unknown", 404)


def _notice(kind: str, code: int) -> AnyResponse:
    shown = render_template("pay/notice.html", kind=kind, organization=the_organization(db.session))
    return make_response(shown, code, {"Retry-After": str(guessing.SECONDS)} if code == 429 else {})


def _show(
    token: str, found: PayPage, waiting: str = "", session_id: str = "", typed: str | None = None, **context: Any
) -> str:
    state = found.state_for(waiting)
    ask = {"token": token, "waiting": waiting or None, "session_id": session_id or None}
    return render_template(
        "pay/invoice.html",
        page=found,
        state=state,
        operation=new_operation(),
        typed=typed,
        came_back=bool(session_id),
        status_url=url_for("pay.status", **ask) if state not in SETTLED else None,
        viewed_url=url_for("pay.viewed", token=token),
        **context,
    )


def _back(token: str) -> AnyResponse:
    return redirect(url_for("pay.page", token=token), 303)


def _to_stripe(token: str, url: str | None) -> ResponseReturnValue:
    """Nowhere but to Stripe, whatever the row says."""
    parts = urlsplit(url or "")
    if f"{parts.scheme}://{parts.netloc}" in stripe_origins():
        return redirect(url or "", 303)
    logger.error("a checkout's address is not Stripe's: %s", parts.netloc)
    return _show(token, _known(token), problem=gettext(NOT_AVAILABLE)), 502
