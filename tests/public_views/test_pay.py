"""Paying by a link, and coming back from Stripe's page."""

import re
from collections.abc import Callable

import builders
import pytest
import workers
from cast import Browser
from customers import came_back, count, link, look, press, state, status, the_checkout, told
from flask import Flask
from markupsafe import escape
from sqlalchemy import update

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice, new_operation
from models.stripe_account import StripeAccount
from sandbox.world import World
from tasks import invoices, transaction


def test_the_button_leads_to_stripes_page(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    answer = press(browser, invoice)
    assert answer.status_code == 303
    assert answer.headers["Location"] == the_checkout(invoice).url
    assert "Set-Cookie" not in answer.headers


def test_pressing_pay_counts_as_viewed(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    press(browser, invoice)
    assert told(invoice)[-1] == "viewed"


def test_pressing_twice_opens_one_checkout(browser: Browser) -> None:
    invoice, operation = builders.a_sent_invoice(), new_operation()
    addresses = {press(browser, invoice, operation=operation).headers["Location"] for _ in range(2)}
    addresses.add(press(browser, invoice).headers["Location"])
    assert len(addresses) == count(Checkout) == 1


def test_a_form_without_its_uuid_is_refused_with_a_sentence(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    for operation in ("", "1", "x" * 36, "'; --"):
        answer = press(browser, invoice, operation=operation)
        assert answer.status_code == 400
        assert "That did not arrive completely" in answer.text
    assert count(Checkout) == 0


def test_what_is_no_amount_is_kept_and_explained(browser: Browser) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    for amount in ("19.999", "1e9", "-5", "1,000", "", "NaN", "<b>"):
        answer = press(browser, invoice, amount=amount)
        assert answer.status_code == 400
        assert 'id="amount-error"' in answer.text
        assert f'name="amount" value="{escape(amount)}"' in answer.text
    assert count(Checkout) == 0


def test_an_amount_that_cannot_be_paid_is_refused(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    for amount, words in {"100.01": "Only $100.00 is due", "0": "too small", "99.90": "pay all of"}.items():
        answer = press(browser, invoice, amount=amount)
        assert answer.status_code == 409
        assert words in answer.text
    assert count(Checkout) == 0


def test_a_part_is_refused_where_parts_are_not_allowed(browser: Browser) -> None:
    answer = press(browser, builders.a_sent_invoice("100.00"), amount="40.00")
    assert answer.status_code == 409
    assert "This invoice is paid in full" in answer.text


def test_a_paid_invoice_is_not_charged_again(browser: Browser) -> None:
    invoice = builders.a_paid_invoice()
    answer = press(browser, invoice)
    assert answer.status_code == 409
    assert "Nothing is due" in answer.text
    assert state(answer.text) == "paid"
    assert count(Checkout) == 1


def test_who_has_paid_reads_nothing_of_a_press_that_was_not_complete(browser: Browser) -> None:
    invoice = builders.a_paid_invoice("64.47")
    answer = browser.post(link(invoice))
    assert (answer.status_code, "Payment received. Thank you!" in answer.text) == (400, True)
    assert "Nothing was charged" not in answer.text


def test_a_void_invoice_cannot_be_paid(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    invoices.void_invoice(invoice.id, builders.person("staff"))
    assert press(browser, invoice).status_code == 409


def test_an_account_that_takes_no_charges_is_said_politely(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    with transaction() as session:
        session.execute(update(StripeAccount).values(charges_enabled=False))
    answer = press(browser, invoice)
    assert answer.status_code == 409
    assert "Online payment is not available" in answer.text


def test_customers_are_sent_to_stripe_and_nowhere_else(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    press(browser, invoice)
    for url in ("https://evil.example/c", "//evil.example", "javascript:alert(1)", None):
        with transaction() as session:
            session.execute(update(Checkout).values(url=url))
        answer = browser.get(f"{link(invoice)}/continue")
        assert answer.status_code == 502
        assert "Location" not in answer.headers


def test_a_slow_stripe_lets_the_page_wait_and_go_on_by_itself(app: Flask, browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add("POST /v1/checkout/sessions", "reset")
    answer = press(browser, invoice)
    assert answer.headers["Location"] == f"{link(invoice)}/continue"
    page = browser.get(answer.headers["Location"])
    assert state(page.text) == "connecting"
    assert "not confirmed yet" in page.text
    assert status(browser, _status_url(page.text)) == "connecting"
    _let_it_be_due()
    workers.work_off()
    assert status(browser, _status_url(page.text)) == "open"
    assert browser.get(answer.headers["Location"]).headers["Location"] == the_checkout(invoice).url


def test_who_waits_for_a_parked_checkout_is_told_to_pay_otherwise(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add("POST /v1/checkout/sessions", "reset")
    page = browser.get(press(browser, invoice).headers["Location"])
    with transaction() as session:
        session.execute(update(Checkout).values(due_at=None, parked_at=now()))
    assert status(browser, _status_url(page.text)) == "unavailable"
    assert browser.get(f"{link(invoice)}/continue").headers["Location"] == link(invoice)
    assert state(look(browser, invoice)) == "unavailable"


def test_a_checkout_that_stripe_refuses_is_said(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add("POST /v1/checkout/sessions", "400")
    answer = press(browser, invoice)
    assert answer.status_code == 409
    assert "Online payment is not available" in answer.text
    assert "Online payment is not available" in browser.get(f"{link(invoice)}/continue").text


def test_an_outage_while_the_amount_is_changed_charges_nothing(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    press(browser, invoice, amount="10.00")
    world.faults.add("POST /v1/checkout/sessions/*/expire", "503")
    answer = press(browser, invoice, amount="20.00")
    assert answer.status_code == 503
    assert "Stripe does not answer right now. This press charged nothing" in answer.text
    assert 'value="20.00"' in answer.text


def test_the_way_back_says_received_with_the_amount(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    checkout = builders.pay(invoice)
    answer = came_back(browser, invoice, checkout)
    assert state(answer.text) == "paid"
    assert "Payment received. Thank you!" in answer.text
    assert "$64.47" in answer.text
    assert "payment_received" in told(invoice)


def test_the_way_back_from_a_part_thanks_and_offers_the_rest(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    checkout = builders.pay(invoice, amount=builders.Money(4000, "USD"))
    page = came_back(browser, invoice, checkout).text
    assert state(page) == "open"
    assert "Payment received" in page
    assert 'value="60.00"' in page


def test_while_stripe_is_silent_the_payment_is_not_confirmed_yet(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice()
    checkout = builders.pay(invoice)
    world.faults.add("GET /v1/checkout/sessions/*", "503")
    page = came_back(browser, invoice, checkout).text
    assert state(page) == "confirming"
    assert "Not confirmed yet" in page
    assert "<button" not in page
    assert status(browser, _status_url(page)) == "confirming"
    builders.come_home()
    assert status(browser, _status_url(page)) == "paid"


@pytest.mark.both_databases
def test_between_checkout_and_payment_nobody_is_asked_to_pay_again(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice()
    checkout = builders.pay(invoice)
    world.faults.add("GET /v1/payment_intents/*", "503", times=2)
    assert state(came_back(browser, invoice, checkout).text) == "confirming"
    assert state(browser.get(link(invoice)).text) == "confirming"
    assert press(browser, invoice).status_code == 503
    assert press(browser, invoice).status_code == 409
    assert state(browser.get(link(invoice)).text) == "paid"
    assert count(Checkout) == 1


def test_coming_back_before_paying_shows_the_button_again(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    press(browser, invoice)
    assert state(came_back(browser, invoice, the_checkout(invoice)).text) == "open"


@pytest.mark.both_databases
def test_a_made_up_session_leads_to_the_plain_page(browser: Browser) -> None:
    path = link(builders.a_sent_invoice())
    for session_id in ("", "cs_test_made_up", "x" * 3000, "'--", "<script>"):
        answer = browser.get(f"{path}/return?session_id={session_id}")
        assert (answer.status_code, answer.headers["Location"]) == (303, path)


def test_somebody_elses_session_tells_nothing(browser: Browser, world: World) -> None:
    mine, theirs = builders.a_sent_invoice(), builders.a_sent_invoice()
    checkout = builders.pay(theirs)
    answer = came_back(browser, mine, checkout)
    assert answer.headers["Location"] == link(mine)
    assert told(theirs)[-1] == "sent"


def test_a_settled_payment_is_not_looked_at_again(browser: Browser, world: World) -> None:
    invoice = builders.a_paid_invoice()
    world.faults.add("GET /v1/*", "500")
    assert state(came_back(browser, invoice, the_checkout(invoice)).text) == "paid"
    assert world.faults.waiting()


def test_a_view_is_recorded_once_a_day_and_only_with_the_header(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    path = f"{link(invoice)}/viewed"
    assert browser.post(path).status_code == 400
    answers = [browser.post(path, headers={"X-Paydesk": "1"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {204}
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert told(invoice).count("viewed") == 1


def test_staff_who_look_are_not_the_customer(signed_in: Callable[[str], Browser]) -> None:
    invoice = builders.a_sent_invoice()
    answer = signed_in("staff").post(f"{link(invoice)}/viewed", headers={"X-Paydesk": "1"})
    assert "Set-Cookie" not in answer.headers
    assert told(invoice)[-1] == "viewed_by_staff"
    assert db.session.get_one(Invoice, invoice.id).viewed_at is None


def _status_url(page: str) -> str:
    found = re.search(r'data-status-url="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def _let_it_be_due() -> None:
    with transaction() as session:
        session.execute(update(Checkout).values(due_at=now()))
