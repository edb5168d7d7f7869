"""Request parameters: parsed as Stripe's form encoding, then checked against the SDK's own TypedDicts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import get_type_hints, is_typeddict

from sandbox.errors import ApiError, invalid

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_OPTIONS = frozenset(RequestOptions.__annotations__)


def parse(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=v` as nested dicts; a list is still a dict of its indexes here."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            raise invalid(f"Invalid parameter name: {key}", key)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(tree, path, value, key)
    return tree


def _put(tree: dict[str, Any], path: list[str], value: str, key: str) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid("Invalid object", key)
    last = path[-1] or str(len(tree))
    if last in tree:
        raise invalid(f"Received the parameter twice: {key}", key)
    tree[last] = value


def checked(params: dict[str, Any], shape: type) -> dict[str, Any]:
    """The parameters with their real types, or Stripe's error about the first that is wrong."""
    return _object(params, shape, "")


@cache
def _hints(shape: type) -> dict[str, Any]:
    return dict(get_type_hints(shape, localns={"StripeContext": object, "Mapping": Mapping}))


def _object(value: Any, shape: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", path)
    hints = {name: hint for name, hint in _hints(shape).items() if name not in _OPTIONS or path}
    unknown = [_join(path, name) for name in value if name not in hints]
    if unknown:
        words = f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}"
        raise invalid(words, unknown[0], "parameter_unknown")
    for name in hints:
        if name in shape.__required_keys__ and name not in value:
            raise missing(_join(path, name))
    return {name: _value(part, hints[name], _join(path, name)) for name, part in value.items()}


def missing(param: str) -> ApiError:
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _value(value: Any, hint: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _union(value, [part for part in get_args(hint) if part is not NoneType], path)
    if origin is Literal:
        return _literal(value, get_args(hint), path)
    if is_typeddict(hint):
        return _object(value, hint, path)
    if origin is list:
        return _list(value, get_args(hint)[0], path)
    if origin in (dict, UntypedStripeObject) or hint in (dict, UntypedStripeObject):
        return _hash(value, path)
    return _scalar(value, hint, path)


def _union(value: Any, hints: list[Any], path: str) -> Any:
    """`Literal["a"] | str` is an open type for future answers: as a parameter only the literals count."""
    literals = [word for hint in hints if get_origin(hint) is Literal for word in get_args(hint)]
    others = [hint for hint in hints if get_origin(hint) is not Literal]
    if any(literals):
        others = [hint for hint in others if hint is not str]
    if isinstance(value, str) and value in literals:
        return value
    nested = [hint for hint in others if is_typeddict(hint) or get_origin(hint) is not None]
    plain = [hint for hint in others if hint not in nested]
    fitting = nested if isinstance(value, dict) else plain
    if fitting:
        return _value(value, fitting[0], path)
    return _literal(value, tuple(literals), path) if any(literals) else _value(value, others[0], path)


def _literal(value: Any, words: tuple[str, ...], path: str) -> str:
    if isinstance(value, str) and value in words:
        return value
    shown = [word for word in words if word]
    choice = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])}, or {shown[-1]}"
    raise invalid(f"Invalid {path}: must be one of {choice}", path)


def _list(value: Any, hint: Any, path: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isascii() and key.isdigit() for key in value):
        raise invalid("Invalid array", path)
    ordered = sorted(value.items(), key=lambda pair: int(pair[0]))
    return [_value(part, hint, f"{path}[{index}]") for index, part in ordered]


def _hash(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", path)
    for name, part in value.items():
        if not isinstance(part, str):
            raise invalid("Invalid string", _join(path, name))
    # An empty value unsets its key: https://docs.stripe.com/api/metadata
    return {name: part for name, part in value.items() if part != ""}


def _scalar(value: Any, hint: Any, path: str) -> Any:
    if not isinstance(value, str):
        raise invalid(f"Invalid {'string' if hint is str else 'value'}: {value}", path)
    if value == "":
        words = (
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{path}' cannot be unset. You should remove '{path}' from your request or "
            "supply a non-empty value."
        )
        raise invalid(words, path, "parameter_invalid_empty")
    return _SCALARS[hint](value, path)


def _string(value: str, path: str) -> str:
    return value


def _integer(value: str, path: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise invalid(f"Invalid integer: {value}", path, "parameter_invalid_integer")
    return int(value)


def _boolean(value: str, path: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", path)
    return value == "true"


def _number(value: str, path: str) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not value.isascii():
        raise invalid(f"Invalid decimal: {value}", path)
    return number


_SCALARS: dict[Any, Any] = {str: _string, int: _integer, bool: _boolean, Decimal: _number, float: _number}
