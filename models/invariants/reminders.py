"""Reminders that go out by themselves: each has its message, and each message was decided on."""

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from models.invariants.invariant import Invariant, Rows
from models.mail import Mail
from models.reminder import Reminder


def _reminders(session: Session) -> Rows:
    its_mail = exists().where(
        Mail.id == Reminder.mail_id, Mail.kind == "reminder", Mail.invoice_id == Reminder.invoice_id
    )
    for row in session.scalars(select(Reminder.id).where(Reminder.outcome == "sent", ~its_mail)):
        yield f"reminder:{row}", "counts as sent, and has no message of its invoice"
    odd = or_(Reminder.mail_id.is_not(None), Reminder.why == "")
    for row in session.scalars(select(Reminder.id).where(Reminder.outcome == "skipped", odd)):
        yield f"reminder:{row}", "was left out, and has a message or no reason"
    by_itself = and_(Mail.kind == "reminder", Mail.made_by_id.is_(None))
    decided = exists().where(Reminder.mail_id == Mail.id)
    for row in session.scalars(select(Mail.id).where(by_itself, ~decided)):
        yield f"mail:{row}", "reminds, and neither a person nor a step has asked for it"


INVARIANTS = (
    Invariant("one message a reminder", "A reminder counts as sent when its message was written, once.", _reminders),
)
