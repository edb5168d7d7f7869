"""Webhook endpoints of our own platform account (docs.stripe.com/api/webhook_endpoints), and Stripe's clock."""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from models.clock import now
from tasks.stripe_gateway.client import PAGE, calling, text


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """`for_accounts`: it hears of connected accounts; Stripe shows that as the application it belongs to."""

    url: str
    enabled: bool
    for_accounts: bool
    api_version: str
    events: list[str]

    def hears(self, kind: str) -> bool:
        return "*" in self.events or kind in self.events


@dataclass(frozen=True, slots=True)
class Survey:
    """What Stripe says of its side: our endpoints, and its clock less ours in seconds; None when it did not say."""

    endpoints: list[EndpointRecord]
    clock_difference: int | None


def survey() -> Survey:
    with calling() as client:
        before = now()
        found = client.v1.webhook_endpoints.list({"limit": PAGE})
        took = now() - before
        endpoints = [_record(endpoint.to_dict()) for endpoint in found.auto_paging_iter()]
    headers = found.last_response.headers if found.last_response else {}
    if "Date" not in headers:
        return Survey(endpoints, None)
    # The header has whole seconds, cut off; it was written about half-way through the call.
    stripes = parsedate_to_datetime(headers["Date"]) + timedelta(seconds=0.5)
    return Survey(endpoints, round((stripes - before - took / 2).total_seconds()))


def own_account() -> str:
    """The id of the account that the secret key belongs to: the key works."""
    with calling() as client:
        return client.v1.accounts.retrieve_current().id


def _record(found: dict[str, Any]) -> EndpointRecord:
    return EndpointRecord(
        url=found["url"],
        enabled=found["status"] == "enabled",
        for_accounts=bool(found.get("application")),
        api_version=text(found.get("api_version"), 40),
        events=sorted(found["enabled_events"]),
    )
