"""Payouts (docs.stripe.com/api/payouts)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.money import Money
from tasks.stripe_gateway.client import calling, moment, options


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
        return _record(client.v1.payouts.retrieve(payout_id, None, options(account)).to_dict())


def since(account: str, created: datetime) -> list[PayoutRecord]:
    with calling() as client:
        found = client.v1.payouts.list({"created": {"gte": int(created.timestamp())}, "limit": 100}, options(account))
        return [_record(payout.to_dict()) for payout in found.auto_paging_iter()]


def _record(found: dict[str, Any]) -> PayoutRecord:
    trace = found.get("trace_id") or {}
    return PayoutRecord(
        id=found["id"],
        amount=Money.from_stripe(found["amount"], found["currency"]),
        status=found["status"],
        arrival_date=moment(found["arrival_date"]).date() if found.get("arrival_date") else None,
        trace_id=trace.get("value") if isinstance(trace, dict) else str(trace),
        created=moment(found["created"]),
    )
