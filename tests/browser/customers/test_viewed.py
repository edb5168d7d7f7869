"""Viewed is what a person looks at: two seconds with a sign of life, or five without."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import builders
import pytest
from customers import link, told
from playwright.sync_api import Page
from seats import Seat

from models.base import db
from models.invoice import Invoice

pytestmark = pytest.mark.browser
BEGIN = datetime(2027, 3, 4, 9, tzinfo=UTC)
# The clock runs until it is told to stand still; a busy machine takes its time to tell.
LATER = timedelta(hours=1)
HIDDEN = "Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => true })"
SHOWN = "Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => false })"
SIGNS: dict[str, Callable[[Page], None]] = {
    "pointer": lambda page: page.mouse.move(100, 100),
    "key": lambda page: page.keyboard.press("Tab"),
    "scroll": lambda page: page.mouse.wheel(0, 80),
    "touch": lambda page: page.touchscreen.tap(20, 20),
}


def opened(page: Page, path: str) -> list[str]:
    """The page, whose clock stands still; what it reports comes into the list."""
    reports: list[str] = []
    page.on("request", lambda request: reports.append(request.url) if request.url.endswith("/viewed") else None)
    page.clock.install(time=BEGIN)
    page.clock.pause_at(BEGIN + LATER)
    page.goto(path)
    return reports


def pass_by(page: Page, seconds: float) -> None:
    page.clock.run_for(round(seconds * 1000))
    page.evaluate("0")  # what was asked for meanwhile is known now


def is_viewed(invoice: Invoice) -> bool:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id).viewed_at is not None


@pytest.mark.parametrize("sign", SIGNS)
def test_with_a_sign_of_life_it_takes_two_seconds(window: Seat, sign: str) -> None:
    page, invoice = window(width=360, height=500, has_touch=True), builders.a_sent_invoice()
    reports = opened(page, link(invoice))
    SIGNS[sign](page)
    pass_by(page, 1.9)
    assert reports == []
    with page.expect_response("**/viewed") as answer:
        pass_by(page, 0.2)
    assert answer.value.status == 204
    assert is_viewed(invoice)
    pass_by(page, 60)
    assert len(reports) == 1


def test_without_one_it_takes_five(window: Seat) -> None:
    page, invoice = window(), builders.a_sent_invoice()
    reports = opened(page, link(invoice))
    pass_by(page, 4.9)
    assert (reports, is_viewed(invoice)) == ([], False)
    with page.expect_response("**/viewed"):
        pass_by(page, 0.2)
    assert is_viewed(invoice)


def test_a_tab_that_nobody_sees_does_not_count(window: Seat) -> None:
    page, invoice = window(), builders.a_sent_invoice()
    page.add_init_script(HIDDEN)
    reports = opened(page, link(invoice))
    pass_by(page, 60)
    page.evaluate(SHOWN)
    pass_by(page, 4.9)
    assert (reports, is_viewed(invoice)) == ([], False)
    with page.expect_response("**/viewed"):
        pass_by(page, 0.2)
    assert is_viewed(invoice)


def test_staff_at_the_customers_link_are_said_to_be_staff(window: Seat) -> None:
    page, invoice = window("staff"), builders.a_sent_invoice()
    opened(page, link(invoice))
    with page.expect_response("**/viewed"):
        pass_by(page, 6)
    assert told(invoice)[-1] == "viewed_by_staff"
    assert not is_viewed(invoice)


def test_a_preview_is_nobodys_view(window: Seat) -> None:
    page, invoice = window("staff"), builders.a_sent_invoice()
    before = told(invoice)
    reports = opened(page, f"/admin/invoice/preview/?id={invoice.id}")
    page.mouse.move(100, 100)
    pass_by(page, 60)
    assert (reports, told(invoice)) == ([], before)


def test_who_only_fetches_or_leaves_at_once_has_not_looked(window: Seat) -> None:
    page, invoice = window(), builders.a_sent_invoice()
    page.request.head(link(invoice))
    page.request.get(link(invoice), headers={"Purpose": "prefetch"})
    opened(page, link(invoice))
    page.mouse.move(100, 100)
    pass_by(page, 1.5)
    page.goto("about:blank")
    assert not is_viewed(invoice)
    assert not [kind for kind in told(invoice) if kind.startswith("viewed")]
