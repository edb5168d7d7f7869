from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox import payments
from sandbox.cards import BY_NUMBER, find_card
from sandbox.disputes import open_dispute
from sandbox.errors import Refused, invalid
from sandbox.events import change
from sandbox.ids import new_id
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

_DAY = 86_400
_ECHOED = (
    "billing_address_collection",
    "branding_settings",
    "cancel_url",
    "client_reference_id",
    "customer_creation",
    "customer_email",
    "integration_identifier",
    "locale",
    "submit_type",
    "success_url",
)
_NOT_USED = (
    "after_expiration",
    "automatic_tax",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer_details",
    "payment_method_configuration_details",
    "permissions",
    "saved_payment_method_options",
    "shipping_address_collection",
    "shipping_cost",
    "wallet_options",
    "managed_payments",
)

# Wording: opencollective/opencollective#5997.
_NO_CHARGES = (
    "This Connect account cannot currently make live charges. The `requirements.disabled_reason` property on "
    "the account will provide information about why this account is currently disabled. If you are a customer "
    "trying to make a purchase, please contact the owner of this site. Your transaction has not been processed."
)
_NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


@dataclass(frozen=True)
class Attempt:
    """One press of the Pay button. A refusal is the sentence shown; the session then stays open."""

    session: Json
    refusal: str | None = None


def create_session(world: World, account: str, params: Json) -> Json:
    if not world.account(account)["charges_enabled"]:
        raise invalid(_NO_CHARGES)
    lines = [_line(line) for line in params["line_items"]]
    total = sum(line["amount_total"] for line in lines)
    id = new_id("cs")
    now = world.clock.now()
    # Adaptive pricing is on by default but never changes the amounts of the session itself:
    # https://docs.stripe.com/payments/checkout/adaptive-pricing
    pricing = params.get("adaptive_pricing") or {"enabled": True}
    session = shaped(
        "checkout.session",
        **dict.fromkeys(_NOT_USED),
        **{name: params.get(name) for name in _ECHOED},
        id=id,
        adaptive_pricing=pricing,
        amount_subtotal=total,
        amount_total=total,
        created=now,
        currency=lines[0]["currency"],
        custom_text=dict.fromkeys(_TEXTS),
        expires_at=params.get("expires_at") or now + _DAY,
        invoice_creation={"enabled": False, "invoice_data": None},
        metadata=params.get("metadata") or {},
        mode="payment",
        # Null until the session is confirmed, since 2022-08-01:
        # https://docs.stripe.com/changelog/2022-08-01/deferred-paymentintent-checkout-session
        payment_intent=None,
        payment_method_collection="if_required",
        payment_method_types=_methods(world, account, lines[0]["currency"], params),
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{world.settings.base_url}/c/pay/{id}",
        _line_items=lines,
        _intent=params.get("payment_intent_data") or {},
    )
    session["automatic_tax"] = {"enabled": False, "liability": None, "provider": None, "status": None}
    world.store.add(account, session)
    world.later(session["expires_at"] - now, "expire_session", id)
    return session


def _line(params: Json) -> Json:
    price = params["price_data"]
    unit = Decimal(price.get("unit_amount_decimal", price.get("unit_amount", 0)))
    amount = int((unit * params.get("quantity", 1)).quantize(Decimal(1), ROUND_HALF_UP))
    currency = price["currency"].lower()
    item = shaped("item", id=new_id("li"), amount_subtotal=amount, amount_total=amount, currency=currency)
    item |= {"description": price["product_data"]["name"], "quantity": params.get("quantity", 1)}
    item |= {"adjustable_quantity": None, "metadata": params.get("metadata") or {}}
    item["price"] |= {
        "id": new_id("price"),
        "active": False,
        "created": 0,
        "currency": currency,
        "custom_unit_amount": None,
        "product": new_id("prod"),
        "recurring": None,
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "transform_quantity": None,
        "unit_amount": int(unit) if unit == int(unit) else None,
        "unit_amount_decimal": str(unit.normalize() if unit != int(unit) else int(unit)),
    }
    return item


def _methods(world: World, account: str, currency: str, params: Json) -> list[str]:
    """Dynamic payment methods: what the account has enabled and the currency allows, less what is excluded."""
    capabilities = world.account(account)["capabilities"]
    found = ["card"]
    if currency == "usd" and "us_bank_account_ach_payments" in capabilities:
        found.append("us_bank_account")
    if currency == "eur" and "sepa_debit_payments" in capabilities:
        found.append("sepa_debit")
    allowed = params.get("allowed_payment_method_types") or found
    excluded = params.get("excluded_payment_method_types") or []
    types = [method for method in found if method in allowed and method not in excluded]
    if not types:
        raise invalid("No valid payment method types for this Checkout Session.")
    return types


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
        raise Refused(_NO_CHARGES)
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
    return intent


def foreign_charge(world: World, account: str, amount: int, currency: str) -> Json:
    """Money that the account earned elsewhere: an intent and a charge without a word of the platform."""
    intent = payments.new_intent(world, account, amount, currency, ["card"], {"description": "Sold elsewhere"})
    intent["application"] = None
    payments.charge_card(world, intent, BY_NUMBER["4242424242424242"], "elsewhere@example.com", None)
    return world.object(intent["latest_charge"], "charge")
