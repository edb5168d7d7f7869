"""Where somebody is led who has typed what cannot be, and what the buttons say until then."""

from collections.abc import Iterator

import builders
import pytest
from forms import edit, page_of
from playwright.sync_api import Locator, Page, expect
from seats import Seat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def paid(desk: str) -> dict[str, str]:
    """The pages of an invoice paid at once and of one paid twice, and the first payment of that."""
    once, (twice, first, _) = builders.a_paid_invoice("64.47"), builders.paid_twice("40.00", "60.00")
    return {"once": page_of(once), "twice": page_of(twice), "first": str(first.id)}


@pytest.fixture
def staff(window: Seat) -> Iterator[Page]:
    """Chromium complains of each form that comes back."""
    yield window("staff", height=500)
    window.forget("400")


def test_the_first_field_that_is_wrong_gets_the_focus_although_it_is_below_the_fold(staff: Page) -> None:
    staff.goto("/admin/contact/new/")
    staff.fill("#name", "Grace Hopper")
    staff.fill("#cc_addresses", "books@example.com, nobody")
    staff.evaluate("scrollTo(0, 0)")
    staff.locator("form:has(#name)").evaluate("form => form.requestSubmit()")
    expect(staff.locator("#cc_addresses")).to_be_focused()
    expect(staff.locator("#cc_addresses")).to_be_in_viewport()
    expect(staff.locator("#cc_addresses")).to_have_value("books@example.com, nobody")


def test_a_line_that_cannot_be_read_gets_the_focus_too(staff: Page) -> None:
    staff.goto(edit(builders.a_draft_invoice()))
    staff.fill("#lines-0-price", "12,50")
    staff.get_by_role("button", name="Save draft").click()
    expect(staff.locator("#lines-0-price")).to_be_focused()


def test_a_promise_for_a_day_that_is_over_says_so_beside_the_day(staff: Page) -> None:
    invoice = builders.a_sent_invoice()
    staff.goto(page_of(invoice))
    staff.locator("[data-dialog=promise]").first.evaluate("button => button.click()")
    dialog = staff.get_by_role("dialog", name="Promised for")
    dialog.get_by_label("Day").fill("2020-01-01")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("That day is over. Choose today or a later day.")
    expect(dialog.get_by_label("Day")).to_have_value("2020-01-01")
    expect(dialog.get_by_label("Day")).to_be_focused()


def press(page: Page, amount: str) -> Locator:
    page.fill("#refund-amount", amount)
    return page.locator("#refund-submit")


def test_the_button_of_a_refund_names_no_amount_that_cannot_be(staff: Page, paid: dict[str, str]) -> None:
    staff.goto(f"{paid['once']}&show=refund")
    for amount, words in (
        ("64.47", "Refund $64.47"),
        ("64.48", "Refund"),
        ("10", "Refund $10.00"),
        ("10.001", "Refund"),
        ("ten", "Refund"),
        ("0", "Refund"),
    ):
        expect(press(staff, amount)).to_have_text(words)


def test_the_most_is_that_of_the_chosen_payment(staff: Page, paid: dict[str, str]) -> None:
    staff.goto(f"{paid['twice']}&show=refund")
    expect(press(staff, "100.00")).to_have_text("Refund $100.00")
    staff.select_option("#refund-payment", paid["first"])
    expect(staff.locator("#refund-submit")).to_have_text("Refund $40.00")
    expect(press(staff, "40.01")).to_have_text("Refund")
