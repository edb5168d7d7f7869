"""The dashboard and the bell in a real browser: chosen, fresh while one looks, and never wider than the window."""

import re

import builders
import pytest
from playwright.sync_api import expect
from seats import Seat

from models.activity import tell
from models.invoice import Invoice, new_operation
from models.money import Money
from tasks import transaction
from tasks.offline_payments import record_offline_payment

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def paid(invoice: Invoice, amount: int) -> None:
    with transaction() as session:
        cause = f"invoice:{invoice.id}:{amount}"
        tell(session, "payment_received", cause, invoice.id, money=Money(amount, "USD"))


def owned(**fields: object) -> Invoice:
    return builders.a_draft_invoice(owner_id=builders.person("staff").id, **fields)


def test_a_widget_is_switched_off_and_on_again(window: Seat) -> None:
    page = window("staff")
    recent = page.get_by_role("heading", name="Recent Payments")
    for is_shown in (False, True):
        page.get_by_role("button", name="Customize").click()
        page.get_by_role("checkbox", name="Recent Payments").set_checked(is_shown)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Your dashboard is as you chose it.")).to_be_visible()
        expect(recent).to_be_visible(visible=is_shown)
        page.reload()
        expect(recent).to_be_visible(visible=is_shown)


def test_the_bell_rings_while_one_looks_and_its_open_menu_takes_the_news_in(window: Seat) -> None:
    invoice = owned()
    page = window("staff")
    page.get_by_title("Notifications").click()
    expect(page.get_by_text("are told here")).to_be_visible()
    paid(invoice, 6447)
    item = page.locator(".bell-item").filter(has_text="$64.47")
    expect(item).to_be_visible()
    expect(page.get_by_title("Notifications")).to_have_text(re.compile("1 unread"))
    item.click()
    expect(page.get_by_role("heading", name=f"Draft {invoice.id}")).to_be_visible()
    expect(page.locator(".bell-count")).to_have_count(0)


def test_the_dashboard_shows_a_payment_that_arrives_while_one_looks(window: Seat) -> None:
    invoice = builders.a_sent_invoice("71.00")
    page = window("viewer")
    by = builders.person("finance")
    record_offline_payment(invoice.id, invoice.due(), "cash", builders.today(), "", by, new_operation())
    expect(page.get_by_role("cell", name="$71.00")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 1024, 768, 360])
def test_nothing_is_wider_than_the_window(window: Seat, width: int) -> None:
    builders.connected()
    contact = builders.a_contact(name=LONG)
    with builders.in_a_while(days=-5):
        builders.a_sent_invoice("999999.99", contact=contact)
    paid(owned(contact=contact), 123456789)
    page = window("staff", width=width)
    page.get_by_title("Notifications").click()
    for address in ("/admin/", "/admin/notices/"):
        page.goto(address)
        page.get_by_title("Notifications").click()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        box = page.locator(".bell-list").bounding_box()
        assert box
        assert (box["x"] >= 0, box["x"] + box["width"] <= width) == (True, True)
