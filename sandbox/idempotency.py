"""https://docs.stripe.com/api/idempotent_requests, for API v1."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import ApiError, invalid
from sandbox.store import Store

# "You can remove keys from the system automatically after they're at least 24 hours old."
_KEPT = 24 * 3600


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    request_id: str
    replayed: bool = False


class Keys:
    """First answers, and the keys of the requests that are being worked on in this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._in_flight: set[tuple[str, str]] = set()

    def begin(self, account: str, key: str) -> None:
        with self._lock:
            if (account, key) in self._in_flight:
                raise _in_use(key)
            self._in_flight.add((account, key))

    def end(self, account: str, key: str) -> None:
        with self._lock:
            self._in_flight.discard((account, key))

    def recall(self, account: str, key: str, endpoint: str, params: dict[str, Any]) -> Answer | None:
        self._store.run("DELETE FROM answers WHERE created <= ?", self._clock.now() - _KEPT)
        rows = self._store.run(
            "SELECT endpoint, fingerprint, status, body, request FROM answers WHERE account = ? AND key = ?",
            account,
            key,
        )
        if not rows:
            return None
        first, fingerprint, status, body, request = rows[0]
        if first != endpoint:
            raise _other_endpoint(key, endpoint, first)
        if fingerprint != _fingerprint(params):
            raise _other_parameters(key)
        return Answer(status, json.loads(body), request, replayed=True)

    def remember(self, account: str, key: str, endpoint: str, params: dict[str, Any], answer: Answer) -> None:
        self._store.run(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            account,
            key,
            endpoint,
            _fingerprint(params),
            self._clock.now(),
            answer.status,
            json.dumps(answer.body),
            answer.request_id,
        )


def check_length(key: str) -> None:
    if len(key) > 255:
        raise invalid("Idempotency keys may be at most 255 characters long.", type="idempotency_error")


def _fingerprint(params: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


def _in_use(key: str) -> ApiError:
    """https://docs.stripe.com/error-codes#idempotency-key-in-use"""
    words = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later."
    )
    return ApiError(409, words, code="idempotency_key_in_use")


def _other_parameters(key: str) -> ApiError:
    """Wording: fjordllc/bootcamp#3928."""
    words = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return ApiError(400, words, type="idempotency_error")


def _other_endpoint(key: str, endpoint: str, first: str) -> ApiError:
    """Wording: stripe/stripe-ruby#598."""
    words = (
        "Keys for idempotent requests can only be used for the same endpoint they were first used for "
        f"('{endpoint}' vs '{first}'). Try using a key other than '{key}' if you meant to execute a "
        "different request."
    )
    return ApiError(400, words, type="idempotency_error")
