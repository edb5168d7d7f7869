"""Disputes (docs.stripe.com/api/disputes)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, id_of, moment, options, text
from tasks.stripe_gateway.payments import WITH_PAYMENT, PaymentRecord, within


@dataclass(frozen=True, slots=True)
class DisputeRecord:
    """`withdrawn` is what Stripe holds back now: nothing once it was reinstated, which was at that moment."""

    id: str
    charge_id: str
    payment_intent_id: str | None
    status: str
    reason: str
    network: str
    amount: Money
    withdrawn: int
    fee: int
    is_charge_refundable: bool
    submission_count: int
    due_by: datetime | None
    created: datetime
    reinstated: datetime | None = None


def look_at(account: str, dispute_id: str) -> DisputeRecord:
    with calling() as client:
        return record_of(client.v1.disputes.retrieve(dispute_id, None, options(account)).to_dict())


def look_with_payment(account: str, dispute_id: str) -> tuple[*tuple[PaymentRecord, ...], DisputeRecord]:
    """The dispute, and before it the payment that is disputed."""
    with calling() as client:
        found = client.v1.disputes.retrieve(dispute_id, {"expand": WITH_PAYMENT}, options(account)).to_dict()
    return (*within(found), record_of(found))


def record_of(found: dict[str, Any]) -> DisputeRecord:
    currency = found["currency"]
    evidence = found.get("evidence_details") or {}
    moved = found.get("balance_transactions") or []
    # They are in the currency that the account settles in, which need not be the dispute's.
    is_withdrawn = sum(t["amount"] for t in moved) < 0
    in_currency = [t for t in moved if t["currency"] == currency]
    due_by = evidence.get("due_by")
    return DisputeRecord(
        id=found["id"],
        charge_id=id_of(found["charge"]) or "",
        payment_intent_id=id_of(found.get("payment_intent")),
        status=text(found["status"], 40),
        reason=text(found.get("reason"), 60),
        network=_network(found.get("payment_method_details") or {}),
        amount=Money.from_stripe(found["amount"], currency),
        withdrawn=Money.from_stripe(found["amount"], currency).amount if is_withdrawn else 0,
        fee=Money.from_stripe(sum(t["fee"] for t in in_currency), currency).amount,
        is_charge_refundable=bool(found.get("is_charge_refundable")),
        submission_count=evidence.get("submission_count") or 0,
        due_by=moment(due_by) if due_by else None,
        created=moment(found["created"]),
        reinstated=max((moment(t["created"]) for t in moved if t["amount"] > 0), default=None),
    )


def _network(details: dict[str, Any]) -> str:
    kind = details.get("type") or ""
    return text((details.get(kind) or {}).get("brand") or kind, 40)
