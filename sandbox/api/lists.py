"""https://docs.stripe.com/api/pagination"""

from __future__ import annotations

from typing import Any

from sandbox.api.call import Call
from sandbox.errors import ApiError, invalid
from sandbox.shapes import Json

_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(call: Call, kind: str, where: dict[str, Any] | None = None, equal: tuple[str, ...] = ()) -> Json:
    """One page, newest first. `equal` are the parameters that filter on the field of the same name."""
    params = call.params
    limit = _limit(params)
    conditions = {"account = ?": call.account, **(where or {}), **_ranges(params)}
    for name in equal:
        if name in params:
            conditions[f"json_extract(body, '$.{name}') = ?"] = params[name]
    backwards = "ending_before" in params
    conditions |= _cursor(call, kind)
    order = "ASC" if backwards else "DESC"
    found = call.world.store.select(kind, conditions, order=order, limit=limit + 1)
    data = found[:limit][::-1] if backwards else found[:limit]
    return {"object": "list", "data": data, "has_more": len(found) > limit, "url": call.path}


def _limit(params: dict[str, Any]) -> int:
    limit = int(params.get("limit", 10))
    if limit > 100:
        words = "This value must be less than or equal to 100."
        raise invalid(words, "limit", "parameter_invalid_integer")
    if limit < 1:
        words = "This value must be greater than or equal to 1."
        raise invalid(words, "limit", "parameter_invalid_integer")
    return limit


def _ranges(params: dict[str, Any]) -> dict[str, Any]:
    """`created=5` and `created[gte]=5`; the same for `arrival_date`."""
    conditions: dict[str, Any] = {}
    for name, column in (("created", "created"), ("arrival_date", "json_extract(body, '$.arrival_date')")):
        asked = params.get(name)
        if isinstance(asked, dict):
            conditions |= {f"{column} {_OPERATORS[key]} ?": value for key, value in asked.items()}
        elif asked is not None:
            conditions[f"{column} = ?"] = asked
    return conditions


def _cursor(call: Call, kind: str) -> dict[str, Any]:
    if "starting_after" in call.params and "ending_before" in call.params:
        words = "You may only specify one of these parameters: starting_after, ending_before."
        raise invalid(words, "ending_before")
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in call.params:
            position = call.world.store.position(call.params[name], kind, call.account)
            if position is None:
                raise _no_cursor(kind, call.params[name], name)
            return {f"(created, seq) {sign} (?, ?)": position}
    return {}


def _no_cursor(kind: str, identifier: str, param: str) -> ApiError:
    return invalid(f"No such {kind}: '{identifier}'", param, "resource_missing")
