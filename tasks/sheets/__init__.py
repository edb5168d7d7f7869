"""What each list takes along into a file: a column for each fact, amounts beside their currency."""

from tasks.sheets.customers import CONTACTS, INVOICES, OPPORTUNITIES
from tasks.sheets.desk import EVENTS, MATTERS, MESSAGES, PEOPLE, REPORTS
from tasks.sheets.money import CREDIT_NOTES, DISPUTES, PAYMENTS, PAYOUTS, REFUNDS
from tasks.sheets.sheet import Sheet

_ALL = (
    INVOICES,
    PAYMENTS,
    REFUNDS,
    DISPUTES,
    CREDIT_NOTES,
    PAYOUTS,
    CONTACTS,
    OPPORTUNITIES,
    MATTERS,
    MESSAGES,
    EVENTS,
    REPORTS,
    PEOPLE,
)
# By the names of their lists.
SHEETS: dict[str, Sheet] = {sheet.name: sheet for sheet in _ALL}
