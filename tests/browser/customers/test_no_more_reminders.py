"""The page that a reminder leads to, before and after the press, in every language."""

import pytest
from aside import aside
from axe import violations
from builders import a_sent_invoice
from customers import way_out
from cut import cut
from playwright.sync_api import Page
from seats import Seat

pytestmark = pytest.mark.browser

WIDTHS = (320, 360, 640, 1280)


def complaints(page: Page) -> list[str]:
    return [*cut(page, *WIDTHS), *violations(page)]


@pytest.mark.parametrize(
    ("locale", "dark"),
    [("en-US", False), ("en-US", True), ("ar", False), ("ar", True), ("de-DE", False), ("fr-FR", False), ("es", False)],
)
def test_reminders_are_stopped_by_keyboard_and_without_scripts(window: Seat, locale: str, dark: bool) -> None:
    page = window(locale=locale, dark=dark)
    page.goto(aside(lambda: way_out(a_sent_invoice())))
    assert page.locator("html").get_attribute("lang") == locale[:2]
    assert complaints(page) == []
    plain = window(locale=locale, java_script_enabled=False)
    plain.goto(page.url)
    plain.get_by_role("button").focus()
    plain.keyboard.press("Enter")
    plain.get_by_role("button").wait_for(state="detached")
    page.reload()
    assert page.get_by_role("button").count() == 0
    assert complaints(page) == []
