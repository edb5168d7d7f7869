"""Accounts: who they are, what Stripe lets them do, what it still wants to know."""

from dataclasses import dataclass
from typing import Any

from tasks.stripe_gateway.client import calling, text


@dataclass(frozen=True, slots=True)
class AccountRecord:
    id: str
    name: str
    country: str
    default_currency: str
    charges_enabled: bool
    payouts_enabled: bool
    requirements: dict[str, Any]


def look_at(account: str) -> AccountRecord:
    with calling() as client:
        return record_of(client.v1.accounts.retrieve(account).to_dict())


def record_of(found: dict[str, Any]) -> AccountRecord:
    profile = found.get("business_profile") or {}
    settings = (found.get("settings") or {}).get("dashboard") or {}
    name = profile.get("name") or settings.get("display_name") or found.get("email") or found["id"]
    return AccountRecord(
        id=found["id"],
        name=text(name, 200),
        country=found.get("country") or "",
        default_currency=(found.get("default_currency") or "").upper(),
        charges_enabled=bool(found.get("charges_enabled")),
        payouts_enabled=bool(found.get("payouts_enabled")),
        requirements=_requirements(found.get("requirements") or {}),
    )


def _requirements(found: dict[str, Any]) -> dict[str, Any]:
    lists = ("currently_due", "past_due", "eventually_due", "pending_verification")
    kept: dict[str, Any] = {name: list(found.get(name) or []) for name in lists}
    return kept | {"disabled_reason": found.get("disabled_reason"), "deadline": found.get("current_deadline")}
