"""What Payment Analytics takes along into files: a line for each slot, each age of what is owed, each method."""

from datetime import date

from admin_views.day_filters import AGE_WORDS
from admin_views.reports import Asked
from models.language import marked, pgettext, pmarked
from models.money import Money
from tasks.cells import Column


def _taken(head: str, name: str) -> Column:
    """A figure of a line of the takings."""
    return Column(head, lambda slot: Money(getattr(slot.takings, name), slot.takings.currency))


TAKINGS = (
    Column(pmarked("day", "From"), lambda slot: slot.days.first),
    Column(pmarked("day", "To"), lambda slot: slot.days.last),
    Column(marked("Currency"), lambda slot: slot.takings.currency),
    Column(marked("Payments"), lambda slot: slot.takings.payments),
    _taken(marked("Collected"), "collected"),
    _taken(pmarked("amount", "Refunded"), "refunded"),
    _taken(marked("Lost to disputes"), "lost"),
    _taken(marked("Stripe fees"), "fees"),
    _taken(marked("Net"), "net"),
    Column(marked("Collected before"), lambda slot: Money(slot.before.collected, slot.before.currency)),
)


def outstanding(day: date) -> tuple[Column, ...]:
    """Of ages with what has been owed for so long at the end of this day."""
    return (
        Column(marked("As of"), lambda row: day),
        Column(marked("Age"), lambda row: AGE_WORDS[row[0]]),
        Column(marked("Currency"), lambda row: row[1].money.currency),
        Column(marked("Invoices"), lambda row: row[1].invoices),
        Column(marked("Outstanding"), lambda row: row[1].money),
    )


def methods(asked: Asked) -> tuple[Column, ...]:
    """Of the methods of a range in its currency."""
    return (
        Column(pmarked("day", "From"), lambda method: asked.period.first),
        Column(pmarked("day", "To"), lambda method: asked.period.last),
        Column(marked("Currency"), lambda method: asked.currency),
        Column(marked("Method"), lambda method: pgettext("payment method", method.name or "Unknown")),
        Column(marked("Payments"), lambda method: method.payments),
        Column(marked("Stripe fees"), lambda method: Money(method.fees, asked.currency)),
        Column(marked("Collected"), lambda method: Money(method.collected, asked.currency)),
    )
