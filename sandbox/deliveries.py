from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True)
class Delivery:
    event: str
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

    def enqueue(self, event: Json) -> None:
        self._world.store.run(
            "INSERT INTO deliveries (event, account, type, created, due) VALUES (?, ?, ?, ?, ?)",
            event["id"],
            event["account"],
            event["type"],
            event["created"],
            event["created"],
        )

    def resend(self, event: str) -> None:
        """As with the button in Stripe's dashboard: once more, whatever became of it."""
        now = self._world.clock.now()
        self._world.store.run("UPDATE deliveries SET outcome = 'pending', due = ? WHERE event = ?", now, event)

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
            "SELECT event, attempts, created FROM deliveries WHERE outcome = 'pending' "
            "AND (due <= ? OR due > ?) ORDER BY seq",
            now,
            now + _BACK_OFF[-1],
        )
        return [Delivery(*row) for row in rows]

    def _send(self, delivery: Delivery, post: Post) -> int:
        if self.mode == "drop":
            self._record(delivery, "dropped", "not sent")
            return 0
        times = 2 if self.mode == "repeat" else 1
        for _ in range(times):
            self._settle(delivery, *self._attempt(delivery, post))
        return times

    def _attempt(self, delivery: Delivery, post: Post) -> tuple[bool, str]:
        body = json.dumps(self._world.store.get(delivery.event), indent=2).encode()
        settings = self._world.settings
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            # Always real time: the receiver compares it with its own clock.
            "Stripe-Signature": signature(settings.webhook_secret, body, int(time.time())),
        }
        try:
            status = post(settings.webhook_url, body, headers)
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
                "due = coalesce(?, due) WHERE event = ?",
                outcome,
                answer,
                due,
                delivery.event,
            )
            if outcome in ("delivered", "failed"):
                store.save({**store.get(delivery.event), "pending_webhooks": 0})

    def recent(self, limit: int = 100) -> list[dict[str, Any]]:
        rows = self._world.store.run(
            "SELECT event, account, type, created, due, attempts, outcome, answer FROM deliveries "
            "ORDER BY seq DESC LIMIT ?",
            limit,
        )
        names = ("event", "account", "type", "created", "due", "attempts", "outcome", "answer")
        return [dict(zip(names, row, strict=True)) for row in rows]
