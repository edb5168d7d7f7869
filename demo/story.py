"""Half a year of Northwind Studio: which invoices there were, and what became of each."""

import random
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from demo import account, chasing, lives
from demo.calendar import Calendar
from demo.cast import CUSTOMERS, PROJECTS, some_lines
from demo.lives import Life, Story
from demo.particular import particular_bills
from demo.stage import Bill, Stage
from models.money import Money
from tasks.people import set_refund_limit

SEED = 2026
BEGINNING = 192
FIRST_INVOICE, LAST_ROUTINE, ROUTINE = 184, 17, 24
PAYOUT_EVERY = 12
# What one of the staff may give back of an invoice alone, in cents.
REFUND_LIMIT = 100_000
# In days before and after the due date; reminders are on for so many days.
REMINDER_DAYS, REMINDED_SINCE = (-3, 3, 14), 60


def the_bills(calendar: Calendar) -> list[tuple[Bill, Story]]:
    dice = random.Random(SEED)  # noqa: S311 - a story, not a secret
    return [*_routine_bills(calendar, dice), *particular_bills(calendar, dice)]


def the_account(stage: Stage, calendar: Calendar) -> Life:
    yield calendar.at(BEGINNING - 2, 9, 30)
    account.connect(stage)
    yield calendar.at(6, 8, 15)
    account.require(stage, "company.tax_id", calendar.end_of(-24))


def the_rules(stage: Stage, calendar: Calendar) -> Life:
    yield calendar.at(60, 9)
    set_refund_limit("Staff", Money(REFUND_LIMIT, "USD"), stage.people["admin"])


def the_reminders(stage: Stage, calendar: Calendar) -> Life:
    yield calendar.at(REMINDED_SINCE, 9)
    chasing.switch_reminders_on(stage, REMINDER_DAYS)
    for days_ago in range(REMINDED_SINCE, -1, -1):
        yield calendar.at(days_ago, 9, 10)
        chasing.remind_of_the_day(stage)


def the_payouts(stage: Stage, calendar: Calendar) -> Life:
    for days_ago in range(FIRST_INVOICE - 20, 8, -PAYOUT_EVERY):
        yield calendar.at(days_ago, 7)
        made = account.pay_out(stage)
        yield calendar.at(days_ago - 2, 7)
        account.hear_of_payouts(stage, made)
    yield calendar.just_now()
    account.pay_out(stage)


def _routine_bills(calendar: Calendar, dice: random.Random) -> Iterator[tuple[Bill, Story]]:
    """Written, sent, and paid after some days: what becomes of most invoices."""
    step = (FIRST_INVOICE - LAST_ROUTINE) / ROUTINE
    for index in range(ROUTINE):
        days_ago = FIRST_INVOICE - round(index * step) - dice.randint(0, 2)
        customer = CUSTOMERS[(index * 5 + dice.randint(0, 2)) % len(CUSTOMERS)].company
        project = _project_of(customer, days_ago)
        bill = Bill(calendar.in_office(days_ago, dice), customer, some_lines(dice), project)
        yield bill, partial(lives.paid, after=_until_paid(dice))


def _until_paid(dice: random.Random) -> timedelta:
    """Many pay within days, some when the invoice is due."""
    return timedelta(days=dice.choice((0, 1, 2, 2, 3, 5, 8, 12)), minutes=dice.randint(95, 600))


def _project_of(customer: str, days_ago: int) -> str:
    return next((one.name for one in PROJECTS if one.customer == customer and one.days_ago > days_ago), "")
