"""What an open pay page learns without being reloaded."""

from typing import Any

import builders
import pytest
from cast import Browser
from customers import link, look, state
from sqlalchemy import update

from models.invoice import Invoice
from models.money import Money
from models.stripe_account import StripeAccount
from tasks import invoices, transaction


def news(browser: Browser, invoice: Invoice) -> dict[str, Any]:
    answer: dict[str, Any] = browser.get(f"{link(invoice)}/status").get_json()
    return answer


def test_an_open_page_asks_for_its_state_and_what_is_due(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    page = look(browser, invoice)
    assert f'data-status-url="{link(invoice)}/status"' in page
    assert 'data-state="open" data-due="64.47" data-version="1"' in page
    assert news(browser, invoice) == {"state": "open", "due": "64.47", "version": 1}


def test_it_learns_that_a_part_or_all_was_paid_elsewhere(browser: Browser) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    assert news(browser, invoice) == {"state": "open", "due": "60.00", "version": 1}
    builders.pay(invoice)
    builders.come_home()
    assert news(browser, invoice) == {"state": "paid", "due": "0.00", "version": 1}


def test_it_learns_that_stripe_was_disconnected_and_is_back(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    for account, word in (("retired", "unavailable"), ("active", "open")):
        with transaction() as session:
            session.execute(update(StripeAccount).values(state=account))
        assert news(browser, invoice)["state"] == state(look(browser, invoice)) == word
        assert "data-status-url" in look(browser, invoice)


def test_it_learns_that_the_invoice_was_voided_and_then_asks_no_more(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    invoices.void_invoice(invoice.id, builders.person("staff"))
    assert news(browser, invoice) == {"state": "void", "due": "0.00", "version": 1}
    assert "data-status-url" not in look(browser, invoice)


def test_who_types_an_amount_is_told_instead_of_being_interrupted(browser: Browser) -> None:
    page = look(browser, builders.a_sent_invoice(partial_payments=True))
    assert "data-changed hidden>This invoice has changed." in page


@pytest.mark.parametrize(("parts", "dated"), [(["100.00"], True), (["40.00", "60.00"], False)])
def test_a_date_stands_only_beside_the_payment_that_was_made_then(
    browser: Browser, parts: list[str], dated: bool
) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    for part in parts:
        builders.pay(invoice, amount=Money.parse(part, "USD"))
        builders.come_home()
    page = look(browser, invoice)
    assert ("$100.00 on " in page) == dated
    assert ("We received $100.00, the last of it on " in page) != dated
