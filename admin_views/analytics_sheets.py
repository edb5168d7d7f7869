"""What Payment Analytics takes along into files: a line for each slot, each age of what is owed, each method."""

from datetime import date

from admin_views.day_filters import AGE_WORDS
from admin_views.reports import Asked
from models.money import Money
from tasks.cells import Column


def _taken(head: str, name: str) -> Column:
    """A figure of a line of the takings."""
    return Column(head, lambda slot: Money(getattr(slot.takings, name), slot.takings.currency))


TAKINGS = (
    Column("From", lambda slot: slot.days.first),
    Column("To", lambda slot: slot.days.last),
    Column("Currency", lambda slot: slot.takings.currency),
    Column("Payments", lambda slot: slot.takings.payments),
    _taken("Collected", "collected"),
    _taken("Refunded", "refunded"),
    _taken("Lost to disputes", "lost"),
    _taken("Stripe fees", "fees"),
    _taken("Net", "net"),
    Column("Collected before", lambda slot: Money(slot.before.collected, slot.before.currency)),
)


def outstanding(day: date) -> tuple[Column, ...]:
    """Of ages with what has been owed for so long at the end of this day."""
    return (
        Column("As of", lambda row: day),
        Column("Age", lambda row: AGE_WORDS[row[0]]),
        Column("Currency", lambda row: row[1].money.currency),
        Column("Invoices", lambda row: row[1].invoices),
        Column("Outstanding", lambda row: row[1].money),
    )


def methods(asked: Asked) -> tuple[Column, ...]:
    """Of the methods of a range in its currency."""
    return (
        Column("From", lambda method: asked.period.first),
        Column("To", lambda method: asked.period.last),
        Column("Currency", lambda method: asked.currency),
        Column("Method", lambda method: method.name or "Unknown"),
        Column("Payments", lambda method: method.payments),
        Column("Stripe fees", lambda method: Money(method.fees, asked.currency)),
        Column("Collected", lambda method: Money(method.collected, asked.currency)),
    )
