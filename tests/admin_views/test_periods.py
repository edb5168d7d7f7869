"""Ranges of days: presets, what is typed, and what they are held against."""

from datetime import date

import pytest

from admin_views.periods import Period, before, named, preset, slot_of, step_of, typed
from models.refusal import Refused

TODAY = date(2026, 3, 15)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("this-month", date(2026, 3, 1), TODAY),
        ("last-month", date(2026, 2, 1), date(2026, 2, 28)),
        ("last-90-days", date(2025, 12, 16), TODAY),
        ("this-year", date(2026, 1, 1), TODAY),
        ("made-up", date(2026, 3, 1), TODAY),
    ],
)
def test_presets_are_what_their_names_say(name: str, first: date, last: date) -> None:
    assert preset(name, TODAY) == Period(first, last)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("this-month", date(2026, 2, 1), date(2026, 2, 15)),
        ("last-month", date(2026, 1, 1), date(2026, 1, 31)),
        ("last-90-days", date(2025, 9, 17), date(2025, 12, 15)),
        ("this-year", date(2025, 1, 1), date(2025, 3, 15)),
        ("", date(2026, 2, 14), date(2026, 2, 28)),
    ],
)
def test_a_period_is_held_against_its_like(name: str, first: date, last: date) -> None:
    period = preset(name, TODAY) if name else Period(date(2026, 3, 1), TODAY)
    assert before(name, period) == Period(first, last)


@pytest.mark.parametrize("name", ["this-month", "last-month", "last-90-days", "this-year"])
def test_a_range_is_named_by_its_days(name: str) -> None:
    assert named(preset(name, TODAY), "", TODAY) == name
    assert named(Period(date(2026, 3, 2), TODAY), name, TODAY) == ""


def test_in_january_this_month_and_this_year_keep_their_names() -> None:
    today = date(2026, 1, 15)
    for name in ("this-month", "this-year"):
        assert named(preset(name, today), name, today) == name


def test_a_range_ends_within_ten_years() -> None:
    assert typed("2030-01-01", "2036-03-01", TODAY).last == date(2036, 3, 1)
    with pytest.raises(Refused):
        typed("2030-01-01", "2036-04-01", TODAY)


def test_an_open_end_is_today() -> None:
    assert typed("2026-03-01", "", TODAY) == Period(date(2026, 3, 1), TODAY)
    with pytest.raises(Refused):
        typed("", "2026-03-01", TODAY)


def test_bars_grow_wider_with_the_range() -> None:
    month, quarter = Period(date(2026, 3, 1), TODAY), Period(date(2025, 12, 16), TODAY)
    years = Period(date(2020, 1, 1), TODAY)
    assert [step_of(period, "") for period in (month, quarter, years)] == ["day", "week", "month"]
    assert [step_of(period, "day") for period in (month, quarter, years)] == ["day", "day", "month"]
    assert slot_of(date(2026, 3, 15), "week") == date(2026, 3, 9)
