"""Payment Analytics by keyboard: each bar says its value and opens its rows, which add up to the figure."""

import builders
import pytest
from playwright.sync_api import Page, expect
from seats import Seat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def business(desk: str) -> None:
    builders.an_invoice_paid_in_cash()
    builders.a_sent_invoice("41.00")


@pytest.fixture
def page(window: Seat) -> Page:
    page = window("viewer")
    page.goto("/admin/analytics/")
    page.wait_for_load_state()
    return page


def test_a_bar_says_its_value_and_opens_its_rows(page: Page) -> None:
    bar = page.get_by_role("group", name="Collected", exact=True).get_by_role("link")
    bar.focus()
    expect(page.locator(".chart-tip", has_text="$100.00")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".table-sums")).to_contain_text("$100.00")
    page.get_by_role("link", name="Take away: Counted on").click()
    expect(page.get_by_role("link", name="Take away: USD")).to_be_visible()


def test_the_second_tab_keeps_the_range_and_opens_what_is_owed(page: Page) -> None:
    page.get_by_role("link", name="This year").click()
    page.get_by_role("link", name="Outstanding and methods").click()
    expect(page.get_by_role("link", name="This year")).to_have_attribute("aria-current", "true")
    page.locator(".stat", has_text="Not due yet").get_by_role("link", name="$41.00").click()
    expect(page.locator(".table-sums")).to_contain_text("$41.00")
