"""What staff do about an invoice that is not paid in time."""

from collections.abc import Sequence
from datetime import date

from demo.stage import Bill, Stage, outside
from models.invoice import new_operation
from models.organization import the_organization
from models.reminder import undecided
from tasks import following_up, reminders, transaction


@outside
def remind(stage: Stage, bill: Bill, bounces: bool = False) -> None:
    if bounces:
        stage.sandbox.control("mailbox", fault="550")
    reminders.remind(bill.id, stage.staff, new_operation())


def switch_reminders_on(stage: Stage, days: Sequence[int]) -> None:
    reminders.change_reminders(stage.people["admin"], days)


def remind_of_the_day(stage: Stage) -> None:
    """As the clock asks each minute; on most days there is nobody to remind."""
    with transaction() as session:
        found = undecided(session, the_organization(session), 1)
    if found:
        _send_reminders(stage)


@outside
def _send_reminders(stage: Stage) -> None:
    reminders.send_reminders()


def note(stage: Stage, bill: Bill, words: str) -> None:
    following_up.add_note(bill.id, stage.staff, words)


def promise(stage: Stage, bill: Bill, day: date) -> None:
    following_up.promise(bill.id, stage.staff, day)
