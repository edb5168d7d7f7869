"""Ranges of days that people ask for: presets, and what they typed."""

from dataclasses import dataclass
from datetime import date, timedelta

from admin_views.fields import typed_day
from models.language import gettext, lazy_gettext
from models.refusal import Refused

PRESETS = {
    "this-month": lazy_gettext("This month"),
    "last-month": lazy_gettext("Last month"),
    "last-90-days": lazy_gettext("Last 90 days"),
    "this-year": lazy_gettext("This year"),
}
LONGEST = timedelta(days=366 * 10)
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def this_month(today: date) -> Period:
    return Period(today.replace(day=1), today)


def preset(name: str, today: date) -> Period:
    """The period of that name; this month for a name that is none."""
    if name == "last-month":
        last = today.replace(day=1) - timedelta(days=1)
        return Period(last.replace(day=1), last)
    if name == "last-90-days":
        return Period(today - timedelta(days=89), today)
    if name == "this-year":
        return Period(today.replace(month=1, day=1), today)
    return this_month(today)


def named(period: Period, likely: str, today: date) -> str:
    """Which preset these days are today, `likely` first: this month is this year in January; empty for none."""
    names = (name for name in (likely, *PRESETS) if name in PRESETS)
    return next((name for name in names if preset(name, today) == period), "")


def before(name: str, period: Period) -> Period:
    """What a period is held against: the same days of the month or year before, else as many days right before it."""
    if name == "this-month":
        return same_days_of_last_month(period)
    last = period.first - timedelta(days=1)
    if name == "last-month":
        return Period(last.replace(day=1), last)
    if name == "this-year":
        return Period(_a_year_before(period.first), _a_year_before(period.last))
    return Period(period.first - timedelta(days=len(period.days)), last)


def same_days_of_last_month(month: Period) -> Period:
    """`Feb 1 – 28` for `Mar 1 – 31`: last month may be shorter."""
    last = month.first - timedelta(days=1)
    return Period(last.replace(day=1), last.replace(day=min(month.last.day, last.day)))


def _a_year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def typed(first: str, last: str, today: date) -> Period:
    """What was typed as yyyy-mm-dd; an empty end is today.

    Refuses what is no date, an end before the beginning, more than ten years, what began before 2000, and an end that
    is more than ten years ahead: no calendar has a day after its last one.
    """
    start, end = typed_day(first.strip()), typed_day(last.strip()) if last else today
    if start > end:
        raise Refused(gettext("The range ends before it begins."))
    if start < EARLIEST or end - start > LONGEST:
        raise Refused(gettext("A range can be ten years long and begin in 2000."))
    if end - today > LONGEST:
        raise Refused(gettext("The range ends more than ten years from now."))
    return Period(start, end)


def step_of(period: Period, wanted: str) -> str:
    """How bars are cut: as asked for unless they were too thin to see; else by the length of the range."""
    length = len(period.days)
    fitting = [step for step, most in (("day", 124), ("week", 800), ("month", length)) if length <= most]
    if wanted in fitting:
        return wanted
    return "day" if length <= 31 else fitting[0] if length > 124 else "week"


def slot_of(day: date, step: str) -> date:
    """The first day of the day's week (Monday) or month, or the day itself."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day
