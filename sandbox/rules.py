"""Rules between parameters that no TypedDict can say, each with its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from sandbox import money
from sandbox.errors import invalid, unsupported
from sandbox.params import missing

Params = dict[str, Any]
Rule = Callable[[Params, int], None]

_LATER = ("price", "tax_rates", "dynamic_tax_rates", "adjustable_quantity")
_NOT_HERE = (
    "automatic_tax",
    "consent_collection",
    "custom_fields",
    "customer",
    "customer_account",
    "discounts",
    "invoice_creation",
    "managed_payments",
    "optional_items",
    "shipping_address_collection",
    "shipping_options",
    "tax_id_collection",
)
_NOT_IN_INTENT = ("application_fee_amount", "capture_method", "on_behalf_of", "shipping", "transfer_data")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


def metadata(params: Params, now: int) -> None:
    """https://docs.stripe.com/metadata#data: 50 keys of 40 characters, values of 500."""
    for path, pairs in _metadata_of(params):
        if len(pairs) > 50:
            raise invalid("Metadata can have up to 50 keys.", path)
        for name, value in pairs.items():
            if len(name) > 40:
                words = f"Metadata keys can be up to 40 characters; '{name}' has {len(name)}."
                raise invalid(words, f"{path}[{name}]", "parameter_invalid_string")
            if len(value) > 500:
                words = f"Metadata values can have up to 500 characters, but you passed in {len(value)}."
                raise invalid(words, f"{path}[{name}]", "parameter_invalid_string")


def _metadata_of(params: Params) -> list[tuple[str, dict[str, str]]]:
    found = [("metadata", params.get("metadata"))]
    found.append(("payment_intent_data[metadata]", (params.get("payment_intent_data") or {}).get("metadata")))
    for index, line in enumerate(params.get("line_items") or []):
        found.append((f"line_items[{index}][metadata]", line.get("metadata")))
    return [(path, pairs) for path, pairs in found if isinstance(pairs, dict)]


def mode(params: Params, now: int) -> None:
    """https://docs.stripe.com/api/checkout/sessions/create: `mode` has no default with price_data."""
    if "mode" not in params:
        raise missing("mode")
    if params["mode"] != "payment":
        raise unsupported(f"mode={params['mode']}", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise unsupported(f"ui_mode={params['ui_mode']}", "ui_mode")


def supported(params: Params, now: int) -> None:
    for name in _NOT_HERE:
        if name in params:
            raise unsupported(name, name)
    for name in _NOT_IN_INTENT:
        if name in (params.get("payment_intent_data") or {}):
            raise unsupported(name, f"payment_intent_data[{name}]")


def addresses(params: Params, now: int) -> None:
    """The SDK's docstrings: success_url belongs to hosted_page, return_url to the embedded modes."""
    if "success_url" not in params:
        raise missing("success_url")
    if "return_url" in params:
        raise invalid("`return_url` can only be used with embedded modes. Use `success_url`.", "return_url")
    for name in ("success_url", "cancel_url"):
        if name in params and not is_address(params[name]):
            raise invalid("Not a valid URL", name, "url_invalid")


def is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)


def customer_email(params: Params, now: int) -> None:
    """https://docs.stripe.com/error-codes#email-invalid"""
    email = params.get("customer_email")
    if email is not None and (not _EMAIL.fullmatch(email) or len(email) > 800):
        raise invalid(f"Invalid email address: {email}", "customer_email", "email_invalid")


def expires_at(params: Params, now: int) -> None:
    """The SDK's docstring: "It can be anywhere from 30 minutes to 24 hours after Checkout Session creation"."""
    moment = params.get("expires_at")
    if moment is None:
        return
    if moment < now + 30 * 60:
        words = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise invalid(words, "expires_at")
    if moment > now + 24 * 3600:
        words = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise invalid(words, "expires_at")


def line_items(params: Params, now: int) -> None:
    """The SDK's docstring: required in payment mode, at most 100 lines."""
    lines = params.get("line_items")
    if not lines:
        raise missing("line_items")
    if len(lines) > 100:
        raise invalid("You can specify at most 100 line items.", "line_items")
    for index, line in enumerate(lines):
        _line(line, f"line_items[{index}]")
    if len({line["price_data"]["currency"].lower() for line in lines}) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    _total(lines)


def _line(line: Params, path: str) -> None:
    for name in _LATER:
        if name in line:
            raise unsupported(name, f"{path}[{name}]")
    if "price_data" not in line:
        raise invalid(f"You must specify either `price` or `price_data` in {path}.", path, "parameter_missing")
    price = line["price_data"]
    for name in ("product", "recurring"):
        if name in price:
            raise unsupported(name, f"{path}[price_data][{name}]")
    if "product_data" not in price:
        raise invalid(
            "You must specify either `product` or `product_data` when creating a price.",
            f"{path}[price_data]",
        )
    if line.get("quantity") is None:
        raise invalid(f"Quantity is required. Add `quantity` to `{path}`", path, "parameter_missing")
    if line["quantity"] < 1:
        _below(f"{path}[quantity]", "1")
    _price(price, f"{path}[price_data]")


def _below(param: str, least: str) -> None:
    words = f"This value must be greater than or equal to {least}."
    raise invalid(words, param, "parameter_invalid_integer")


def _price(price: Params, path: str) -> None:
    """The SDK's docstring: exactly one of unit_amount and unit_amount_decimal, with at most 12 decimal places."""
    currency(price["currency"], f"{path}[currency]")
    if ("unit_amount" in price) == ("unit_amount_decimal" in price):
        words = "You must specify exactly one of `unit_amount` and `unit_amount_decimal`."
        raise invalid(words, path)
    unit = _unit(price)
    if unit < 0:
        _below(f"{path}[unit_amount]", "0")
    if -int(unit.as_tuple().exponent) > 12:
        raise invalid("Decimals can have at most 12 places.", f"{path}[unit_amount_decimal]")
    whole_units(unit, price["currency"].lower(), f"{path}[unit_amount]")


def currency(code: str, param: str) -> None:
    """https://docs.stripe.com/currencies"""
    if code.lower() not in money.CURRENCIES:
        words = f"Invalid currency: {code.lower()}. Stripe currently supports these currencies: "
        raise invalid(words + ", ".join(sorted(money.CURRENCIES)), param)


def whole_units(amount: Decimal | int, code: str, param: str) -> None:
    """https://docs.stripe.com/currencies#special-cases and #three-decimal"""
    if code in money.WHOLE_ONLY and amount % 100:
        raise invalid(f"Amounts in {code} must be evenly divisible by 100.", param)
    if code in money.THREE_DECIMAL and amount % 10:
        words = f"Amounts in {code} must have 0 as their last digit, e.g. 5.120 is sent as 5120."
        raise invalid(words, param)


def _total(lines: list[Params]) -> None:
    """https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""
    code = lines[0]["price_data"]["currency"].lower()
    total = sum(_amount(line) for line in lines)
    least = money.SMALLEST.get(code, 1)
    if total < least:
        words = f"The Checkout Session's total amount due must add up to at least {money.written(least, code)}"
        raise invalid(f"{words} {code}", "line_items", "amount_too_small")
    if total > money.LARGEST:
        words = f"The Checkout Session's total amount must be no more than {money.written(money.LARGEST, code)}"
        raise invalid(words, "line_items", "amount_too_large")


def _amount(line: Params) -> Decimal:
    return (_unit(line["price_data"]) * int(line["quantity"])).quantize(Decimal(1), "ROUND_HALF_UP")


def _unit(price: Params) -> Decimal:
    return Decimal(price["unit_amount"] if "unit_amount" in price else price["unit_amount_decimal"])


def limits(params: Params, now: int) -> None:
    """The SDK's docstrings: 200 characters for client_reference_id; payment methods are dynamic."""
    if len(params.get("client_reference_id", "")) > 200:
        raise invalid("Invalid string: must be at most 200 characters", "client_reference_id")
    if "allowed_payment_method_types" in params and "excluded_payment_method_types" in params:
        words = "You cannot use `allowed_payment_method_types` with `excluded_payment_method_types`."
        raise invalid(words, "allowed_payment_method_types")
    suffix = (params.get("payment_intent_data") or {}).get("statement_descriptor_suffix", "")
    if len(suffix) > 22:
        words = "The statement descriptor suffix must be at most 22 characters."
        raise invalid(words, "payment_intent_data[statement_descriptor_suffix]")


def refund_target(params: Params, now: int) -> None:
    """Wording: bhrugen/Bulky#8 and the SDK's docstring of refunds.create."""
    given = [name for name in ("charge", "payment_intent") if name in params]
    if not given:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    if len(given) == 2:
        raise invalid("You may only specify one of these parameters: charge, payment_intent.", given[0])
    for name in ("currency", "customer", "origin", "refund_application_fee", "reverse_transfer"):
        if name in params:
            raise unsupported(name, name)


def refund_amount(params: Params, now: int) -> None:
    if "amount" in params and params["amount"] < 1:
        _below("amount", "1")


SESSION: tuple[Rule, ...] = (
    mode,
    supported,
    line_items,
    addresses,
    customer_email,
    expires_at,
    limits,
    metadata,
)
REFUND: tuple[Rule, ...] = (refund_target, refund_amount, metadata)
