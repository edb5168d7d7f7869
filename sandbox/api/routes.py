from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.api.call import Call
from sandbox.rules import Rule
from sandbox.shapes import Json

Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    method: str
    rule: str
    handler: Handler
    shape: Any
    rules: tuple[Rule, ...]


ROUTES: list[Route] = []


def endpoint(method: str, rule: str, shape: Any, rules: Iterable[Rule] = ()) -> Callable[[Handler], Handler]:
    """Register a handler with the SDK's TypedDict of its parameters."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, rule, handler, shape, tuple(rules)))
        return handler

    return register
