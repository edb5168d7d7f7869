"""Checkout Sessions (docs.stripe.com/api/checkout/sessions)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, id_of, options
from tasks.stripe_gateway.payments import WITH_PAYMENT, PaymentRecord, within

# Of ours, what Stripe's page speaks too: `locale` in docs.stripe.com/api/checkout/sessions/create.
_LANGUAGES = ("en", "de", "fr", "es")


@dataclass(frozen=True, slots=True)
class SessionRecord:
    id: str
    status: str
    payment_status: str
    url: str | None
    payment_intent_id: str | None
    total: Money
    metadata: dict[str, str]


def params(
    *,
    amount: Money,
    title: str,
    name: str,
    language: str,
    page: str,
    expires_at: datetime,
    metadata: dict[str, str],
    email: str | None,
) -> dict[str, Any]:
    """What Stripe is asked for to take this amount once; the customer comes back to `page`.

    The customer reads `name`, and Stripe's page in `language` where Stripe has it, else as their browser says;
    people at the Dashboard read `title`.

    Metadata of a session does not flow to its payment intent, so it stands twice. Adaptive pricing is off:
    customers pay the currency that the invoice names.
    """
    price = {"currency": amount.currency.lower(), "unit_amount": amount.to_stripe(), "product_data": {"name": name}}
    asked: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": f"{page}/return?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": page,
        "locale": language if language in _LANGUAGES else "auto",
        "expires_at": int(expires_at.timestamp()),
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": title},
        "adaptive_pricing": {"enabled": False},
    }
    return asked | ({"customer_email": email} if email else {})


def create(account: str, key: str, asked: dict[str, Any]) -> SessionRecord:
    with calling() as client:
        made = client.v1.checkout.sessions.create(asked, options(account, key))  # type: ignore[arg-type]
    return record_of(made.to_dict())


def look_at(account: str, session_id: str) -> SessionRecord:
    with calling() as client:
        return record_of(client.v1.checkout.sessions.retrieve(session_id, None, options(account)).to_dict())


def look_with_payment(account: str, session_id: str) -> tuple[SessionRecord, *tuple[PaymentRecord, ...]]:
    """The session, and after it the payment that it has led to."""
    with calling() as client:
        asked = client.v1.checkout.sessions.retrieve(session_id, {"expand": WITH_PAYMENT}, options(account))
    found = asked.to_dict()
    return (record_of(found), *within(found))


def expire(account: str, session_id: str) -> SessionRecord:
    """End an open session. A session that is not open any more is refused by Stripe: look at it instead."""
    with calling() as client:
        return record_of(client.v1.checkout.sessions.expire(session_id, None, options(account)).to_dict())


def since(account: str, created: datetime) -> list[SessionRecord]:
    with calling() as client:
        found = client.v1.checkout.sessions.list(
            {"created": {"gte": int(created.timestamp())}, "limit": 100}, options(account)
        )
        return [record_of(session.to_dict()) for session in found.auto_paging_iter()]


def record_of(found: dict[str, Any]) -> SessionRecord:
    return SessionRecord(
        id=found["id"],
        status=found["status"] or "open",
        payment_status=found["payment_status"],
        url=found.get("url"),
        payment_intent_id=id_of(found.get("payment_intent")),
        total=Money.from_stripe(found["amount_total"] or 0, found["currency"] or "usd"),
        metadata=dict(found.get("metadata") or {}),
    )
