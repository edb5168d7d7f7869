"""What the customers' door answers: the page of an invoice, a notice instead of it, or the way to Stripe."""

import logging
from typing import Any
from urllib.parse import urlsplit

from flask import abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from models.base import db
from models.brand_file import logo_of
from models.checkout import NOT_AVAILABLE
from models.invoice import new_operation
from models.language import gettext, speak, spoken
from models.organization import the_organization
from models.pay_page import PayPage, find
from public_views import guessing
from public_views.headers import stripe_origins
from public_views.languages import of_browser, speak_to_customer
from public_views.typed import write_amount

logger = logging.getLogger("paydesk.pay")

# Nothing more is asked of the customer, so an open page waits for no news.
SETTLED = ("paid", "refunded", "void")


def known(token: str, session_id: str = "", comes_back: bool = False) -> PayPage:
    """The page behind the link; the request ends here for a link that is unknown or revoked.

    A customer who comes back from Stripe with a payment of this invoice is told of it all the same.
    """
    found = find(db.session, token, session_id)
    if found is None:
        abort(unknown())
    speak_to_customer(found.language, found.organization)
    if found.is_revoked and not (comes_back and found.checkout):
        abort(notice("replaced" if found.is_replaced else "revoked", 410, found))
    return found


def unknown() -> AnyResponse:
    return _too_many() if guessing.too_many() else notice("unknown", 404)


def _too_many() -> AnyResponse:
    """As cheap as an answer can be: it reads no row, and so names nobody."""
    speak(of_browser())
    return make_response(render_template("pay/too_many.html"), 429, {"Retry-After": str(guessing.SECONDS)})


def notice(kind: str, code: int, page: PayPage | None = None) -> AnyResponse:
    organization = the_organization(db.session)
    if not spoken():
        speak_to_customer(None, organization)
    shown = render_template(
        "pay/notice.html", kind=kind, page=page, organization=organization, logo=logo_of(db.session, organization)
    )
    return make_response(shown, code)


def show(
    token: str, found: PayPage, waiting: str = "", session_id: str = "", typed: str | None = None, **context: Any
) -> str:
    if found.is_revoked:
        abort(notice("returned", 410, found))
    state = found.state_for(waiting)
    ask = {"token": token, "waiting": waiting or None, "session_id": session_id or None}
    return render_template(
        "pay/invoice.html",
        page=found,
        state=state,
        operation=new_operation(),
        typed=write_amount(found.parts.suggested) if typed is None and found.parts else typed,
        came_back=bool(session_id),
        status_url=url_for("pay.status", **ask) if state not in SETTLED else None,
        pay_url=url_for("pay.page", token=token),
        viewed_url=url_for("pay.viewed", token=token),
        **context,
    )


def back(token: str) -> AnyResponse:
    return redirect(url_for("pay.page", token=token), 303)


def to_stripe(token: str, url: str | None) -> ResponseReturnValue:
    """Nowhere but to Stripe, whatever the row says."""
    parts = urlsplit(url or "")
    if f"{parts.scheme}://{parts.netloc}" in stripe_origins():
        return redirect(url or "", 303)
    logger.error("a checkout's address is not Stripe's: %s", parts.netloc)
    return show(token, known(token), problem=gettext(NOT_AVAILABLE)), 502
