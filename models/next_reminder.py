"""When the customer of an invoice is reminded next, or why not."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from models.clock import now
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext
from models.organization import Organization
from models.reminder import UNTIL, newest_reminder, steps_of
from models.reminding import in_words, obstacle


@dataclass(frozen=True, slots=True)
class NextReminder:
    """`words` says when, or why there is none; `before` why the last one was left out; each may be empty."""

    words: str
    before: str = ""


def next_reminder(session: Session, invoice: Invoice, organization: Organization) -> NextReminder | None:
    """None of what is not owed, or was never sent: nobody expects a reminder of it."""
    if invoice.status not in OWED_IN or invoice.sent_at is None:
        return None
    if why := _why_never(invoice, organization):
        return NextReminder(why)
    last = newest_reminder(session, invoice)
    before = last.why_words if last else ""
    word = obstacle(session, invoice, organization.today())
    if word not in ("", "promised", "just_sent"):
        return NextReminder(gettext("No reminder goes out now.") + " " + in_words(invoice, word), before)
    day = _next_day(invoice, organization, last.days if last else None)
    words = gettext("The next reminder goes out on %(day)s.", day=day) if day else gettext("No more reminders follow.")
    return NextReminder(words, before)


def _why_never(invoice: Invoice, organization: Organization) -> str:
    since = organization.reminders_since
    if since is None:
        return gettext("Reminders are switched off in the settings.")
    if invoice.reminders_off:
        return gettext("Reminders of this invoice are switched off.")
    if steps_of(invoice, organization):
        return ""
    return gettext("No reminder goes out by itself: it was due before reminders were switched on.")


def _next_day(invoice: Invoice, organization: Organization, decided: int | None) -> date | None:
    """The first step that is still to come, after a promise where there is one."""
    local = now().astimezone(organization.zone)
    first = local.date() if local.time() < UNTIL else local.date() + timedelta(days=1)
    if invoice.promised_for:
        first = max(first, invoice.promised_for + timedelta(days=1))
    days = [each for each in steps_of(invoice, organization) if decided is None or each > decided]
    found = (day for each in days if (day := _on(invoice, each)) >= first)
    return next(found, None)


def _on(invoice: Invoice, days: int) -> date:
    return (invoice.due_date or date.max) + timedelta(days=days)
