"""Customers' door: the page of one invoice, on which it is paid."""

import logging
import uuid

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from models.checkout import NOT_AVAILABLE
from models.language import gettext, marked
from models.money import Money
from models.pay_page import SESSION_ID, PayPage
from models.refusal import Conflict, OutsideError, Refused
from public_views.pay_answers import back, known, show, to_stripe
from public_views.pay_door import door
from public_views.typed import read_amount, write_amount
from tasks import later
from tasks.checkouts import CHANGED, look_at_checkout, open_checkout
from tasks.pay_links import note_opening, record_view

logger = logging.getLogger("paydesk.pay")

STRIPE_SILENT = marked("Stripe does not answer right now. This press charged nothing; please try again in a moment.")
INCOMPLETE = marked("That did not arrive completely. Nothing was charged; please press Pay again.")
# A form that names no version was shown when there was only one.
FIRST = "1"


@door.get("/<token>")
def page(token: str) -> str:
    """The invoice and, while something is due, the button. Calls nobody, writes nothing."""
    found = known(token)
    if found.is_opening_news and not current_user.is_authenticated:
        later(note_opening, found.link_id)
    return show(token, found)


@door.post("/<token>")
def pay(token: str) -> ResponseReturnValue:
    """On to Stripe's page, or the page again with the sentence why not."""
    found, typed = known(token), request.form.get("amount")
    try:
        operation, version = str(uuid.UUID(request.form.get("operation", ""))), int(request.form.get("version", FIRST))
    except ValueError:
        return show(token, found, problem=gettext(INCOMPLETE) if found.state == "open" else "", typed=typed), 400
    if version != found.invoice.version:  # what was typed may be of another currency
        return show(token, found, problem=gettext(CHANGED)), 409
    try:
        amount = None if typed is None else read_amount(typed, found.invoice.currency)
    except Refused as error:
        return show(token, found, amount_error=str(error), typed=typed), 400
    return _open(token, found, operation, amount)


def _open(token: str, found: PayPage, operation: str, amount: Money | None) -> ResponseReturnValue:
    typed, asked = write_amount(amount) if amount else None, _asked(found)
    invoice_id, version = found.invoice.id, found.invoice.version
    record_view(invoice_id, by_staff=current_user.is_authenticated)
    try:
        url = open_checkout(invoice_id, operation, amount, version, link_id=found.link_id)
    except Conflict as error:
        found = known(token)
        same = asked == _asked(found)  # else what was typed has just been paid, or is of another currency
        return show(token, found, problem=str(error), typed=typed if same else None), 409
    except Refused as error:
        where = "amount_error" if amount else "problem"
        return show(token, known(token), typed=typed, **{where: str(error)}), 409
    except OutsideError as error:
        logger.warning("no checkout was opened: %s", error)
        problem = gettext(NOT_AVAILABLE if error.permanent else STRIPE_SILENT)
        return show(token, known(token), typed=typed, problem=problem), 503
    return to_stripe(token, url) if url else redirect(url_for("pay.proceed", token=token), 303)


def _asked(found: PayPage) -> tuple[int, Money]:
    """What the invoice asks for."""
    return found.invoice.version, found.invoice.due()


@door.get("/<token>/continue")
def proceed(token: str) -> ResponseReturnValue:
    """On to Stripe's page as soon as there is one; the page asks by itself."""
    found = known(token)
    if found.state_for("checkout") == "connecting":
        return show(token, found, waiting="checkout")
    if found.checkout and found.checkout.state == "failed":
        return show(token, found, problem=found.checkout.why_failed)
    usable = found.checkout and found.checkout.state == "open" and found.state == "open"
    return to_stripe(token, found.checkout.url) if usable and found.checkout else back(token)


@door.get("/<token>/return")
def come_back(token: str) -> ResponseReturnValue:
    """From Stripe's page: what became of the payment, or that it is not confirmed yet."""
    session_id = request.args.get("session_id", "")
    is_named = SESSION_ID.fullmatch(session_id) is not None
    found = known(token, session_id, comes_back=is_named)
    if found.checkout is None or not is_named:
        return back(token)
    if found.state_for("payment") == "confirming":
        try:
            look_at_checkout(found.checkout.id)
        except OutsideError as error:
            logger.warning("a payment is not confirmed yet: %s", error)
            return show(token, known(token, session_id, is_named), waiting="payment", session_id=session_id)
    return show(token, known(token, session_id, is_named), session_id=session_id)


@door.get("/", defaults={"rest": ""})
@door.get("/<path:rest>")
def mangled(rest: str) -> AnyResponse:
    """Links that a mail program has broken: with something behind the right link they lead to its page."""
    token = rest.partition("/")[0]
    known(token)
    return back(token)
