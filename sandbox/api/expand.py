"""https://docs.stripe.com/expand"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.balance import with_status
from sandbox.errors import invalid
from sandbox.shapes import Json, shown

if TYPE_CHECKING:
    from sandbox.world import World

# The fields of type ExpandableField in the SDK's classes, and those that are only included on request.
_EXPANDABLE = {
    "checkout.session": "customer invoice line_items payment_intent payment_link setup_intent subscription",
    "payment_intent": "application customer latest_charge on_behalf_of payment_method review",
    "charge": "application application_fee balance_transaction customer failure_balance_transaction on_behalf_of "
    "payment_intent refunds review source_transfer transfer",
    "refund": "balance_transaction charge customer failure_balance_transaction payment_intent "
    "source_transfer_reversal transfer_reversal",
    "dispute": "charge payment_intent",
    "balance_transaction": "source",
    "payout": "application_fee balance_transaction destination failure_balance_transaction original_payout reversed_by",
}
_DEPTH = 4


def expanded(world: World, body: Json, paths: list[str]) -> Json:
    """The object as Stripe answers it: without private fields, with everything that was asked for."""
    result = _present(world, body)
    if body.get("object") == "list":
        result["data"] = [_present(world, one) for one in body["data"]]
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEPTH:
            raise invalid(f"You cannot expand more than {_DEPTH} levels of a property. Property: {path}", "expand")
        _walk(world, result, steps, path)
    return shown(result)


def _present(world: World, body: Json) -> Json:
    if body.get("object") == "balance_transaction":
        return with_status(world, body)
    return dict(body)


def _walk(world: World, body: Json, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if body.get("object") == "list" and name == "data":
        for one in body["data"]:
            _walk(world, one, rest, path) if rest else _refuse(path)
        return
    if name not in _EXPANDABLE.get(body.get("object", ""), "").split():
        _refuse(path)
    body[name] = _target(world, body, name)
    if rest and isinstance(body[name], dict):
        _walk(world, body[name], rest, path)


def _refuse(path: str) -> None:
    raise invalid(f"This property cannot be expanded ({path}).", "expand")


def _target(world: World, body: Json, name: str) -> Json | str | None:
    value = body.get(name)
    if name == "line_items":
        return lines_of(body)
    if name == "refunds":
        return _refunds_of(world, body)
    if isinstance(value, str) and world.store.account_of(value) is not None:
        return _present(world, world.store.get(value))
    return value


def lines_of(session: Json) -> Json:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "data": session["_line_items"], "has_more": False, "url": url}


def _refunds_of(world: World, charge: Json) -> Json:
    refunds = world.store.select("refund", {"json_extract(body, '$.charge') = ?": charge["id"]})
    url = f"/v1/charges/{charge['id']}/refunds"
    return {"object": "list", "data": refunds[:10], "has_more": len(refunds) > 10, "url": url}
