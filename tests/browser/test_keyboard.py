"""Everything that a pointer reaches, the keyboard reaches too."""

import builders
import pytest
from playwright.sync_api import Page, expect
from seats import Seat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def business(desk: str) -> None:
    for amount in ("10.00", "20.00", "30.00"):
        builders.a_sent_invoice(amount)


@pytest.fixture
def page(window: Seat) -> Page:
    """The list of three invoices, the newest first."""
    page = window("staff")
    page.goto("/admin/invoice/")
    page.wait_for_load_state()
    return page


def test_the_first_tab_leads_past_the_sidebar(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_arrows_go_from_row_to_row_and_enter_opens(page: Page) -> None:
    rows = page.locator("#rows .cell-main a")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("ArrowUp")
    number = rows.nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def test_a_row_s_menu_opens_is_walked_through_and_closes_when_left(page: Page) -> None:
    menu = page.locator("#rows tbody tr details.menu").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("link", name="Open")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_rows_are_ticked_and_taken_along_by_keyboard(page: Page) -> None:
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Space")
    export = page.locator("[data-selection]").get_by_role("button", name="Export")
    export.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.startswith("invoice-")
    expect(export).to_be_enabled()
