"""Payment intents with their latest charge (docs.stripe.com/api/payment_intents)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, id_of, moment, options

_EXPAND = ["latest_charge.balance_transaction"]
_SPELLED = {"us_bank_account": "US bank account", "sepa_debit": "SEPA debit"}


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """`status` is one of open, processing, succeeded, failed, canceled."""

    payment_intent_id: str
    status: str
    amount: Money
    captured: Money
    charge_id: str | None
    fee: Money | None
    method: str
    failure: str | None
    created: datetime
    metadata: dict[str, str]


def look_at(account: str, payment_intent_id: str) -> PaymentRecord:
    with calling() as client:
        found = client.v1.payment_intents.retrieve(payment_intent_id, {"expand": _EXPAND}, options(account))
    return _record(found.to_dict())


def since(account: str, created: datetime) -> list[PaymentRecord]:
    with calling() as client:
        found = client.v1.payment_intents.list(
            {
                "created": {"gte": int(created.timestamp())},
                "limit": 100,
                "expand": [f"data.{path}" for path in _EXPAND],
            },
            options(account),
        )
        return [_record(intent.to_dict()) for intent in found.auto_paging_iter()]


def _record(found: dict[str, Any]) -> PaymentRecord:
    charge = found.get("latest_charge")
    charge = charge if isinstance(charge, dict) else None
    status = _status(found)
    received = found["amount_received"] if status == "succeeded" else 0
    return PaymentRecord(
        payment_intent_id=found["id"],
        status=status,
        amount=Money.from_stripe(found["amount"], found["currency"]),
        captured=Money.from_stripe(received, found["currency"]),
        charge_id=id_of(found.get("latest_charge")),
        fee=_fee(charge),
        method=_method(charge),
        failure=(found.get("last_payment_error") or {}).get("message"),
        created=moment(charge["created"] if charge else found["created"]),
        metadata=dict(found.get("metadata") or {}),
    )


def _status(found: dict[str, Any]) -> str:
    """A declined card leaves the intent open for another; a failed charge of a bank debit ends it."""
    status = found["status"]
    if status in ("succeeded", "processing", "canceled"):
        return str(status)
    charge = found.get("latest_charge")
    failed = isinstance(charge, dict) and charge["status"] == "failed"
    return "failed" if failed and found.get("last_payment_error") else "open"


def _fee(charge: dict[str, Any] | None) -> Money | None:
    transaction = charge and charge.get("balance_transaction")
    if not isinstance(transaction, dict):
        return None
    return Money.from_stripe(transaction["fee"], transaction["currency"])


def _method(charge: dict[str, Any] | None) -> str:
    details = (charge or {}).get("payment_method_details") or {}
    kind = details.get("type") or ""
    card = details.get("card") or {}
    if kind == "card" and card.get("last4"):
        return f"{(card.get('brand') or 'card').capitalize()} •••• {card['last4']}"
    last4 = (details.get(kind) or {}).get("last4")
    words = _SPELLED.get(kind) or kind.replace("_", " ").capitalize()
    return f"{words} •••• {last4}" if last4 else words
