"""What is always true of the books, proven by `flask audit`; and what is allowed but should be known."""

from models.invariants import belonging, documents, figures, history, messages, reminders, schema, work
from models.invariants.invariant import Broken, Invariant

INVARIANTS: tuple[Invariant, ...] = (
    *figures.INVARIANTS,
    *belonging.INVARIANTS,
    *documents.INVARIANTS,
    *messages.INVARIANTS,
    *reminders.INVARIANTS,
    *history.INVARIANTS,
    *work.INVARIANTS,
    *schema.INVARIANTS,
)
ALERTS: tuple[Invariant, ...] = (*figures.ALERTS, *work.ALERTS)

__all__ = ["ALERTS", "INVARIANTS", "Broken", "Invariant"]
