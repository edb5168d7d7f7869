"""The command palette: what is typed is found, and its verbs lead to the questions that stand before them."""

from collections.abc import Iterator

import builders
import pytest
from forms import page_of
from playwright.sync_api import Page, Route, expect
from seats import Seat

from models.invoice import Invoice

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def invoice(desk: str) -> Invoice:
    builders.connected()
    builders.a_contact(name="Mara Ellison")
    return builders.a_sent_invoice("64.47")


@pytest.fixture
def other(invoice: Invoice) -> Iterator[Invoice]:
    """The next one, as long as a test lasts: with a number behind it, a verb may be about either."""
    found = builders.a_sent_invoice("11.00")
    yield found
    builders.invoices.void_invoice(found.id, builders.person("staff"))


@pytest.fixture(scope="module")
def number(invoice: Invoice) -> str:
    return str(invoice.number)


def typed(page: Page, words: str) -> None:
    page.wait_for_load_state()  # the keys are listened to once the scripts are there
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").press_sequentially(words)


def option(page: Page, words: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("option").filter(has_text=words)


def test_a_number_and_enter_lead_to_the_invoice(window: Seat, number: str) -> None:
    page = window("viewer")
    typed(page, number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Invoice {number}", level=1)).to_be_visible()


def test_a_name_is_found_among_the_pages_and_the_choice_is_told(window: Seat, invoice: Invoice) -> None:
    page = window("viewer")
    typed(page, "elli")
    expect(option(page, "Mara Ellison")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("1 result", exact=True)).to_be_attached()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mara Ellison", level=1)).to_be_visible()


def test_what_lies_in_the_settings_is_found_by_their_name(window: Seat) -> None:
    page = window("admin")
    typed(page, "settings")
    pages = ("Stripe Settings", "Integrations", "Organization", "People", "Messages", "Webhooks", "Stripe events")
    expect(page.get_by_role("option").locator(".palette-label")).to_have_text(pages)


def test_send_asks_before_it_sends_and_names_the_amount(window: Seat, number: str) -> None:
    page = window("staff")
    typed(page, "send")
    page.keyboard.press("Enter")
    option(page, f"Send Invoice {number}").click()
    dialog = page.get_by_role("dialog", name=f"Send Invoice {number}?")
    expect(dialog.get_by_role("button", name="Send again for $64.47")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert "show=" not in page.url


def test_a_verb_that_is_typed_is_not_offered_to_be_typed(window: Seat, number: str) -> None:
    page = window("staff")
    typed(page, "send invoice")
    expect(page.get_by_role("option").first).to_contain_text(f"Send Invoice {number}")


def test_a_verb_and_a_number_and_enter_ask_at_once(window: Seat, number: str) -> None:
    page = window("staff")
    typed(page, f"Remind {number}")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Remind about Invoice {number}?")
    expect(dialog.get_by_role("button", name="Remind about $64.47")).to_be_visible()


def test_on_an_invoice_s_page_the_verbs_are_about_it(window: Seat, invoice: Invoice, number: str) -> None:
    page = window("staff")
    page.goto(page_of(invoice))
    typed(page, "")
    expect(page.get_by_role("option").first).to_contain_text(f"Send Invoice {number}")
    for verb, first in (("void", "Void"), ("pay link", "Copy Pay Link of"), ("send invoice", "Send")):
        page.get_by_role("combobox", name="Search or jump to").fill(verb)
        expect(page.get_by_role("option").first).to_contain_text(f"{first} Invoice {number}")
        expect(option(page, f"{first} Invoice {number}")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"Send Invoice {number}?")).to_be_visible()


def test_on_an_invoice_s_page_a_verb_with_another_number_is_about_the_other(
    window: Seat, invoice: Invoice, other: Invoice
) -> None:
    page = window("staff")
    for typed_number in (str(other.number), str(int(str(other.number)[-4:]))):
        page.goto(page_of(invoice))
        typed(page, "")
        page.get_by_role("combobox", name="Search or jump to").fill(f"remind {typed_number}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name=f"Remind about Invoice {other.number}?")).to_be_visible()


def test_on_an_invoice_s_page_a_verb_with_its_own_number_asks_at_once(window: Seat, invoice: Invoice) -> None:
    page = window("staff")
    page.goto(page_of(invoice))
    page.route("**/admin/palette?q=*", lambda route: route.abort())
    typed(page, f"remind {invoice.number}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=f"Remind about Invoice {invoice.number}?")).to_be_visible()
    window.forget("ERR_FAILED")


def test_who_was_signed_out_meanwhile_is_told_so(window: Seat, number: str) -> None:
    page = window("viewer")
    page.wait_for_load_state()
    page.context.clear_cookies()
    typed(page, number)
    expect(page.get_by_role("dialog", name="Command palette").get_by_text("Please sign in.").first).to_be_visible()
    window.forget("401")


def test_copy_pay_link_opens_the_link_with_copy_under_the_thumb(window: Seat, number: str) -> None:
    page = window("staff")
    typed(page, number)
    option(page, f"Copy Pay Link of Invoice {number}").click()
    expect(page.get_by_role("dialog", name="Pay Link").get_by_role("button", name="Copy")).to_be_focused()


def test_who_may_not_send_is_offered_neither_verb(window: Seat, number: str) -> None:
    page = window("viewer")
    typed(page, number)
    expect(page.get_by_role("option")).to_have_text([f"Invoice {number}Grace Hopper · Sent · $64.47"])


def test_an_older_answer_never_replaces_a_newer_one(window: Seat, number: str) -> None:
    page = window("viewer")
    held: list[Route] = []
    page.route("**/admin/palette?q=ma", lambda route: held.append(route))
    typed(page, "ma")
    with page.expect_request("**/admin/palette?q=ma"):
        pass
    page.keyboard.type("ra x")
    expect(page.get_by_text("Nothing by that name.").first).to_be_visible()
    expect(option(page, "Mara Ellison")).to_have_count(0)


def test_nothing_found_is_said_and_not_before_it_was_looked_for(window: Seat, number: str) -> None:
    page = window("viewer")
    typed(page, "zzzzzz")
    expect(page.locator("[data-nothing]")).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(0)


def test_escape_closes_it_at_once_and_the_focus_comes_back(window: Seat, number: str) -> None:
    page = window("viewer")
    page.get_by_role("link", name="Contacts").focus()
    typed(page, number)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Command palette")).to_be_hidden()
    expect(page.get_by_role("link", name="Contacts")).to_be_focused()
