"""Everything that a pointer reaches, the keyboard reaches too."""

import builders
import pytest
from playwright.sync_api import expect
from seats import Seat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def business(desk: str) -> None:
    for amount in ("10.00", "20.00", "30.00"):
        builders.a_sent_invoice(amount)


def test_the_first_tab_leads_past_the_sidebar(window: Seat) -> None:
    page = window("staff")
    page.goto("/admin/invoice/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
