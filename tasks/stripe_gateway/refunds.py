"""Refunds (docs.stripe.com/api/refunds)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, id_of, moment, options, text
from tasks.stripe_gateway.payments import WITH_PAYMENT, PaymentRecord, within


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """`state` is Stripe's word for it, `pending` its reason while it waits."""

    id: str
    payment_intent_id: str | None
    amount: Money
    state: str
    reason: str | None
    failure: str | None
    pending: str | None
    created: datetime
    metadata: dict[str, str]


def params(payment_intent_id: str, amount: Money, reason: str | None, metadata: dict[str, str]) -> dict[str, Any]:
    """What Stripe is asked for to give this amount of the payment back."""
    asked: dict[str, Any] = {"payment_intent": payment_intent_id, "amount": amount.to_stripe(), "metadata": metadata}
    return asked | ({"reason": reason} if reason else {})


def create(account: str, key: str, asked: dict[str, Any]) -> RefundRecord:
    with calling() as client:
        return record_of(client.v1.refunds.create(asked, options(account, key)).to_dict())  # type: ignore[arg-type]


def look_at(account: str, refund_id: str) -> RefundRecord:
    with calling() as client:
        return record_of(client.v1.refunds.retrieve(refund_id, None, options(account)).to_dict())


def look_with_payment(account: str, refund_id: str) -> tuple[*tuple[PaymentRecord, ...], RefundRecord]:
    """The refund, and before it the payment that it gives back."""
    with calling() as client:
        found = client.v1.refunds.retrieve(refund_id, {"expand": WITH_PAYMENT}, options(account)).to_dict()
    return (*within(found), record_of(found))


def of_payment(account: str, payment_intent_id: str) -> list[RefundRecord]:
    with calling() as client:
        found = client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100}, options(account))
        return [record_of(refund.to_dict()) for refund in found.auto_paging_iter()]


def record_of(found: dict[str, Any]) -> RefundRecord:
    return RefundRecord(
        id=found["id"],
        payment_intent_id=id_of(found.get("payment_intent")),
        amount=Money.from_stripe(found["amount"], found["currency"]),
        state=found.get("status") or "pending",
        reason=text(found.get("reason"), 30) or None,
        failure=text(found.get("failure_reason"), 60) or None,
        pending=text(found.get("pending_reason"), 40) or None,
        created=moment(found["created"]),
        metadata=dict(found.get("metadata") or {}),
    )
