"""Every state of the pay page in every language: as wide as its window, nothing cut, nothing that axe complains of."""

import pytest
from aside import aside
from axe import violations
from cut import cut
from pay_states import STATES
from playwright.sync_api import Page
from seats import Seat

pytestmark = pytest.mark.browser

# In pixels: the smallest that WCAG asks for, a telephone, a desktop's window at 200 %, and that window.
WIDTHS = (320, 360, 640, 1280)
BIGGER = "document.documentElement.style.fontSize = '200%'"
# What changes other invoices' pages comes last.
NAMES = sorted(STATES, key=lambda name: STATES[name].alone)
WINDOWS = [
    ("en-US", False),
    ("en-US", True),
    ("ar", False),
    ("ar", True),
    ("de-DE", False),
    ("fr-FR", False),
    ("es", False),
]


def complaints(page: Page) -> list[str]:
    """The last width is looked at with letters of twice the size too."""
    found = [*cut(page, *WIDTHS), *violations(page), *cut(page, 360), *violations(page)]
    page.evaluate(BIGGER)
    return found + [f"200 %: {each}" for each in cut(page, 1280)]


@pytest.mark.parametrize("name", NAMES)
def test_a_state_can_be_read_in_every_window(window: Seat, name: str) -> None:
    path, wrong = aside(lambda: STATES[name].make(None)), {}
    for locale, dark in WINDOWS:
        page = window(locale=locale, dark=dark)
        answer = page.goto(path)
        assert answer
        assert answer.status == STATES[name].code
        assert page.locator("html").get_attribute("lang") == locale[:2]
        wrong[locale, dark] = complaints(page)
    window.forget("the server responded with a status of")
    assert {where: found for where, found in wrong.items() if found} == {}
