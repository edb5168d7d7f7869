"""Webhook endpoints, and what each of them hears."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
import stripe
from sandbox_builders import pay

from sandbox.accounts import PLATFORM, STUDIO
from sandbox.endpoints import OWN
from sandbox.errors import Refused
from sandbox.events import emit
from sandbox.settings import API_VERSION
from sandbox.world import World

ELSEWHERE = "http://127.0.0.1:9/hooks"


class Inbox:
    """Takes every delivery, whoever it is for."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, object], str]] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.taken.append((url, json.loads(body), headers["Stripe-Signature"]))
        return 200

    def types(self, url: str) -> list[object]:
        return [event["type"] for to, event, _ in self.taken if to == url]


@pytest.fixture
def inbox(world: World) -> Inbox:
    world.deliveries.deliver(lambda url, body, headers: 200)
    return Inbox()


def another(platform: stripe.StripeClient, **changes: object) -> stripe.WebhookEndpoint:
    asked = {"url": ELSEWHERE, "enabled_events": ["charge.succeeded"], "connect": True} | changes
    return platform.v1.webhook_endpoints.create(asked)  # type: ignore[arg-type]


def test_an_endpoint_hears_only_what_it_asked_for(
    world: World, client: stripe.StripeClient, platform: stripe.StripeClient, inbox: Inbox
) -> None:
    made = another(platform)
    pay(world, client)
    world.deliveries.deliver(inbox)
    assert inbox.types(ELSEWHERE) == ["charge.succeeded"]
    assert len(inbox.types(world.settings.webhook_url)) == 5
    body, header = next((json.dumps(event, indent=2), header) for url, event, header in inbox.taken if url == ELSEWHERE)
    assert stripe.Webhook.construct_event(body, header, made.secret or "").type == "charge.succeeded"


def test_the_secret_is_shown_once(platform: stripe.StripeClient) -> None:
    made = another(platform)
    assert (made.secret or "").startswith("whsec_")
    assert "secret" not in platform.v1.webhook_endpoints.retrieve(made.id).to_dict()
    assert "_secret" not in made.to_dict()


def test_an_endpoint_of_the_platform_hears_nothing_of_connected_accounts(
    world: World, client: stripe.StripeClient, platform: stripe.StripeClient, inbox: Inbox
) -> None:
    made = another(platform, connect=False, enabled_events=["*"])
    pay(world, client)
    emit(world, PLATFORM, "balance.available", {"object": "balance"})
    world.deliveries.deliver(inbox)
    assert (made.application, inbox.types(ELSEWHERE)) == (None, ["balance.available"])
    assert "balance.available" not in inbox.types(world.settings.webhook_url)


def test_events_come_in_the_version_that_the_endpoint_was_made_with(
    world: World, client: stripe.StripeClient, platform: stripe.StripeClient, inbox: Inbox
) -> None:
    another(platform, api_version="2024-06-20")
    pay(world, client)
    world.deliveries.deliver(inbox)
    versions = {url: event["api_version"] for url, event, _ in inbox.taken}
    assert versions == {ELSEWHERE: "2024-06-20", world.settings.webhook_url: API_VERSION}


def test_a_disabled_endpoint_hears_nothing_not_even_what_was_to_be_tried_again(
    world: World, client: stripe.StripeClient, inbox: Inbox
) -> None:
    pay(world, client)
    world.change_endpoint(disabled=True)
    pay(world, client)
    assert world.deliveries.deliver(inbox) == 0
    assert {row["outcome"] for row in world.deliveries.recent(5)} == {"failed"}
    world.change_endpoint(disabled=False)
    pay(world, client)
    assert world.deliveries.deliver(inbox) == 5
    assert len(client.v1.events.list({"delivery_success": False, "limit": 100}).data) == 5


def test_what_our_endpoint_hears_is_changed_by_hand(world: World, client: stripe.StripeClient, inbox: Inbox) -> None:
    world.change_endpoint(enabled_events=["payment_intent.succeeded"], api_version="2025-09-30.clover")
    pay(world, client)
    world.deliveries.deliver(inbox)
    found = [(event["type"], event["api_version"]) for _, event, _ in inbox.taken]
    assert found == [("payment_intent.succeeded", "2025-09-30.clover")]
    world.change_endpoint(connect=False)
    pay(world, client)
    assert world.deliveries.deliver(inbox) == 0


@pytest.mark.parametrize("change", [{"enabled_events": ["payment.succeeded"]}, {"api_version": "2026-10-28"}])
def test_only_what_stripe_knows_can_be_heard(world: World, change: dict[str, object]) -> None:
    with pytest.raises(Refused, match="must be one of"):
        world.change_endpoint(**change)
    assert world.endpoint()["enabled_events"] == ["*"]  # type: ignore[index]


def test_an_event_that_nobody_hears_was_never_undelivered(world: World, client: stripe.StripeClient) -> None:
    world.change_endpoint(enabled_events=["account.updated"])
    pay(world, client)
    event = client.v1.events.list({"type": "charge.succeeded"}).data[0]
    assert event.pending_webhooks == 0
    assert event.id not in {one.id for one in client.v1.events.list({"delivery_success": False})}
    with pytest.raises(Refused, match="No endpoint listens"):
        world.deliveries.resend(event.id)


def test_an_endpoint_is_changed_and_deleted(platform: stripe.StripeClient) -> None:
    made = another(platform, metadata={"a": "1", "b": "2"}, description="Ours")
    params = {"disabled": True, "enabled_events": ["*"], "metadata": {"a": "", "c": "3"}, "description": ""}
    changed = platform.v1.webhook_endpoints.update(made.id, params)  # type: ignore[arg-type]
    assert (changed.status, changed.enabled_events, changed.description) == ("disabled", ["*"], None)
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert platform.v1.webhook_endpoints.delete(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint"):
        platform.v1.webhook_endpoints.retrieve(made.id)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"url": "paydesk.example.com"}, "url"),
        ({"enabled_events": ["charge.paid"]}, "enabled_events[0]"),
        ({"enabled_events": []}, "enabled_events"),
        ({"api_version": "2026-10-28.atlantis"}, "api_version"),
        ({"status": "enabled"}, "status"),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]"),
    ],
)
def test_a_wrong_endpoint_is_refused(platform: stripe.StripeClient, changes: dict[str, object], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        another(platform, **changes)
    assert caught.value.param == param


def test_version_and_kind_of_an_endpoint_never_change(platform: stripe.StripeClient) -> None:
    for change in ({"api_version": API_VERSION}, {"connect": True}):
        with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
            platform.v1.webhook_endpoints.update(OWN, change)  # type: ignore[arg-type]


def test_a_connected_account_s_endpoints_are_not_ours_to_make(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError, match=f"on account '{STUDIO}'"):
        another(client)


def test_there_are_sixteen_endpoints_at_most(platform: stripe.StripeClient) -> None:
    for _ in range(15):
        another(platform)
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        another(platform)
    assert len(platform.v1.webhook_endpoints.list({"limit": 100}).data) == 16


def test_nothing_is_sent_beyond_this_machine(
    world: World, client: stripe.StripeClient, platform: stripe.StripeClient, inbox: Inbox
) -> None:
    another(platform, url="https://paydesk.example.com/hooks")
    pay(world, client)
    world.deliveries.deliver(inbox)
    assert {url for url, _, _ in inbox.taken} == {world.settings.webhook_url}
    assert "not sent: the sandbox reaches this machine only" in [row["answer"] for row in world.deliveries.recent()]
