"""Proves the books: every invariant, asked of one and the same state of the database."""

from dataclasses import asdict, dataclass
from typing import Any

from models.invariants import ALERTS, INVARIANTS, Broken
from tasks import snapshot


@dataclass(frozen=True, slots=True)
class Audit:
    """`broken`: rows that are not as they must be. `alerts`: what is allowed, and a person should know of."""

    broken: list[Broken]
    alerts: list[Broken]

    def __str__(self) -> str:
        lines = [f"{found.invariant}: {found.row} {found.detail}" for found in self.broken]
        lines += [f"alert, {found.invariant}: {found.row} {found.detail}" for found in self.alerts]
        return "\n".join([*lines, f"{len(INVARIANTS)} invariants checked, {len(self.broken)} differences"])

    def as_data(self) -> dict[str, Any]:
        """For machines: the same, and the sentence of each invariant that is broken."""
        sentences = {invariant.name: invariant.sentence for invariant in (*INVARIANTS, *ALERTS)}
        broken, alerts = (
            [asdict(one) | {"sentence": sentences[one.invariant]} for one in of] for of in (self.broken, self.alerts)
        )
        return {"invariants": len(INVARIANTS), "broken": broken, "alerts": alerts}


def examine() -> Audit:
    """Look at everything as it was at one moment."""
    with snapshot() as session:
        broken, alerts = ([row for one in of for row in one.broken(session)] for of in (INVARIANTS, ALERTS))
        return Audit(broken, alerts)


def audit() -> list[Broken]:
    """Everything that is not as it must be; an empty list proves the books."""
    return examine().broken
