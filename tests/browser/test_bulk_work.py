"""Bulk work as staff meet it: tick, press, watch, leave, come back; and all that fit a filter at one press."""

import re

import builders
import pytest
from cut import cut
from playwright.sync_api import Page, expect
from seats import Seat

from models.base import db
from models.bulk_run import BulkRun
from models.invoice import Invoice
from tasks import transaction
from tasks.bulk_runs import work_bulk

pytestmark = pytest.mark.browser
LIST = "/admin/invoice/?flt0_status_equals=Draft"


@pytest.fixture(autouse=True)
def drafts(desk: str) -> list[Invoice]:
    """Thirty drafts that can be sent, more than a page shows, and one that cannot."""
    if not db.session.query(Invoice).count():
        builders.connected()
        contact = builders.a_contact()
        for _ in range(30):
            builders.a_draft_invoice(contact=contact)
        builders.a_draft_invoice(contact=None)
    return db.session.query(Invoice).order_by(Invoice.id).all()


def work_off() -> None:
    db.session.rollback()
    for run_id in BulkRun.due(db.session, 10):
        work_bulk(run_id)
    db.session.rollback()


def tick(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()


def test_ticked_rows_are_sent_while_people_go_on(window: Seat, drafts: list[Invoice]) -> None:
    page, lonely = window("staff"), str(drafts[30])
    page.goto(LIST)
    tick(page, str(drafts[29]), str(drafts[28]), lonely)
    page.get_by_role("button", name="Send Invoice", exact=True).click()
    dialog = page.get_by_role("dialog", name="Send Invoice")
    dialog.get_by_role("button", name="Send 3 invoices").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sending 0 of 3")
    page.goto("/admin/contact/")
    page.get_by_role("link", name="Sending 0 of 3").click()
    work_off()
    expect(page.get_by_role("heading", level=1)).to_have_text("Queued for delivery: 2 of 3")
    refused = page.get_by_role("region", name="Add a contact with an email address before sending this invoice.")
    expect(refused.get_by_role("link")).to_have_text(lonely)
    expect(page.get_by_role("button", name="Retry refused")).to_be_visible()
    expect(page.locator("#runs a")).to_have_count(0)


def test_all_that_fit_are_sent_at_one_press(window: Seat) -> None:
    page = window("staff")
    page.goto(LIST)
    page.get_by_role("checkbox", name="Select all on this page").check()
    expect(page.get_by_text("25 selected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Select all 29").click()
    expect(page.get_by_text("29 selected", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Issue refund", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Send Invoice", exact=True).click()
    page.get_by_role("button", name="Send 29 invoices").click()
    work_off()
    expect(page.get_by_role("heading", level=1)).to_have_text("Queued for delivery: 28 of 29")


def test_a_box_that_is_cleared_takes_back_that_all_are_meant(window: Seat) -> None:
    page = window("staff")
    page.goto("/admin/invoice/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Select all 31").click()
    page.locator("input[name=rowid]").first.uncheck()
    expect(page.get_by_text("24 selected", exact=True)).to_be_visible()
    expect(page.locator("#action_form input[name=all]")).to_have_value("")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("selected", exact=False).first).to_be_hidden()


@pytest.mark.parametrize("width", [360, 1280])
def test_why_all_are_not_offered_is_said_once_a_whole_page_is_ticked(
    window: Seat, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("admin_views.invoice_bulk.Bulk.most_at_once", 26)
    page = window("staff", width=width)
    page.goto("/admin/invoice/")
    page.locator("input[name=rowid]").first.check()
    why = page.get_by_text("At most 26 can be selected at once: narrow the list to select all of it.")
    expect(why).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    expect(why).to_be_in_viewport()
    expect(page.get_by_role("button", name="Select all 31")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("input[name=rowid]").first.uncheck()
    expect(why).to_be_hidden()


@pytest.mark.parametrize("width", [360, 768, 1024, 1280])
def test_chips_stand_in_two_rows_and_leave_the_search_room(window: Seat, width: int) -> None:
    page = window("staff", width=width)
    page.goto("/admin/invoice/?flt0_promised_is=1&flt1_broken_is=1&flt2_unviewed_is=1")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    rows = page.locator(".toolbar .filters").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert len(rows) == 2
    assert all(height < 40 for height in rows)
    search = page.get_by_role("searchbox", name="Number, contact, amount").bounding_box()
    assert search
    assert 180 <= search["width"] <= width - search["x"]


COUNTED = "document.querySelectorAll('#saved-filters .count').forEach((count) => (count.textContent = '88'))"
BEYOND = "row => row.scrollWidth - row.clientWidth"
# What is left of the field beside its placeholder and the cross that empties it.
LEFT = """field => {
  const { font, paddingInlineStart, paddingInlineEnd } = getComputedStyle(field), paper = new OffscreenCanvas(1, 1);
  const inside = field.clientWidth - parseFloat(paddingInlineStart) - parseFloat(paddingInlineEnd) - 20;
  return inside - Object.assign(paper.getContext("2d"), { font }).measureText(field.placeholder).width;
}"""


@pytest.mark.parametrize("width", [768, 1280])
def test_filters_of_two_digits_and_what_the_search_looks_for_are_read_as_a_whole(window: Seat, width: int) -> None:
    page = window("staff", width=width)
    page.goto("/admin/invoice/?flt0_promised_is=1&flt1_broken_is=1")
    page.evaluate(COUNTED)
    assert page.locator("#saved-filters").evaluate(BEYOND) == 0
    assert page.get_by_role("searchbox", name="Number, contact, amount").evaluate(LEFT) >= 0


def test_the_longest_flag_stands_in_one_line(window: Seat) -> None:
    customer = builders.a_contact(name="Northumberland Instruments", email="accounts.payable@northumberland.example")
    invoice = builders.a_sent_invoice("1204.47", contact=customer)
    with transaction() as session:
        paid = session.get_one(Invoice, invoice.id)
        paid.captured, paid.refunded = 120447, 7447
    page = window("staff")
    page.goto("/admin/invoice/")
    flag = page.get_by_text("Partially refunded $74.47").bounding_box()
    assert flag
    assert flag["height"] < 24
    assert cut(page, 1280) == []


def test_a_confirmation_closes_when_others_fit_meanwhile(window: Seat) -> None:
    page = window("staff")
    page.goto("/admin/invoice/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name=re.compile(r"Select all \d+")).click()
    page.get_by_role("button", name="Remind", exact=True).click()
    dialog = page.get_by_role("dialog", name="Remind")
    expect(dialog).to_be_visible()
    others = builders.a_sent_invoice()
    expect(page.get_by_text("What is selected has changed meanwhile. Nothing was done: look again.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("checkbox", name=f"Select {others}", exact=True)).not_to_be_checked()


def test_on_a_phone_rows_are_ticked_by_a_box_that_a_finger_hits(window: Seat) -> None:
    page = window("staff", width=360)
    page.goto("/admin/invoice/")
    boxes = page.locator("#rows tbody").get_by_role("checkbox")
    size = boxes.first.bounding_box()
    assert size
    assert min(size["width"], size["height"]) >= 24
    boxes.first.check()
    expect(page.get_by_text("1 selected")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send Invoice", exact=True).first).to_be_in_viewport()
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text(f"{boxes.count()} selected")).to_be_in_viewport()
