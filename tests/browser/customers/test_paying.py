"""A customer pays: with and without JavaScript, by a link of last year, and twenty times at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import builders
import pytest
from customers import link, told
from forms import fields
from playwright.sync_api import Page, expect
from seats import Seat
from visitors import Visitor

pytestmark = pytest.mark.browser
AT_ONCE = 20


def pay(page: Page, words: str) -> None:
    """The button, a card on Stripe's page, and back."""
    page.get_by_role("button", name=words).click()
    page.get_by_role("button", name=re.compile("4242 4242")).click()
    expect(page.get_by_text("Payment received. Thank you!")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_button_leads_to_stripe_and_back_to_the_thanks(window: Seat, till: str, scripts: bool, width: int) -> None:
    page, invoice = window(width=width, java_script_enabled=scripts), builders.a_sent_invoice("64.47")
    page.goto(link(invoice))
    pay(page, "Pay $64.47")
    expect(page.get_by_text("We received $64.47")).to_be_visible()
    assert "payment_received" in told(invoice)


def test_a_part_is_paid_without_javascript(window: Seat, till: str) -> None:
    page, invoice = window(java_script_enabled=False), builders.a_sent_invoice("64.47", partial_payments=True)
    page.goto(link(invoice))
    page.get_by_label("Amount to pay now").fill("20.00")
    pay(page, "Pay this amount")
    expect(page.get_by_label("Amount to pay now")).to_have_value("44.47")


def test_a_link_of_last_year_is_paid(window: Seat, till: str) -> None:
    page, invoice = window(), builders.a_sent_invoice("64.47", due_date=builders.today() - timedelta(days=365))
    page.goto(link(invoice))
    expect(page.get_by_text("Was due")).to_be_visible()
    pay(page, "Pay $64.47")


def test_who_turns_back_at_stripe_can_still_press(window: Seat, till: str) -> None:
    page, invoice = window(), builders.a_sent_invoice("64.47")
    page.goto(link(invoice))
    page.get_by_role("button").click()
    expect(page.get_by_role("button", name=re.compile("4242 4242"))).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button")).to_be_enabled()
    pay(page, "Pay $64.47")


def test_twenty_presses_at_once_make_one_session_at_stripe(desk: str) -> None:
    path, start = link(builders.a_sent_invoice()), Barrier(AT_ONCE)
    before = sessions()

    def press(_: int) -> tuple[int, str]:
        visitor = Visitor(desk)
        form = fields(visitor.get(path).text)
        start.wait()
        answer = visitor.post(path, form)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(AT_ONCE) as customers:
        answers = set(customers.map(press, range(AT_ONCE)))
    assert {code for code, _ in answers} <= {303, 503}  # whoever finds the lines to Stripe busy may press again
    to_stripe = {where for code, where in answers if code == 303 and not where.endswith("/continue")}
    assert (len(to_stripe), sessions() - before) == (1, 1)


def sessions() -> int:
    return len(builders.the_world().store.select("checkout.session", {}))
