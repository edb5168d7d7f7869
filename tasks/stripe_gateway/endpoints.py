"""Webhook endpoints of our own platform account (docs.stripe.com/api/webhook_endpoints)."""

from dataclasses import dataclass
from typing import Any

from tasks.stripe_gateway.client import calling


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """`for_accounts`: it hears of connected accounts; Stripe shows that as the application it belongs to."""

    url: str
    enabled: bool
    for_accounts: bool
    api_version: str | None
    events: frozenset[str]

    def hears(self, kind: str) -> bool:
        return "*" in self.events or kind in self.events


def all_of_ours() -> list[EndpointRecord]:
    with calling() as client:
        found = client.v1.webhook_endpoints.list({"limit": 100})
        return [_record(endpoint.to_dict()) for endpoint in found.auto_paging_iter()]


def own_account() -> str:
    """The id of the account that the secret key belongs to: the key works."""
    with calling() as client:
        return client.v1.accounts.retrieve_current().id


def _record(found: dict[str, Any]) -> EndpointRecord:
    return EndpointRecord(
        url=found["url"],
        enabled=found["status"] == "enabled",
        for_accounts=bool(found.get("application")),
        api_version=found.get("api_version"),
        events=frozenset(found["enabled_events"]),
    )
