from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.errors import Refused
from sandbox.shapes import Json

if TYPE_CHECKING:
    from sandbox.world import World

MODES = ("normal", "hold", "drop", "shuffle", "repeat")
Post = Callable[[str, bytes, Mapping[str, str]], int]

# Stripe's own back-off takes hours; the last step repeats until the three days are over:
# https://docs.stripe.com/webhooks#automatic-retries
_BACK_OFF = (1, 5, 15, 60, 300, 3600)
_KEEP_TRYING = 3 * 86_400


_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint."""

    seq: int
    event: str
    endpoint: str
    attempts: int
    created: int


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """https://docs.stripe.com/webhooks#verify-manually"""
    signed = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Deliveries:
    """The queue of webhooks. It is kept in the store, so neither a restart nor a kill loses one."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def mode(self) -> str:
        return self._world.store.setting("delivery_mode") or "normal"

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in MODES:
            raise Refused(f"Deliveries can be {', '.join(MODES)}.")
        self._world.store.set_setting("delivery_mode", mode)

    def enqueue(self, event: Json, endpoints: list[str]) -> int:
        """One delivery for each endpoint that hears of it; answers how many."""
        for endpoint in endpoints:
            self._world.store.run(
                "INSERT INTO deliveries (event, endpoint, account, type, created, due) VALUES (?, ?, ?, ?, ?, ?)",
                event["id"],
                endpoint,
                event.get("account") or "",
                event["type"],
                event["created"],
                event["created"],
            )
        return len(endpoints)

    def resend(self, event: str) -> None:
        """As with the button in Stripe's dashboard: once more, whatever became of it."""
        store, now = self._world.store, self._world.clock.now()
        if not store.run("SELECT 1 FROM deliveries WHERE event = ?", event):
            raise Refused("No endpoint listens to this event.")
        store.run("UPDATE deliveries SET outcome = 'pending', due = ? WHERE event = ?", now, event)

    def deliver(self, post: Post) -> int:
        """Send all that is due, oldest first unless shuffled, and what that brings about; answers how many."""
        sent = 0
        while self.mode != "hold" and (due := self._due()):
            if self.mode == "shuffle":
                random.shuffle(due)
            sent += sum(self._send(delivery, post) for delivery in due)
        return sent

    def _due(self) -> list[Delivery]:
        """Also what a clock that was moved back would leave waiting for longer than any pause is."""
        now = self._world.clock.now()
        rows = self._world.store.run(
            "SELECT seq, event, endpoint, attempts, created FROM deliveries WHERE outcome = 'pending' "
            "AND (due <= ? OR due > ?) ORDER BY seq",
            now,
            now + _BACK_OFF[-1],
        )
        return [Delivery(*row) for row in rows]

    def _send(self, delivery: Delivery, post: Post) -> int:
        if self.mode == "drop":
            self._record(delivery, "dropped", "not sent")
            return 0
        endpoint = self._world.store.find(delivery.endpoint, "webhook_endpoint")
        if endpoint is None or endpoint["status"] == "disabled":
            # https://docs.stripe.com/webhooks#disable: it is not tried again.
            self._record(delivery, "failed", "the endpoint is deleted" if endpoint is None else "it is disabled")
            return 0
        times = 2 if self.mode == "repeat" else 1
        for _ in range(times):
            self._settle(delivery, *self._attempt(delivery, endpoint, post))
        return times

    def _attempt(self, delivery: Delivery, endpoint: Json, post: Post) -> tuple[bool, str]:
        if urlsplit(endpoint["url"]).hostname not in _HERE:
            return False, "not sent: the sandbox reaches this machine only"
        # Every version has the same payload here; only its name differs.
        event = self._world.store.get(delivery.event) | {"api_version": endpoint["api_version"]}
        body = json.dumps(event, indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            # Always real time: the receiver compares it with its own clock.
            "Stripe-Signature": signature(endpoint["_secret"], body, int(time.time())),
        }
        try:
            status = post(endpoint["url"], body, headers)
        except OSError as error:
            return False, f"{type(error).__name__}: {error}"
        return 200 <= status < 300, str(status)

    def _settle(self, delivery: Delivery, accepted: bool, answer: str) -> None:
        if accepted:
            self._record(delivery, "delivered", answer)
        elif self._world.clock.now() - delivery.created >= _KEEP_TRYING:
            self._record(delivery, "failed", answer)
        else:
            pause = _BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)]
            self._record(delivery, "pending", answer, self._world.clock.now() + pause)

    def _record(self, delivery: Delivery, outcome: str, answer: str, due: int | None = None) -> None:
        store = self._world.store
        with store.transaction():
            store.run(
                "UPDATE deliveries SET attempts = attempts + 1, outcome = ?, answer = ?, "
                "due = coalesce(?, due) WHERE seq = ?",
                outcome,
                answer,
                due,
                delivery.seq,
            )
            if outcome in ("delivered", "failed"):
                waiting = "SELECT count(*) FROM deliveries WHERE event = ? AND outcome = 'pending'"
                left = store.run(waiting, delivery.event)[0][0]
                store.save({**store.get(delivery.event), "pending_webhooks": left})

    def recent(self, limit: int = 100) -> list[dict[str, Any]]:
        rows = self._world.store.run(
            "SELECT event, endpoint, account, type, created, due, attempts, outcome, answer FROM deliveries "
            "ORDER BY seq DESC LIMIT ?",
            limit,
        )
        names = ("event", "endpoint", "account", "type", "created", "due", "attempts", "outcome", "answer")
        return [dict(zip(names, row, strict=True)) for row in rows]
