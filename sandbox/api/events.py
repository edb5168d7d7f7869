from __future__ import annotations

from typing import Any

from stripe.params import EventListParams, EventRetrieveParams

from sandbox.api.call import Call
from sandbox.api.lists import page
from sandbox.api.routes import endpoint
from sandbox.errors import invalid, no_such
from sandbox.shapes import Json

# "List events, going back up to 30 days": https://docs.stripe.com/api/events/list
_REACH = 30 * 86_400
_UNDELIVERED = "(id IN (SELECT event FROM deliveries WHERE outcome <> 'delivered')) = ?"


@endpoint("GET", "/v1/events", EventListParams)
def all_events(call: Call) -> Json:
    return page(call, "event", {**_recent(call), **_kinds(call.params)})


def _recent(call: Call) -> dict[str, Any]:
    where: dict[str, Any] = {"created >  ?": call.world.clock.now() - _REACH}
    if "delivery_success" in call.params:
        where[_UNDELIVERED] = not call.params["delivery_success"]
    return where


def _kinds(params: dict[str, Any]) -> dict[str, Any]:
    """`type` may be a group, as in `charge.dispute.*`; `types` are up to 20 exact names."""
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.", "types")
    if len(params.get("types", [])) > 20:
        raise invalid("You may specify at most 20 types.", "types")
    if "type" in params:
        return {"json_extract(body, '$.type') GLOB ?": params["type"]}
    if types := params.get("types"):
        return {f"json_extract(body, '$.type') IN ({', '.join('?' * len(types))})": tuple(types)}
    return {}


@endpoint("GET", "/v1/events/<id>", EventRetrieveParams)
def retrieve(call: Call) -> Json:
    event = call.find("event")
    if event["created"] <= call.world.clock.now() - _REACH:
        raise no_such("event", event["id"], "id")
    return event
