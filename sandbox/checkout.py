from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import payments
from sandbox.cards import BY_NUMBER, find_card
from sandbox.disputes import open_dispute
from sandbox.errors import Refused, invalid
from sandbox.events import change
from sandbox.sessions import NO_CHARGES
from sandbox.shapes import Json, shaped
from sandbox.waiting import after_debit

if TYPE_CHECKING:
    from sandbox.world import World

_NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


@dataclass(frozen=True)
class Attempt:
    """One press of the Pay button. A refusal is the sentence shown; the session then stays open."""

    session: Json
    refusal: str | None = None


def expire_session(world: World, session: Json) -> Json:
    if session["status"] != "open":
        # Wording: Sylius/PayumStripePlugin#70.
        words = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
        raise invalid(words)
    account = world.owner(session["id"])
    if session["payment_intent"]:
        payments.cancel_intent(world, world.object(session["payment_intent"], "payment_intent"))
    return change(world, account, "checkout.session.expired", session, status="expired", url=None)


def pay(world: World, session_id: str, card: str, email: str | None, name: str | None, authenticate: bool) -> Attempt:
    """The customer pays with a test card's number, or with `us_bank_account` or `sepa_debit`."""
    session = open_session(world, session_id)
    email = email or session["customer_email"] or "jenny@example.com"
    if card in payments.DEBITS:
        return _pay_by_debit(world, session, card, email, name)
    known = find_card(card)
    if isinstance(known, str):
        return Attempt(session, known)
    intent = ask(world, session) if known.asks else confirm(world, session)
    if known.asks and not authenticate:
        payments.fail_authentication(world, intent)
        return Attempt(session, _NOT_AUTHENTICATED)
    if not payments.charge_card(world, intent, known, email, name):
        return Attempt(session, intent["last_payment_error"]["message"])
    _complete(world, session, "paid", email, name)
    if known.disputed:
        open_dispute(world, intent["latest_charge"])
    return Attempt(session)


def open_session(world: World, session_id: str) -> Json:
    world.tick()
    session = world.object(session_id, "checkout.session")
    if session["status"] != "open":
        raise Refused(f"This checkout is {session['status']}.")
    if not world.account(world.owner(session_id))["charges_enabled"]:
        raise Refused(NO_CHARGES)
    return session


def confirm(world: World, session: Json) -> Json:
    """The PaymentIntent is made by the first attempt and kept for the next ones."""
    if session["payment_intent"]:
        return world.object(session["payment_intent"], "payment_intent")
    account = world.owner(session["id"])
    total, currency, types = session["amount_total"], session["currency"], session["payment_method_types"]
    intent = payments.new_intent(world, account, total, currency, types, session["_intent"])
    session["payment_intent"] = intent["id"]
    world.store.save(session)
    return intent


def ask(world: World, session: Json) -> Json:
    intent = confirm(world, session)
    if intent["status"] != "requires_action":
        payments.ask_for_authentication(world, intent)
    return intent


def _pay_by_debit(world: World, session: Json, method: str, email: str, name: str | None) -> Attempt:
    if method not in session["payment_method_types"]:
        return Attempt(session, "This payment method is not available here.")
    payments.start_debit(world, confirm(world, session), method, email, name)
    _complete(world, session, "unpaid", email, name)
    return Attempt(session)


def _complete(world: World, session: Json, payment_status: str, email: str, name: str | None) -> None:
    details = shaped("checkout.session")["customer_details"] | {"email": email, "name": name}
    fields = {"status": "complete", "payment_status": payment_status, "url": None}
    account = world.owner(session["id"])
    change(world, account, "checkout.session.completed", session, customer_details=details, **fields)


def settle(world: World, intent_id: str, outcome: str) -> Json:
    intent = world.object(intent_id, "payment_intent")
    payments.settle_debit(world, intent, outcome)
    where = {"json_extract(body, '$.payment_intent') = ?": intent_id}
    for session in world.store.select("checkout.session", where):
        paid = "paid" if outcome == "succeeded" else "unpaid"
        type = f"checkout.session.async_payment_{outcome}"
        change(world, world.owner(session["id"]), type, session, payment_status=paid)
    after_debit(world, intent["latest_charge"], outcome)
    return intent


def foreign_charge(world: World, account: str, amount: int, currency: str, metadata: Json | None = None) -> Json:
    """Money that the account earned elsewhere: an intent and a charge of which the platform knows nothing."""
    data = {"description": "Sold elsewhere", "metadata": metadata}
    intent = payments.new_intent(world, account, amount, currency, ["card"], data)
    intent["application"] = None
    payments.charge_card(world, intent, BY_NUMBER["4242424242424242"], "elsewhere@example.com", None)
    return world.object(intent["latest_charge"], "charge")
