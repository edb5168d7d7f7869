"""When the customer of an invoice is reminded next, or why not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from models.clock import now
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext
from models.organization import Organization
from models.reminder import FROM, UNTIL, Reminder, newest_reminder, steps_of
from models.reminding import PEACE, asked_at, hindrances, in_words

# What is over on a day that is known.
PASSING = ("promised", "just_sent")
# What ends by itself; its days are left out of the plan, which then goes on.
PAUSES = ("on_its_way", "disputed")


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
    words = list(hindrances(session, invoice, organization))
    return NextReminder(" ".join(_said(session, invoice, organization, words, last)), last.why_words if last else "")


def _said(
    session: Session, invoice: Invoice, organization: Organization, words: list[str], last: Reminder | None
) -> list[str]:
    left_out = gettext("One whose day comes before that is left out, not sent later.")
    if stopped := next((word for word in words if word not in PASSING), ""):
        said = [gettext("No reminder goes out now."), in_words(invoice, stopped)]
        return [*said, left_out] if stopped in PAUSES else said
    day = _next_day(session, invoice, organization, last.days if last else None)
    if day is None:
        return [gettext("No more reminders follow.")]
    said = [gettext("The next reminder goes out on %(day)s.", day=day)]
    return [*said, left_out] if "promised" in words else said


def _why_never(invoice: Invoice, organization: Organization) -> str:
    since = organization.reminders_since
    if since is None:
        return gettext("Reminders are switched off in the settings.")
    if invoice.reminders_off:
        return in_words(invoice, "off")
    if steps_of(invoice, organization):
        return ""
    return gettext("No reminder goes out by itself: it was due before reminders were switched on.")


def _next_day(session: Session, invoice: Invoice, organization: Organization, decided: int | None) -> date | None:
    """The first step that is still to come, after a promise and the day of peace where there is one."""
    days = (_on(invoice, each) for each in steps_of(invoice, organization) if decided is None or each > decided)
    asked = asked_at(session, invoice)
    return next((day for day in days if _goes_out(day, invoice, organization, asked)), None)


def _goes_out(day: date, invoice: Invoice, organization: Organization, asked: datetime | None) -> bool:
    """Whether it is decided on, at nine in the morning or from now on, with nothing of this that is over in its way."""
    local = now().astimezone(organization.zone)
    if day < local.date() or (day == local.date() and local.time() >= UNTIL):
        return False
    if invoice.promised_for and invoice.promised_for >= day:
        return False
    begin = max(now(), datetime.combine(day, FROM, organization.zone).astimezone(UTC))
    return asked is None or asked <= begin - PEACE


def _on(invoice: Invoice, days: int) -> date:
    return (invoice.due_date or date.max) + timedelta(days=days)
