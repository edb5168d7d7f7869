from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from sandbox.endpoints import hearing
from sandbox.ids import new_id
from sandbox.settings import API_VERSION
from sandbox.shapes import Json, shaped, shown

if TYPE_CHECKING:
    from sandbox.world import World

_cause: ContextVar[Json | None] = ContextVar("cause", default=None)


@contextmanager
def caused_by(request_id: str, idempotency_key: str | None) -> Iterator[None]:
    """Events made inside name the API request that caused them; all others carry nulls, as at Stripe."""
    token = _cause.set({"id": request_id, "idempotency_key": idempotency_key})
    try:
        yield
    finally:
        _cause.reset(token)


def emit(world: World, account: str, type: str, body: Json, previous: Json | None = None) -> Json:
    """Write the event and put its delivery into the queue, in the caller's transaction."""
    data: dict[str, Any] = {"object": copy.deepcopy(shown(body))}
    if previous:
        data["previous_attributes"] = previous
    event = shaped(
        "event",
        id=new_id("evt"),
        api_version=API_VERSION,
        created=world.clock.now(),
        data=data,
        pending_webhooks=0,
        request=_cause.get() or {"id": None, "idempotency_key": None},
        type=type,
    )
    connected = world.is_connected_account(account)
    # Of other accounts, only what they do while they are connected reaches anybody.
    if connected and world.scope_of(account) is not None:
        event["account"] = account
    if not connected or "account" in event:
        event["pending_webhooks"] = world.deliveries.enqueue(event, hearing(world, type, connected))
    world.store.add(account, event)
    return event


def change(world: World, account: str, type: str, body: Json, **fields: Any) -> Json:
    """Save the changed object and tell the world, with `previous_attributes` of what really changed."""
    previous = {name: body.get(name) for name, value in fields.items() if body.get(name) != value}
    body.update(fields)
    world.store.save(body)
    tells = type.endswith(".updated") or type == "charge.refunded"
    emit(world, account, type, body, previous if tells else None)
    return body
