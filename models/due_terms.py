"""Due terms: how many days after its issue an invoice is due."""

from models.refusal import Refused

LONGEST_DUE_DAYS = 365
# What people choose from; 0 is due on receipt.
DUE_TERMS = (0, 7, 14, 30, 60)


def bearable(days: int) -> int:
    """The same number of days. Refuses what is below 0 or above a year."""
    if not 0 <= days <= LONGEST_DUE_DAYS:
        raise Refused(f"Invoices can be due after 0 to {LONGEST_DUE_DAYS} days.")
    return days


def term_words(days: int) -> str:
    return f"Net {days}" if days else "Due on receipt"
