"""Due terms: how many days after its issue an invoice is due."""

from models.language import gettext
from models.refusal import Refused

LONGEST_DUE_DAYS = 365
# What people choose from; 0 is due on receipt.
DUE_TERMS = (0, 7, 14, 30, 60)


def bearable(days: int) -> int:
    """The same number of days. Refuses what is below 0 or above a year."""
    if not 0 <= days <= LONGEST_DUE_DAYS:
        raise Refused(gettext("Invoices can be due after 0 to %(most)s days.", most=LONGEST_DUE_DAYS))
    return days


def term_words(days: int) -> str:
    return gettext("Net %(days)s", days=days) if days else gettext("Due on receipt")
