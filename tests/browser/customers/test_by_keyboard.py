"""Whoever uses no pointer pays too: every stop is seen, in the order in which one reads."""

import builders
import pytest
from customers import link
from playwright.sync_api import Page, expect
from seats import Seat

from models.organization import the_organization
from tasks import transaction

pytestmark = pytest.mark.browser
STOP = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const words = document.activeElement.id || document.activeElement.textContent.trim();
  return [words, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""


@pytest.fixture
def page(window: Seat) -> Page:
    with transaction() as session:
        the_organization(session).support_email = "help@example.com"
    page = window()
    page.goto(link(builders.a_sent_invoice("64.47", partial_payments=True)))
    return page


def stops(page: Page, number: int) -> list[str]:
    """Where Tab leads; each of them shows that it is there."""
    found = []
    for _ in range(number):
        page.keyboard.press("Tab")
        words, is_seen = page.evaluate(STOP)
        assert is_seen, words
        found.append(words)
    return found


def test_tab_goes_from_the_amount_to_the_button_to_what_can_be_taken_along(page: Page) -> None:
    assert stops(page, 4) == ["amount", "Pay $64.47", "Invoice (PDF)", "help@example.com"]


def test_enter_in_the_field_pays_what_is_typed(till: str, page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pay $20.00")).to_be_visible()
    assert page.url.startswith(till)


def test_who_typed_too_much_stands_in_the_field_beside_the_sentence(window: Seat, page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    field = page.get_by_label("Amount to pay now")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("Only $64.47 is due. Pay $0.50 or more, up to $64.47.")
    expect(field).to_have_value("99.00")
    window.forget("the server responded with a status of 409")
