"""When an invoice is due: so many days after its issue, or on a day of its own."""

from datetime import date, timedelta

from models.language import gettext, ngettext
from models.refusal import Refused

LONGEST_DUE_DAYS = 365
# Ten years.
LONGEST_WAIT = timedelta(days=3653)
# What people choose from; 0 is due on receipt.
DUE_TERMS = (0, 7, 14, 30, 60)


def bearable(days: int) -> int:
    """The same number of days. Refuses what is below 0 or above a year."""
    if not 0 <= days <= LONGEST_DUE_DAYS:
        raise Refused(gettext("Invoices can be due after 0 to %(most)s days.", most=LONGEST_DUE_DAYS))
    return days


def refuse_due_on(day: date, issued: date) -> None:
    """Refuse a day before the issue, and one more than ten years after it."""
    last = issued + LONGEST_WAIT
    if day < issued:
        raise Refused(
            gettext(
                "It cannot be due on %(day)s, before it is issued. Choose %(first)s or a later day.",
                day=day,
                first=issued,
            )
        )
    if day > last:
        raise Refused(
            gettext(
                "It cannot be due on %(day)s, more than ten years after it is issued. "
                "Choose %(last)s or an earlier day.",
                day=day,
                last=last,
            )
        )


def term_words(days: int) -> str:
    return ngettext("Net %(num)s", "Net %(num)s", days) if days else gettext("Due on receipt")
