"""A customer's link, what replaces and revokes it, and both previews: by keyboard, in each width and light."""

import builders
import pytest
from axe import violations
from cut import cut
from pages import PAGES, Sight
from playwright.sync_api import Page, expect
from seats import Seat

pytestmark = pytest.mark.browser

SIGHTS = {sight.name: sight for sight in PAGES}
DIALOGS = ("invoice-pay-link", "invoice-link-replace", "invoice-link-revoke")
FOCUSED = "document.activeElement.closest('dialog[open]') !== null || document.activeElement === document.body"


@pytest.fixture(scope="module", autouse=True)
def business(desk: str) -> None:
    builders.a_sent_invoice("64.47")


def complaints(page: Page, sight: Sight, width: int) -> list[str]:
    sight.show(page)
    return cut(page, width) or violations(page)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False), (360, True)])
def test_axe_finds_nothing_in_the_dialogs_and_previews_of_a_link(window: Seat, width: int, dark: bool) -> None:
    page = window("admin", width=width, dark=dark)
    names = (*DIALOGS, "invoice-preview", "invoice-send")
    assert {name: wrong for name in names if (wrong := complaints(page, SIGHTS[name], width))} == {}


@pytest.mark.parametrize("name", DIALOGS)
def test_the_focus_stays_in_a_dialog_until_escape_closes_it_and_comes_back(window: Seat, name: str) -> None:
    page = window("admin", width=360)
    SIGHTS[name].show(page)
    for key in ("Tab", "Shift+Tab"):
        for _ in range(8):
            page.keyboard.press(key)
            assert page.evaluate(FOCUSED)  # beside its own, a dialog lets the keyboard reach the browser's bar only
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
