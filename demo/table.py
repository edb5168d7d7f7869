"""Where the particular bills of the demo are written down."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from demo.calendar import Calendar
from demo.cast import PROJECTS, Line
from demo.lives import Story
from demo.stage import Bill

Told = Iterator[tuple[Bill, Story]]
PROJECT = {project.customer: project.name for project in PROJECTS}


class Table:
    """The calendar, and dice for the hour and the minute."""

    def __init__(self, calendar: Calendar, dice: random.Random) -> None:
        self.calendar = calendar
        self.dice = dice

    def bill(self, days_ago: int, customer: str, *lines: Line, **more: Any) -> Bill:
        return Bill(self.calendar.in_office(days_ago, self.dice), customer, lines, **more)

    def days(self, number: int) -> timedelta:
        return timedelta(days=number, minutes=self.dice.randint(60, 400))
