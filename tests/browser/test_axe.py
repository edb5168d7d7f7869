"""Every page, in light and dark, wide and narrow, holds what axe-core asks of it; nothing on it is cut."""

import pytest
from axe import violations
from cut import cut
from one_of_each import one_of_each
from pages import PAGES
from playwright.sync_api import Page
from seats import Seat

pytestmark = pytest.mark.browser

# Beside a window of this width, of which others a page is looked at for what does not fit.
ALSO = {1280: (768,), 360: ()}


@pytest.fixture(scope="module", autouse=True)
def business(desk: str) -> None:
    one_of_each()


def complaints(page: Page, width: int) -> list[str]:
    return cut(page, *ALSO[width], width) or violations(page)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False)])
def test_axe_finds_nothing_on_any_page_and_nothing_is_cut(window: Seat, width: int, dark: bool) -> None:
    pages: dict[str, Page] = {}
    wrong: dict[str, list[str]] = {}  # what is violated, and on which pages
    for sight in PAGES:
        if sight.role not in pages:
            pages[sight.role] = window(sight.role, width=width, dark=dark)
        page = pages[sight.role]
        sight.show(page)
        for found in complaints(page, width):
            wrong.setdefault(found, []).append(sight.name)
    window.forget("the server responded with a status of 40")
    assert not wrong, "\n".join(f"{found}\n    on {', '.join(names)}" for found, names in wrong.items())
