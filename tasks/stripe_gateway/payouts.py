"""Payouts (docs.stripe.com/api/payouts)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, moment, options, text


@dataclass(frozen=True, slots=True)
class PayoutRecord:
    id: str
    amount: Money
    status: str
    arrival_date: date | None
    trace_id: str | None
    created: datetime


def look_at(account: str, payout_id: str) -> PayoutRecord:
    with calling() as client:
        return record_of(client.v1.payouts.retrieve(payout_id, None, options(account)).to_dict())


def since(account: str, created: datetime) -> list[PayoutRecord]:
    with calling() as client:
        found = client.v1.payouts.list({"created": {"gte": int(created.timestamp())}, "limit": 100}, options(account))
        return [record_of(payout.to_dict()) for payout in found.auto_paging_iter()]


def record_of(found: dict[str, Any]) -> PayoutRecord:
    trace = found.get("trace_id") or {}
    return PayoutRecord(
        id=found["id"],
        amount=Money.from_stripe(found["amount"], found["currency"]),
        status=text(found["status"], 20),
        arrival_date=moment(found["arrival_date"]).date() if found.get("arrival_date") else None,
        trace_id=text(trace.get("value") if isinstance(trace, dict) else trace, 80) or None,
        created=moment(found["created"]),
    )
