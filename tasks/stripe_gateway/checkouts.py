"""Checkout Sessions (docs.stripe.com/api/checkout/sessions)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, id_of, options


@dataclass(frozen=True, slots=True)
class SessionRecord:
    id: str
    status: str
    payment_status: str
    url: str | None
    payment_intent_id: str | None
    total: Money
    metadata: dict[str, str]


def create(account: str, key: str, params: dict[str, Any]) -> SessionRecord:
    with calling() as client:
        made = client.v1.checkout.sessions.create(params, options(account, key))  # type: ignore[arg-type]
    return _record(made.to_dict())


def look_at(account: str, session_id: str) -> SessionRecord:
    with calling() as client:
        return _record(client.v1.checkout.sessions.retrieve(session_id, None, options(account)).to_dict())


def expire(account: str, session_id: str) -> SessionRecord:
    """End an open session. A session that is not open any more is refused by Stripe: look at it instead."""
    with calling() as client:
        return _record(client.v1.checkout.sessions.expire(session_id, None, options(account)).to_dict())


def since(account: str, created: datetime) -> list[SessionRecord]:
    with calling() as client:
        found = client.v1.checkout.sessions.list(
            {"created": {"gte": int(created.timestamp())}, "limit": 100}, options(account)
        )
        return [_record(session.to_dict()) for session in found.auto_paging_iter()]


def _record(found: dict[str, Any]) -> SessionRecord:
    return SessionRecord(
        id=found["id"],
        status=found["status"] or "open",
        payment_status=found["payment_status"],
        url=found.get("url"),
        payment_intent_id=id_of(found.get("payment_intent")),
        total=Money.from_stripe(found["amount_total"] or 0, found["currency"] or "usd"),
        metadata=dict(found.get("metadata") or {}),
    )
