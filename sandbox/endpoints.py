"""Webhook endpoints: which events go where, and in which version. https://docs.stripe.com/api/webhook_endpoints"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stripe.params import WebhookEndpointCreateParams

from sandbox.errors import invalid, said_plainly
from sandbox.ids import letters, new_id
from sandbox.params import checked
from sandbox.rules import is_address
from sandbox.settings import API_VERSION, PLATFORM
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

OWN = "we_1SandboxConnectEndpoint0"
# In a sandbox of Stripe's: proudcity/wp-proudcity#2862 and Subscribie/subscribie#352.
_MOST = 16
Given = dict[str, Any]


def put_own(world: World) -> None:
    """The endpoint that the settings name, made for connected accounts; it is there whenever the sandbox starts."""
    address = {"url": world.settings.webhook_url, "_secret": world.settings.webhook_secret}
    known = world.store.find(OWN, "webhook_endpoint")
    if known is None:
        created = world.account(PLATFORM)["created"]
        world.store.add(PLATFORM, _endpoint(world, {"enabled_events": ["*"], "connect": True}, created, OWN) | address)
    else:
        world.store.save(known | address)


def create_endpoint(world: World, params: Given) -> Json:
    """The secret is shown in this answer and never again."""
    if not is_address(params["url"]):
        raise invalid("Not a valid URL", "url", "url_invalid")
    if len(_all(world)) >= _MOST:
        raise invalid(f"You have reached the maximum of {_MOST} test webhook endpoints.")
    made = world.store.add(PLATFORM, _endpoint(world, params, world.clock.now(), new_id("we")))
    return made | {"secret": made["_secret"]}


def _endpoint(world: World, params: Given, created: int, id: str) -> Json:
    return shaped(
        "webhook_endpoint",
        id=id,
        api_version=params.get("api_version", API_VERSION),
        # Only endpoints with `connect=true` name the application.
        application=world.settings.client_id if params.get("connect") else None,
        created=created,
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=params.get("metadata") or {},
        status="enabled",
        url=params.get("url"),
        _secret=f"whsec_{letters(32)}",
    )


def update_endpoint(world: World, endpoint: Json, params: Given, given: Given) -> Json:
    """Version and kind stay what they were made with. `given` tells which keys of the metadata are unset."""
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "enabled_events" in params:
        endpoint["enabled_events"] = params["enabled_events"]
    if "description" in params:
        endpoint["description"] = params["description"] or None
    if given.get("metadata") == "":
        endpoint["metadata"] = {}
    elif "metadata" in params:
        merged = endpoint["metadata"] | given["metadata"]
        endpoint["metadata"] = {name: value for name, value in merged.items() if value != ""}
    return world.store.save(endpoint)


def delete_endpoint(world: World, endpoint: Json) -> Json:
    world.store.remove(endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def change_own(
    world: World,
    enabled_events: Sequence[str] | None = None,
    api_version: str | None = None,
    connect: bool | None = None,
    disabled: bool | None = None,
) -> Json:
    """What our own endpoint hears, by hand: as if it had been deleted and made anew at the same address."""
    endpoint = world.object(OWN, "webhook_endpoint")
    asked: Given = {"enabled_events": enabled_events or endpoint["enabled_events"]}
    asked["api_version"] = api_version or endpoint["api_version"]
    endpoint |= _checked(endpoint["url"], asked)
    if connect is not None:
        endpoint["application"] = world.settings.client_id if connect else None
    if disabled is not None:
        endpoint["status"] = "disabled" if disabled else "enabled"
    return world.store.save(endpoint)


def _checked(url: str, asked: Given) -> Given:
    """Only types and versions that Stripe knows."""
    events = {str(at): name for at, name in enumerate(asked["enabled_events"])}
    with said_plainly():
        return checked({"url": url, **asked, "enabled_events": events}, WebhookEndpointCreateParams)


def hearing(world: World, type: str, connected: bool) -> list[str]:
    """The endpoints that an event of this type goes to: those for connected accounts, or those for our own."""
    return [
        one["id"]
        for one in _all(world)
        if one["status"] == "enabled"
        and bool(one["application"]) == connected
        and ("*" in one["enabled_events"] or type in one["enabled_events"])
    ]


def _all(world: World) -> list[Json]:
    return world.store.select("webhook_endpoint")
