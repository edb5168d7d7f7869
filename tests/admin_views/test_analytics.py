"""Payment Analytics: ranges, currencies never mixed, and the payment that was just made."""

from collections.abc import Callable
from datetime import date

import builders
import pytest
from cast import Browser

from admin_views.charts import axis
from admin_views.periods import Period, preset, slot_of, step_of, typed
from models.refusal import Refused
from models.revenue import DailyTotal
from tasks import transaction
from tasks.revenue import add_up_dirty_days

SignIn = Callable[[str], Browser]
TODAY = date(2026, 3, 15)


def figures(browser: Browser, query: str = "") -> str:
    return " ".join(browser.get(f"/admin/analytics/{query}").text.split())


def test_the_payment_just_made_is_in_before_any_day_is_added_up(signed_in: SignIn) -> None:
    builders.a_paid_invoice("64.47")
    page = figures(signed_in("viewer"))
    assert 'Collected</div> <div class="stat-value">$64.47' in page


@pytest.mark.both_databases
def test_days_added_up_say_the_same_as_days_that_are_not(signed_in: SignIn) -> None:
    builders.a_refund(builders.a_paid_invoice("100.00"), "30.00")
    builders.come_home()
    browser = signed_in("viewer")
    with transaction() as session:
        session.query(DailyTotal).update({"dirty": True})
    live = figures(browser)
    add_up_dirty_days()
    kept = figures(browser)
    for page in (live, kept):
        assert 'Refunded</div> <div class="stat-value">$30.00' in page
        assert 'Net</div> <div class="stat-value">$66.80' in page


def test_currencies_are_never_added_to_each_other(signed_in: SignIn) -> None:
    builders.a_paid_invoice("10.00")
    builders.a_paid_invoice("3000", currency="JPY")
    browser = signed_in("viewer")
    assert 'Collected</div> <div class="stat-value">$10.00' in figures(browser)
    assert 'Collected</div> <div class="stat-value">¥3,000' in figures(browser, "?currency=JPY")
    assert 'Collected</div> <div class="stat-value">$10.00' in figures(browser, "?currency=made-up")


def test_a_range_without_payments_says_so(signed_in: SignIn) -> None:
    builders.a_paid_invoice("10.00")
    page = figures(signed_in("viewer"), "?from=2020-01-01&to=2020-02-01")
    assert "Nothing was collected in this range" in page
    assert 'class="chart"' not in page
    assert 'Collected</div> <div class="stat-value">$0.00' in page


BAD_RANGES = {
    "?from=yesterday": "is not a date",
    "?from=2026-02-30&to=2026-03-01": "is not a date",
    "?from=2026-03-02&to=2026-03-01": "The range ends before it begins.",
    "?to=2026-03-01": "is not a date",
    "?from=0001-01-01&to=9999-12-31": "A range can be ten years long",
    "?from=<script>": "“&lt;script&gt;” is not a date",
}


def test_a_bad_range_gets_a_sentence_and_this_month(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    for query, sentence in BAD_RANGES.items():
        answer = viewer.get(f"/admin/analytics/{query}")
        assert answer.status_code == 200
        assert sentence in answer.text


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


@pytest.mark.parametrize(
    ("largest", "currency", "marks"),
    [
        (0, "USD", ["$0.04", "$0.03", "$0.02", "$0.01", "$0"]),
        (263347, "USD", ["$4,000", "$3,000", "$2,000", "$1,000", "$0"]),
        (400000, "USD", ["$4,000", "$3,000", "$2,000", "$1,000", "$0"]),
        (120000, "JPY", ["¥200,000", "¥150,000", "¥100,000", "¥50,000", "¥0"]),
    ],
)
def test_an_axis_has_round_numbers_that_hold_the_largest(largest: int, currency: str, marks: list[str]) -> None:
    assert axis(largest, currency).marks == marks
    assert axis(largest, currency).top >= largest
