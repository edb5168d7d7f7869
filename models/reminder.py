"""Reminders that go out by themselves: which were decided, so that each is decided once."""

from collections.abc import Iterable
from datetime import date, time, timedelta

from sqlalchemy import (
    CheckConstraint,
    Date,
    Exists,
    ForeignKey,
    String,
    UniqueConstraint,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.clock import now
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext, marked
from models.mail import Mail
from models.organization import Organization
from models.refusal import Refused

# What people choose from, in days after the due date.
STEPS = (-7, -3, 0, 3, 7, 14, 30)
# When reminders are sent, on the organization's clock: nobody is written to at night, nor for a day that is over.
FROM, UNTIL = time(9), time(20)
# Why one was left out, by the word that is kept; translated where they are shown.
SKIPPED_WORDS = {
    "on_its_way": marked("No reminder went out on %(day)s: a payment was on its way."),
    "nothing_due": marked("No reminder went out on %(day)s: nothing was due."),
    "disputed": marked("No reminder went out on %(day)s: a payment was disputed."),
    "promised": marked("No reminder went out on %(day)s: payment was promised for a later day."),
    "unsubscribed": marked("No reminder went out on %(day)s: the contact had asked for no more."),
    "unsent": marked("No reminder went out on %(day)s: the invoice had never been sent."),
    "revised": marked("No reminder went out on %(day)s: the invoice had been changed and not sent again."),
    "no_link": marked("No reminder went out on %(day)s: the Pay Link had been revoked."),
    "just_sent": marked("No reminder went out on %(day)s: the customer had been asked less than a day before."),
    "off": marked("No reminder went out on %(day)s: reminders of this invoice were off."),
    "no_address": marked("No reminder went out on %(day)s: the contact had no email address."),
    "no_stripe": marked("No reminder went out on %(day)s: customers could not pay online."),
}


class Reminder(Base):
    """One step before, on or after a due date. `why` is a word of the reason why a skipped one was not sent."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("invoice_id", "due_date", "days"),
        CheckConstraint("outcome IN ('sent', 'skipped')", name="outcome"),
    )

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"))
    due_date: Mapped[date] = mapped_column(Date)
    # After the due date; -3 is three days before it.
    days: Mapped[int]
    decided_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(40), default="")
    mail_id: Mapped[int | None] = mapped_column(Key, ForeignKey("mail.id"))

    invoice: Mapped[Invoice] = relationship()
    mail: Mapped[Mail | None] = relationship()

    @property
    def why_words(self) -> str:
        """Why it was left out, or did not go out any more, in the reader's language; nothing of one that was sent."""
        if self.why:
            return gettext(SKIPPED_WORDS[self.why], day=self.decided_on)
        if self.mail is None or self.mail.superseded_at is None:
            return ""
        unsent = gettext("No reminder went out on %(day)s.", day=self.decided_on)
        return f"{unsent} {gettext(self.mail.superseded_words)}"

    @classmethod
    def decide(cls, session: Session, invoice: Invoice, days: int, today: date, why: str) -> "Reminder | None":
        """Write down that this step is sent, or why not; None when somebody has decided on it before."""
        step = {"invoice_id": invoice.id, "due_date": invoice.due_date, "days": days, "decided_on": today}
        values = step | {"outcome": "skipped" if why else "sent", "why": why}
        insert = insert_or(session, cls).values(**values)
        new = insert.on_conflict_do_nothing(index_elements=["invoice_id", "due_date", "days"]).returning(cls.id)
        row_id = session.execute(new).scalar_one_or_none()
        return None if row_id is None else session.get_one(cls, row_id)


def known_steps(days: Iterable[int]) -> list[int]:
    """Each once, the earliest first. Refuses what is not among STEPS."""
    chosen = sorted(set(days))
    if odd := [each for each in chosen if each not in STEPS]:
        raise Refused(gettext("Customers are not reminded %(days)s days after the due date.", days=odd[0]))
    return chosen


def is_hour(organization: Organization) -> bool:
    """Whether reminders are sent at this time of the organization's day."""
    return is_in_hours(now().astimezone(organization.zone).time())


def is_in_hours(at: time) -> bool:
    return FROM <= at < UNTIL


def steps_of(invoice: Invoice, organization: Organization) -> list[int]:
    """The steps of this invoice, in days after its due date: none where it was due before they were switched on."""
    since, due = organization.reminders_since, invoice.due_date
    return list(organization.reminder_days) if since and due and due > since else []


def is_step_of(day: date, days: int, invoice: Invoice, organization: Organization) -> bool:
    """Whether the invoice has this step, and on this very day."""
    due = invoice.due_date
    return due is not None and days in steps_of(invoice, organization) and due + timedelta(days=days) == day


def undecided(session: Session, organization: Organization, limit: int) -> list[tuple[int, int]]:
    """Invoices that are owed and have a step today on which nobody has decided, each with the days of that step.

    A step of a day that is over is never made up for.
    """
    today, since = organization.today(), organization.reminders_since
    if since is None:
        return []
    due_on = {days: today - timedelta(days=days) for days in organization.reminder_days}
    steps = or_(false(), *(and_(Invoice.due_date == day, ~_is_decided(days)) for days, day in due_on.items()))
    owed = (Invoice.status.in_(OWED_IN), Invoice.sent_at.is_not(None), Invoice.due_date > since)
    rows = session.execute(select(Invoice.id, Invoice.due_date).where(*owed, steps).order_by(Invoice.id).limit(limit))
    return [(invoice_id, (today - due).days) for invoice_id, due in rows if due is not None]


def concerned(session: Session, since: date) -> int:
    """How many invoices are owed, were sent and are due after that day."""
    owed = (Invoice.status.in_(OWED_IN), Invoice.sent_at.is_not(None), Invoice.due_date > since)
    return session.scalar(select(func.count()).select_from(Invoice).where(*owed)) or 0


def newest_reminder(session: Session, invoice: Invoice) -> Reminder | None:
    """The last one that was decided on for its due date as it is now."""
    of_it = (Reminder.invoice_id == invoice.id, Reminder.due_date == invoice.due_date)
    return session.scalars(select(Reminder).where(*of_it).order_by(Reminder.days.desc()).limit(1)).one_or_none()


def _is_decided(days: int) -> Exists:
    same = (Reminder.invoice_id == Invoice.id, Reminder.due_date == Invoice.due_date, Reminder.days == days)
    return exists().where(*same)
