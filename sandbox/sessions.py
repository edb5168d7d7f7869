"""A Checkout Session as it is made from its parameters."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox.errors import invalid
from sandbox.ids import new_id
from sandbox.money import SMALLEST, written
from sandbox.rates import converted
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
NO_CHARGES = (
    "This Connect account cannot currently make live charges. The `requirements.disabled_reason` property on "
    "the account will provide information about why this account is currently disabled. If you are a customer "
    "trying to make a purchase, please contact the owner of this site. Your transaction has not been processed."
)
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


def create_session(world: World, account: str, params: Json) -> Json:
    if not world.account(account)["charges_enabled"]:
        raise invalid(NO_CHARGES)
    lines = [_line(line) for line in params["line_items"]]
    total = sum(line["amount_total"] for line in lines)
    currency = lines[0]["currency"]
    _check_settlement(world, account, total, currency)
    methods = _methods(world, account, currency, params)
    session = _session(params, world.clock.now()) | {
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "payment_method_types": methods,
        "_line_items": lines,
    }
    session["url"] = f"{world.settings.base_url}/c/pay/{session['id']}"
    world.store.add(account, session)
    world.later(session["expires_at"] - session["created"], "expire_session", session["id"])
    return session


def _session(params: Json, now: int) -> Json:
    return shaped(
        "checkout.session",
        **dict.fromkeys(_NOT_USED),
        **{name: params.get(name) for name in _ECHOED},
        id=new_id("cs"),
        # Adaptive pricing is on by default but never changes the amounts of the session itself:
        # https://docs.stripe.com/payments/checkout/adaptive-pricing
        adaptive_pricing=params.get("adaptive_pricing") or {"enabled": True},
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        created=now,
        custom_text=dict.fromkeys(_TEXTS),
        expires_at=params.get("expires_at") or now + _DAY,
        invoice_creation={"enabled": False, "invoice_data": None},
        metadata=params.get("metadata") or {},
        mode="payment",
        # Null until the session is confirmed, since 2022-08-01:
        # https://docs.stripe.com/changelog/2022-08-01/deferred-paymentintent-checkout-session
        payment_intent=None,
        payment_method_collection="if_required",
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        _intent=params.get("payment_intent_data") or {},
    )


def _check_settlement(world: World, account: str, total: int, currency: str) -> None:
    """The smallest charge counts in the account's currency too: https://docs.stripe.com/currencies#conversion."""
    own = world.currency_of(account)
    settled, least = converted(total, currency, own), SMALLEST.get(own, 1)
    if settled < least:
        words = f"The Checkout Session's total amount must convert to at least {written(least, own)}."
        shown = f"{written(total, currency)} converts to approximately {written(settled, own)}."
        raise invalid(f"{words} {shown}", code="amount_too_small")


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
