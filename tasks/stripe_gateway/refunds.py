"""Refunds (docs.stripe.com/api/refunds)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, id_of, moment, options


@dataclass(frozen=True, slots=True)
class RefundRecord:
    id: str
    payment_intent_id: str | None
    amount: Money
    state: str
    reason: str | None
    failure: str | None
    created: datetime
    metadata: dict[str, str]


def params(payment_intent_id: str, amount: Money, reason: str | None, metadata: dict[str, str]) -> dict[str, Any]:
    """What Stripe is asked for to give this amount of the payment back."""
    asked: dict[str, Any] = {"payment_intent": payment_intent_id, "amount": amount.to_stripe(), "metadata": metadata}
    return asked | ({"reason": reason} if reason else {})


def create(account: str, key: str, asked: dict[str, Any]) -> RefundRecord:
    with calling() as client:
        return _record(client.v1.refunds.create(asked, options(account, key)).to_dict())  # type: ignore[arg-type]


def look_at(account: str, refund_id: str) -> RefundRecord:
    with calling() as client:
        return _record(client.v1.refunds.retrieve(refund_id, None, options(account)).to_dict())


def of_payment(account: str, payment_intent_id: str) -> list[RefundRecord]:
    with calling() as client:
        found = client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100}, options(account))
        return [_record(refund.to_dict()) for refund in found.auto_paging_iter()]


def since(account: str, created: datetime) -> list[RefundRecord]:
    with calling() as client:
        found = client.v1.refunds.list({"created": {"gte": int(created.timestamp())}, "limit": 100}, options(account))
        return [_record(refund.to_dict()) for refund in found.auto_paging_iter()]


def _record(found: dict[str, Any]) -> RefundRecord:
    return RefundRecord(
        id=found["id"],
        payment_intent_id=id_of(found.get("payment_intent")),
        amount=Money.from_stripe(found["amount"], found["currency"]),
        state=found.get("status") or "pending",
        reason=found.get("reason"),
        failure=found.get("failure_reason"),
        created=moment(found["created"]),
        metadata=dict(found.get("metadata") or {}),
    )
