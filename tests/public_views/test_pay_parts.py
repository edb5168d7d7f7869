"""The form on the pay page: what may be paid is said, and a form that was shown before a change charges nothing."""

from decimal import Decimal
from typing import Any

import builders
import pytest
from builders import Money
from cast import Browser
from customers import came_back, count, link, look, press, state, the_checkout
from forms import fields

from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from sandbox.world import World
from tasks.revisions import revise_invoice

CHANGED = "This invoice was changed since you opened this page. Please check it and press Pay again."


def submit(browser: Browser, invoice: Invoice, page: str, **typed: Any) -> Any:
    return browser.post(link(invoice), data=fields(page) | typed)


def revise(invoice: Invoice, amount: str = "80.00", currency: str = "USD") -> None:
    price = Money.parse(amount, currency).amount
    line = InvoiceLine(description="Redesign", quantity=Decimal(1), unit_price=price)
    revise_invoice(invoice.id, builders.person("staff"), {"lines": [line], "currency": currency})


def test_a_deposit_is_filled_in_and_explained(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("1000.00", partial_payments=True, deposit_percent=Decimal(30))
    page = look(browser, invoice)
    assert fields(page)["amount"] == "300.00"
    assert "Pay $300.00 or more (deposit of 30%), up to $1,000.00." in page
    assert submit(browser, invoice, page).status_code == 303
    assert the_checkout(invoice).amount == 30_000


def test_after_the_deposit_the_rest_is_filled_in(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("1000.00", partial_payments=True, deposit_percent=Decimal(30))
    builders.pay(invoice, amount=Money(30_000, "USD"))
    builders.come_home()
    page = look(browser, invoice)
    assert fields(page)["amount"] == "700.00"
    assert "Pay $0.50 or more, up to $700.00." in page


def test_less_than_the_deposit_is_refused_beside_what_was_typed(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("1000.00", partial_payments=True, deposit_percent=Decimal(30))
    answer = submit(browser, invoice, look(browser, invoice), amount="299.99")
    assert answer.status_code == 409
    assert "$299.99 is not enough. Pay $300.00 or more" in answer.text
    assert fields(answer.text)["amount"] == "299.99"
    assert count(Checkout) == 0


def test_where_only_all_can_be_paid_there_is_nothing_to_type(browser: Browser) -> None:
    page = look(browser, builders.a_sent_invoice("0.90", partial_payments=True))
    assert 'type="hidden" name="amount" value="0.90"' in page
    assert ">Pay $0.90</button>" in page


@pytest.mark.parametrize("parts", [True, False])
def test_a_form_of_an_older_version_charges_neither_amount(browser: Browser, parts: bool) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=parts)
    old = look(browser, invoice)
    revise(invoice, "80.00")
    answer = submit(browser, invoice, old)
    assert (answer.status_code, count(Checkout)) == (409, 0)
    assert CHANGED in answer.text
    assert (fields(answer.text)["amount"], fields(answer.text)["version"]) == ("80.00", "2")
    assert submit(browser, invoice, answer.text).status_code == 303
    assert the_checkout(invoice).amount == 8000


def test_an_amount_typed_in_another_currency_is_not_taken_for_this_one(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    old = look(browser, invoice)
    revise(invoice, "9000", "JPY")
    answer = submit(browser, invoice, old, amount="50.00")
    assert (answer.status_code, count(Checkout)) == (409, 0)
    assert CHANGED in answer.text
    assert fields(answer.text)["amount"] == "9000"


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "3", "１", "9" * 5000])
def test_a_version_that_is_none_charges_nothing(browser: Browser, version: str) -> None:
    invoice = builders.a_sent_invoice()
    revise(invoice)
    assert press(browser, invoice, version=version).status_code in (400, 409)
    assert count(Checkout) == 0


def test_a_form_without_a_version_is_of_the_first_one(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    assert browser.post(link(invoice), data={"operation": new_operation()}).status_code == 303
    revise(invoice)
    assert CHANGED in browser.post(link(invoice), data={"operation": new_operation()}).text


def test_a_button_that_names_an_amount_charges_no_other(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00")
    old = look(browser, invoice)
    builders.pay(invoice)
    builders.come_home()
    answer = submit(browser, invoice, old)
    assert (answer.status_code, state(answer.text), count(Checkout)) == (409, "paid", 1)
    assert "Payment received. Thank you!" in answer.text


def test_who_presses_again_before_the_webhook_came_is_thanked(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    page = look(browser, invoice)
    submit(browser, invoice, page)
    builders.the_world().pay(str(the_checkout(invoice).stripe_id))
    answer = submit(browser, invoice, page)
    assert (answer.status_code, state(answer.text)) == (409, "paid")
    assert "Payment received. Thank you!" in answer.text
    assert "$64.47 was paid a moment ago" in answer.text
    assert "Your payment was not started" not in answer.text


def test_while_it_is_being_changed_the_page_says_so(browser: Browser) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    page = look(browser, invoice)
    builders.hold(invoice)
    answer = submit(browser, invoice, page, amount="12.34")
    assert answer.status_code == 409
    assert "This invoice is being changed right now. Please try again in a minute." in answer.text
    assert fields(answer.text)["amount"] == "12.34"


def test_who_presses_again_after_paying_a_part_is_shown_the_rest_and_not_that_part(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    page = look(browser, invoice)
    submit(browser, invoice, page, amount="30.00")
    builders.the_world().pay(str(the_checkout(invoice).stripe_id))
    answer = submit(browser, invoice, page, amount="30.00")
    assert (answer.status_code, fields(answer.text)["amount"]) == (409, "70.00")
    assert "$70.00 is still due" in answer.text


def test_while_a_part_is_on_its_way_the_page_says_so_and_offers_the_rest(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    builders.pay(invoice, "us_bank_account", Money(4000, "USD"))
    builders.come_home()
    page = look(browser, invoice)
    assert "A payment is on its way" in page
    assert "A payment of $40.00 (US bank account" in page
    assert (state(page), fields(page)["amount"]) == ("open", "60.00")


def test_a_debit_that_failed_is_said_until_the_next_try(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice("64.47")
    checkout = builders.pay(invoice, "us_bank_account")
    came_back(browser, invoice, checkout)
    intent = world.object(str(checkout.stripe_id), "checkout.session")["payment_intent"]
    world.settle(intent, "failed")
    builders.come_home()
    page = look(browser, invoice)
    assert "The payment did not go through" in page
    assert "$64.47 was not charged." in page
    submit(browser, invoice, page)
    assert "did not go through" not in look(browser, invoice)
