from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class ApiError(Exception):
    """An error in Stripe's envelope: https://docs.stripe.com/api/errors."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields = {"type": type, "message": message, "code": code, "param": param, **details}

    def envelope(self) -> dict[str, Any]:
        error = {name: value for name, value in self.fields.items() if value is not None}
        if code := error.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None, **details: Any) -> ApiError:
    return ApiError(400, message, param=param, code=code, **details)


def no_such(kind: str, identifier: str, param: str, status: int = 404) -> ApiError:
    return ApiError(status, f"No such {kind}: '{identifier}'", code="resource_missing", param=param)


def unsupported(message: str, param: str | None = None) -> ApiError:
    """Stripe can do this and the sandbox cannot: said aloud, never ignored."""
    return ApiError(400, f"The sandbox does not support this: {message}", param=param, code="sandbox")


class Refused(Exception):
    """The control API or a page asked for something that is impossible in this state of the world."""


@contextmanager
def said_plainly() -> Iterator[None]:
    """What the API would refuse is refused with the same words."""
    try:
        yield
    except ApiError as error:
        raise Refused(str(error)) from error
