from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from sandbox.errors import ApiError, Refused

KINDS = ("400", "401", "403", "404", "409", "429", "500", "502", "503", "reset", "slow", "hang")
# What Stripe says instead of doing the work: https://docs.stripe.com/rate-limits and https://docs.stripe.com/api/errors
_TURNED_AWAY = ("400", "401", "403", "404", "409", "429")

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
    releases: int = 0

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("route", "kind", "when", "times", "seconds")}

    def error(self) -> ApiError | None:
        fields = _STATUSES.get(self.kind)
        return None if fields is None else ApiError(int(self.kind), **fields)


class GaveUp(ConnectionError):
    """An in-process client's own time limit was over before the answer came."""


def disturb(faults: Faults, fault: Fault, environ: Mapping[str, Any]) -> None:
    """Cut the line, or make the client wait.

    A request that hangs waits until it is released, whatever the client's time limit. With `slow`, an in-process
    client names its limit and is not made to wait for longer than that: as over HTTP the work goes on without it,
    and it learns nothing of the outcome.
    """
    if fault.kind == "reset":
        raise ConnectionResetError("The sandbox was asked to cut this connection.")
    if fault.kind == "hang":
        faults.hang(fault)
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
        self._changed = threading.Condition()
        self._waiting: list[Fault] = []
        self._releases = 0
        self._hanging = 0
        self.sleep: Callable[[float], object] = time.sleep
        # For whoever forgets to release: then the line is cut.
        self.longest_hang = 60.0

    def add(self, route: str, kind: str, when: str = "before", times: int = 1, seconds: float = 5.0) -> Fault:
        if kind not in KINDS or when not in ("before", "after"):
            raise Refused(f"A fault is one of {', '.join(KINDS)}, before or after the work.")
        if kind in _TURNED_AWAY and when == "after":
            raise Refused(f"Stripe answers {kind} instead of doing the work, never after it.")
        fault = Fault(route, kind, when, times, seconds)
        with self._changed:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults; what hangs goes on."""
        with self._changed:
            self._waiting.clear()
        self.release()

    def waiting(self) -> list[dict[str, Any]]:
        with self._changed:
            return [fault.shown() for fault in self._waiting]

    def take(self, method: str, path: str) -> Fault | None:
        """The next fault for this request, used up once."""
        with self._changed:
            for fault in self._waiting:
                if fnmatchcase(f"{method} {path}", fault.route):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return replace(fault, releases=self._releases)
        return None

    @property
    def hanging(self) -> int:
        """How many requests hang now."""
        return self._hanging

    def hang(self, fault: Fault) -> None:
        """Keep the request until it is released, also when that happened since it took its fault."""
        with self._changed:
            self._hanging += 1
            self._changed.notify_all()
            released = self._changed.wait_for(lambda: self._releases > fault.releases, self.longest_hang)
            self._hanging -= 1
        if not released:
            raise ConnectionResetError("Nobody released this request.")

    def wait_until_hanging(self, number: int, patience: float = 30.0) -> None:
        """Come back as soon as so many requests hang; refused when they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._hanging >= number, patience):
                raise Refused(f"{self._hanging} requests hang, not {number}.")

    def release(self) -> int:
        """Let everything go on that hangs, and hang nothing more; answers how many went on."""
        with self._changed:
            self._waiting = [fault for fault in self._waiting if fault.kind != "hang"]
            self._releases += 1
            self._changed.notify_all()
            return self._hanging
