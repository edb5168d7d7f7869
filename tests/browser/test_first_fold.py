"""What stands on an invoice's page before anybody scrolls, and what comes next to it on a narrower screen."""

from collections.abc import Callable

import builders
import pytest
from forms import page_of
from playwright.sync_api import Page
from seats import Seat

from models.invoice import Invoice

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
TABLET = {"width": 768, "height": 1024}
# The head of the timeline and its newest entry.
TOP_OF_THE_TIMELINE = 120


def with_everything_around_it() -> Invoice:
    """Paid twice and more, disputed and partly refunded; a matter waits for a decision on each."""
    invoice, _, second = builders.paid_twice("60.00", "70.00", contact=builders.a_contact(name="Ada " * 12))
    builders.the_world().dispute(str(second.charge_id))
    builders.a_refund(invoice, "5.00")
    builders.come_home()
    return invoice


SITUATIONS: dict[str, Callable[[], Invoice]] = {
    "draft": builders.a_draft_invoice,
    "sent": builders.a_sent_invoice,
    "partly paid": builders.a_partly_paid_invoice,
    "paid": builders.a_paid_invoice,
    "everything": with_everything_around_it,
}


@pytest.fixture(scope="module", autouse=True)
def invoices(desk: str) -> dict[str, Invoice]:
    builders.connected()
    return {name: made() for name, made in SITUATIONS.items()}


def bottom(page: Page, what: str) -> float:
    box = page.locator(what).first.bounding_box()
    assert box, what
    return box["y"] + box["height"]


def top(page: Page, what: str) -> float:
    box = page.locator(what).first.bounding_box()
    assert box, what
    return box["y"]


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_counts_stands_there_without_scrolling(window: Seat, invoices: dict[str, Invoice], name: str) -> None:
    page = window("admin")
    page.set_viewport_size(DESK)
    page.goto(page_of(invoices[name]))
    for what in ("h1", "#head .page-sub a", "#head .chip-status", ".why", ".amount-due-value"):
        assert bottom(page, what) <= DESK["height"], what
    assert page.locator("#content .btn-primary:not(.btn-split > a):visible").count() <= 1
    assert all(button.bounding_box()["y"] < 300 for button in page.locator("#content .btn-primary:visible").all())
    assert top(page, "#timeline") + TOP_OF_THE_TIMELINE <= DESK["height"]


@pytest.mark.parametrize("name", SITUATIONS)
def test_on_a_tablet_the_timeline_comes_before_lines_and_money(
    window: Seat, invoices: dict[str, Invoice], name: str
) -> None:
    page = window("admin")
    page.set_viewport_size(TABLET)
    page.goto(page_of(invoices[name]))
    order = [top(page, what) for what in ("#summary", "#timeline", "#lines", "#money", "#about")]
    assert order == sorted(order)
    assert page.evaluate("document.documentElement.scrollWidth") <= TABLET["width"]


def test_several_banners_are_one_until_they_are_opened(window: Seat, invoices: dict[str, Invoice]) -> None:
    page = window("admin")
    page.goto(page_of(invoices["everything"]))
    inside = page.locator("#remedy details .banner:not(summary)")
    assert inside.count() > 1
    assert not inside.first.is_visible()
    page.get_by_text("things need attention").click()
    assert inside.first.is_visible()
