"""What a portion of a reconciliation compares, and what it has found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tasks.compared import Kind
from tasks.stripe_gateway import events

# So far back Stripe tells of events.
REACH = timedelta(days=30)


class Times:
    """When something came to its state, as Stripe's events of the last 30 days tell; asked for once a turn."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], dict[str, datetime]] = {}

    def of(self, kind: Kind[Any], scope: "Scope", record: Any) -> datetime | None:
        """None where neither an event nor the object itself says."""
        if not kind.asks(record):
            return None
        if (scope.account, kind.name) not in self._told:
            since = scope.began - REACH if scope.everything else scope.since
            told = events.last_of_each(scope.account, kind.events, since)
            self._told[scope.account, kind.name] = told
        return self._told[scope.account, kind.name].get(kind.key_of(record)) or kind.otherwise(record)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run compares of one account: what is dated from `since` until the run `began`.

    `everything`: what can still change is compared too, whatever its age. `sums` is what the lists came to so far.
    """

    account_id: int
    account: str
    install_id: str
    since: datetime
    began: datetime
    everything: bool
    sums: dict[str, int]
    times: Times

    def is_ours(self, metadata: dict[str, str]) -> bool:
        """It carries our install id."""
        return metadata.get("paydesk_install") == self.install_id

    def is_within(self, moment: datetime) -> bool:
        return self.since <= moment < self.began


@dataclass(slots=True)
class Found:
    """What a portion, or a part of it, has found."""

    checked: int = 0
    others: int = 0
    repaired: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    # What Stripe's objects come to, in minor units: `Payment 2026-03-04 USD`.
    sums: Counter[str] = field(default_factory=Counter)


# Saves what was found so far, and that the run is still ours; called before anything that may take long.
Keep = Callable[[Found], None]
