from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@cache
def _fixtures() -> dict[str, Json]:
    text = (Path(__file__).parent / "fixtures" / "objects.json").read_text(encoding="utf-8")
    shapes: dict[str, Json] = json.loads(text)
    return shapes


def shaped(kind: str, **fields: Any) -> Json:
    """An object with every field of Stripe's own sample of it, and our values in place of the sample's."""
    return {**copy.deepcopy(_fixtures()[kind]), **fields}


def shown(body: Json) -> Json:
    """The object as anybody outside may see it."""
    answer: Json = public(body)
    return answer


def public(value: Any) -> Any:
    """Without the fields that only the sandbox knows: of objects, those whose names begin with an underscore."""
    if isinstance(value, list):
        return [public(one) for one in value]
    if not isinstance(value, dict):
        return value
    hidden = "_" if "object" in value else None
    return {
        name: part if name == "metadata" else public(part)
        for name, part in value.items()
        if not (hidden and name.startswith(hidden))
    }
