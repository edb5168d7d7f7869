"""What staff do about an invoice that is not paid in time."""

from datetime import date

from demo.stage import Bill, Stage, outside
from models.invoice import new_operation
from tasks import following_up, reminders


@outside
def remind(stage: Stage, bill: Bill, bounces: bool = False) -> None:
    if bounces:
        stage.sandbox.control("mailbox", fault="550")
    reminders.remind(bill.id, stage.staff, new_operation())


def note(stage: Stage, bill: Bill, words: str) -> None:
    following_up.add_note(bill.id, stage.staff, words)


def promise(stage: Stage, bill: Bill, day: date) -> None:
    following_up.promise(bill.id, stage.staff, day)
