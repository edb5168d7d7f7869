"""The hosted Checkout page, where the customer pays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.cards import BY_NUMBER, CARDS
from sandbox.errors import Refused
from sandbox.guard import allow_form_to
from sandbox.money import written
from sandbox.payments import DEBITS
from sandbox.shapes import Json

if TYPE_CHECKING:
    from sandbox.world import World

Page = str | tuple[str, int] | Response
_DEBIT_NAMES = {"us_bank_account": "US bank account", "sepa_debit": "SEPA debit"}


def init_app(app: Flask, world: World) -> None:
    pages = Blueprint("checkout", __name__, url_prefix="/c")
    pages.add_url_rule("/pay/<session_id>", "show", partial(_show, world), methods=["GET"])
    pages.add_url_rule("/pay/<session_id>", "pay", partial(_pay, world), methods=["POST"])
    app.register_blueprint(pages)
    app.add_url_rule("/receipts/<charge_id>", "receipt", partial(_receipt, world))
    app.add_template_filter(written, "money")


def _show(world: World, session_id: str) -> Page:
    world.tick()
    session = world.store.find(session_id, "checkout.session")
    if session is None or session["status"] != "open":
        return _closed(world, session)
    return _form(world, session)


def _pay(world: World, session_id: str) -> Page:
    """One press of a Pay button: with a test card, a typed number, or a bank debit."""
    world.tick()
    session = world.store.find(session_id, "checkout.session")
    if session is None or session["status"] != "open":
        return _closed(world, session)
    method = request.form.get("method") or request.form.get("card", "")
    outcome = request.form.get("authentication")
    card = BY_NUMBER.get("".join(method.split()))
    try:
        if card and card.asks and outcome is None:
            return _authentication(world, session, method)
        world.pay(session_id, method, _typed("email"), _typed("name"), authenticate=outcome != "fail")
    except Refused as refusal:
        session = world.object(session_id, "checkout.session")
        return _form(world, session, str(refusal)) if session["status"] == "open" else _closed(world, session)
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id), 303)


def _typed(field: str) -> str | None:
    return request.form.get(field, "").strip() or None


def _form(world: World, session: Json, message: str | None = None) -> Page:
    allow_form_to(session["success_url"])
    debits = {name: _DEBIT_NAMES[name] for name in DEBITS if name in session["payment_method_types"]}
    return render_template(
        "checkout.html",
        session=session,
        merchant=_merchant(world, session),
        cards=CARDS,
        debits=debits,
        message=message,
        email=_typed("email") or session["customer_email"] or "",
        name=_typed("name") or "",
    )


def _authentication(world: World, session: Json, method: str) -> Page:
    world.ask_for_authentication(session["id"])
    allow_form_to(session["success_url"])
    return render_template(
        "authentication.html",
        session=session,
        merchant=_merchant(world, session),
        method=method,
        email=_typed("email") or "",
        name=_typed("name") or "",
    )


def _closed(world: World, session: Json | None) -> Page:
    page = render_template(
        "checkout_closed.html",
        session=session,
        merchant=_merchant(world, session) if session else "Checkout",
    )
    return page, 404 if session is None else 200


def _merchant(world: World, session: Json) -> str:
    branding = session.get("branding_settings") or {}
    account = world.account(world.owner(session["id"]))
    return str(branding.get("display_name") or account["business_profile"]["name"])


def _receipt(world: World, charge_id: str) -> Page:
    charge = world.store.find(charge_id, "charge")
    if charge is None:
        return _closed(world, None)
    merchant = world.account(world.owner(charge_id))["business_profile"]["name"]
    return render_template("receipt.html", charge=charge, merchant=merchant)
