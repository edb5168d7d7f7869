from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from sandbox.errors import ApiError, Refused

KINDS = ("400", "401", "403", "404", "409", "429", "500", "502", "503", "reset", "slow")

# What Stripe answers: https://docs.stripe.com/api/errors#errors-http_status_code_summary
_STATUSES: dict[str, dict[str, Any]] = {
    "400": {"message": "The request was unacceptable."},
    "401": {"message": "No valid API key provided."},
    "403": {"message": "The API key doesn't have permissions to perform the request."},
    "404": {"message": "The requested resource doesn't exist.", "code": "resource_missing"},
    "409": {
        "message": "This object cannot be accessed right now because another API request or Stripe process "
        "is currently accessing it.",
        "code": "lock_timeout",
    },
    "429": {"message": "Request rate limit exceeded.", "code": "rate_limit"},
    "500": {"message": "An unknown error occurred.", "type": "api_error"},
    "502": {"message": "Bad gateway.", "type": "api_error"},
    "503": {"message": "Service unavailable.", "type": "api_error"},
}


@dataclass
class Fault:
    route: str
    kind: str
    when: str = "before"
    times: int = 1
    seconds: float = 5.0

    def error(self) -> ApiError | None:
        fields = _STATUSES.get(self.kind)
        return None if fields is None else ApiError(int(self.kind), **fields)


class GaveUp(ConnectionError):
    """An in-process client's own time limit was over before the answer came."""


def disturb(faults: Faults, fault: Fault, environ: Mapping[str, Any]) -> None:
    """Cut the line, or make the client wait.

    An in-process client names its time limit. It is not made to wait for longer than that: as over HTTP the
    work goes on without it, and it learns nothing of the outcome.
    """
    if fault.kind == "reset":
        raise ConnectionResetError("The sandbox was asked to cut this connection.")
    if fault.kind != "slow":
        return
    limit = environ.get("sandbox.timeout")
    if limit is None or fault.seconds < limit:
        faults.sleep(fault.seconds)
    elif fault.when == "after":
        raise GaveUp(f"No answer within {limit} seconds.")
    else:
        fault.when = "after"


class Faults:
    """Troubles that were ordered, each for one route, as in `POST /v1/refunds` or `GET /v1/charges/*`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self.sleep: Callable[[float], object] = time.sleep

    def add(self, route: str, kind: str, when: str = "before", times: int = 1, seconds: float = 5.0) -> Fault:
        if kind not in KINDS or when not in ("before", "after"):
            raise Refused(f"A fault is one of {', '.join(KINDS)}, before or after the work.")
        fault = Fault(route, kind, when, times, seconds)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def take(self, method: str, path: str) -> Fault | None:
        """The next fault for this request, used up once."""
        with self._lock:
            for fault in self._waiting:
                if fnmatchcase(f"{method} {path}", fault.route):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None
