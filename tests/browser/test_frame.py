"""The frame: the sidebar remembers, dialogs keep and give back the focus, and a page that nobody sees is quiet."""

import builders
import pytest
from playwright.sync_api import Page, Request, expect
from seats import Seat

from models.invoice import new_operation
from tasks.offline_payments import record_offline_payment

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sent(desk: str) -> int:
    builders.connected()
    return builders.a_sent_invoice("64.47").id


@pytest.fixture(scope="module", autouse=True)
def paid(desk: str) -> None:
    for amount in ("1204.00", "10.00"):
        builders.a_paid_invoice(amount)


def focused_behind(page: Page) -> bool:
    """Whether the focus is on something of the page that does not belong to the open dialog."""
    return bool(page.evaluate("!document.activeElement.matches('dialog[open] *, dialog[open], body')"))


def test_a_folded_group_is_folded_on_the_next_page_before_it_is_painted(window: Seat) -> None:
    page = window("staff")
    menu = page.get_by_role("navigation", name="Main")
    menu.get_by_text("Payments").first.click()
    expect(menu.get_by_role("link", name="Refunds")).to_be_hidden()
    page.route("**/paydesk.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/admin/refund/")
    expect(page.get_by_role("heading", name="Refunds", level=1)).to_be_visible()
    expect(menu.get_by_role("link", name="Refunds")).to_be_hidden()


def test_a_dialog_keeps_the_focus_and_names_the_amount(window: Seat, sent: int) -> None:
    page = window("staff")
    page.goto(f"/admin/invoice/details/?id={sent}")
    page.get_by_label("More actions").click()
    page.get_by_role("button", name="Void", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Void invoice of $64.47")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert not focused_behind(page)


def test_where_nothing_can_be_refunded_the_question_says_only_that(window: Seat) -> None:
    page, draft = window("staff"), builders.a_draft_invoice()
    page.goto("/admin/invoice/")
    page.get_by_role("checkbox", name=f"Select {draft}", exact=True).check()
    press, dialog = page.get_by_role("button", name="Issue refund"), page.get_by_role("dialog", name="Issue refund")
    press.click()
    expect(dialog.locator(".dialog-body")).to_have_text(
        "Nothing can be refunded of what is selected.", use_inner_text=True
    )
    expect(dialog.locator(".dialog-foot button:visible")).to_have_text("Cancel")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("checkbox", name="Select all on this page").check()
    press.click()
    expect(dialog.get_by_role("button", name="Refund $1,214.00")).to_be_visible()


def test_escape_closes_a_dialog_and_the_focus_comes_back_to_the_menu_it_was_opened_from(
    window: Seat, sent: int
) -> None:
    page = window("staff")
    page.goto(f"/admin/invoice/details/?id={sent}")
    page.get_by_label("More actions").focus()
    for key in ("Enter", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_label("More actions")).to_be_focused()


def test_the_focus_comes_back_although_the_page_was_drawn_anew_meanwhile(window: Seat) -> None:
    invoice = builders.a_sent_invoice("12.00")
    page = window("finance")
    page.goto(f"/admin/invoice/details/?id={invoice.id}")
    opener = page.get_by_role("button", name="Record payment").first
    opener.click()
    page.evaluate("document.querySelector('#head').replaceWith(document.querySelector('#head').cloneNode(true))")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_the_button_for_many_refunds_names_what_they_come_to(window: Seat) -> None:
    page = window("staff")
    page.goto("/admin/invoice/?flt0_status_equals=Paid")
    for box in page.get_by_label("Select Invoice").all():
        box.check()
    page.get_by_role("button", name="Issue refund").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Refund $1,214.00")).to_be_visible()


def test_a_page_that_nobody_sees_asks_for_nothing(window: Seat) -> None:
    page = window("staff")
    page.clock.install()
    page.goto("/admin/invoice/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/admin/" in request.url else None)
    page.evaluate(HIDE, True)
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_request("**/admin/pulse"):
        page.evaluate(HIDE, False)


def test_a_quiet_page_asks_more_and_more_rarely(window: Seat) -> None:
    page = window("staff")
    page.clock.install()
    page.goto("/admin/invoice/")
    page.wait_for_load_state("networkidle")
    asked: list[Request] = []
    answered: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.on("requestfinished", lambda request: answered.append(request))
    for _ in range(60):
        page.clock.run_for(1000)
        while len(answered) < len(asked):
            page.wait_for_event("requestfinished")
    assert 5 <= len([request for request in asked if "pulse" in request.url]) <= 14


def test_a_form_whose_invoice_is_paid_meanwhile_says_that_it_stays_as_it_is(window: Seat) -> None:
    page, invoice = window("staff"), builders.a_sent_invoice()
    page.goto(f"/admin/invoice/edit/?id={invoice.id}")
    page.get_by_label("Note to the customer").fill("Typed")
    due, by = invoice.due(), builders.person("finance")
    record_offline_payment(invoice.id, due, "cash", builders.today(), "", by, new_operation())
    expect(page.get_by_text("This page can no longer be kept up to date.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("You are signed out.")).to_have_count(0)
    expect(page.get_by_label("Note to the customer")).to_have_value("Typed")


def test_who_is_signed_out_is_told_so(window: Seat) -> None:
    page = window("staff")
    page.goto("/admin/invoice/")
    page.route("**/admin/pulse", lambda route: route.fulfill(json={"pulse": "news"}))
    page.context.clear_cookies()
    expect(page.get_by_text("You are signed out.")).to_be_visible(timeout=15_000)


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
