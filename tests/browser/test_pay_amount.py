"""The button of the pay page names the amount that is typed, where the server would take it for that."""

import builders
import pytest
from customers import link
from playwright.sync_api import Page, expect
from seats import Seat

pytestmark = pytest.mark.browser


def pay_page(window: Seat, language: str) -> Page:
    invoice = builders.a_sent_invoice("64.47", contact=builders.a_contact(language=language), partial_payments=True)
    page = window(width=360)
    page.goto(link(invoice))
    return page


@pytest.mark.parametrize(
    ("language", "at_first", "typed", "named"),
    [
        ("en", "Pay $64.47", "12.50", "Pay $12.50"),
        ("de", "64,47\xa0$ bezahlen", "12,50", "12,50\xa0$ bezahlen"),
        ("ar", "ادفع \u206864.47\xa0US$\u2069", "١٢٫٥٠", "ادفع \u206812.50\xa0US$\u2069"),
    ],
)
def test_the_button_names_what_is_typed(window: Seat, language: str, at_first: str, typed: str, named: str) -> None:
    page = pay_page(window, language)
    button = page.get_by_role("button")
    expect(button).to_have_text(at_first)
    page.locator("#amount").fill(typed)
    expect(button).to_have_text(named)


@pytest.mark.parametrize("typed", ["1,234", "0", "12.345", "abc", ""])
def test_the_button_names_nothing_where_it_is_not_sure(window: Seat, typed: str) -> None:
    page = pay_page(window, "en")
    page.locator("#amount").fill(typed)
    expect(page.get_by_role("button")).to_have_text("Pay this amount")
