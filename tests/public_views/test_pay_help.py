"""No page of the customers' door is a dead end: each says what happened, and whom to ask."""

import html
import re
from decimal import Decimal

import builders
import pytest
from cast import Browser
from customers import link, look, press, the_checkout
from pay_states import STATES
from sqlalchemy import update

from models.clock import now
from models.invoice import Invoice
from models.invoice_line import InvoiceLine
from models.organization import the_organization
from models.pay_link import PayLink
from models.people import hash_token
from tasks import revisions, transaction


def reachable(**how: str) -> None:
    with transaction() as session:
        organization = the_organization(session)
        organization.name = "Northwind"
        for field, value in how.items():
            setattr(organization, field, value)


def words(page: str) -> str:
    """What is read on the page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page.partition("<body>")[2])).split())


def taken_back(invoice: Invoice) -> str:
    """The path that leads nowhere now."""
    path = link(invoice)
    with transaction() as session:
        session.execute(update(PayLink).where(PayLink.invoice_id == invoice.id).values(revoked_at=now()))
    return path


WAYS = {
    "Questions? Write to help@example.com or call +44 20 7946-0000.": {
        "support_email": "help@example.com",
        "support_phone": "+44 20 7946-0000",
    },
    "Questions? Write to help@example.com.": {"support_email": "help@example.com"},
    "Questions? Call +44 20 7946-0000.": {"support_phone": "+44 20 7946-0000"},
    "Questions? Write to Northwind, 1 Quay, Bristol.": {"address": "1 Quay\nBristol"},
    "Questions? Please ask Northwind, who sent you the link.": {},
}


@pytest.mark.parametrize("sentence", WAYS)
def test_the_customer_reads_whom_to_ask_in_whatever_way_there_is(browser: Browser, sentence: str) -> None:
    reachable(**WAYS[sentence])
    assert sentence in words(look(browser, builders.a_sent_invoice()))


@pytest.mark.parametrize("name", [name for name in STATES if name != "throttled"])  # which looks nothing up
def test_each_state_says_once_whom_to_ask(browser: Browser, name: str) -> None:
    reachable(support_email="help@example.com", support_phone="+44 20 7946-0000")
    page = browser.get(STATES[name].make(None)).text
    assert words(page).count("Questions?") == 1
    assert page.count('href="tel:+442079460000"') == 1
    assert page.count('href="mailto:help@example.com') == 1


def test_who_comes_by_an_old_mail_reads_that_the_invoice_was_changed(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    assert "This invoice was changed" not in words(look(browser, invoice))
    line = InvoiceLine(position=0, description="Second draft", quantity=Decimal(1), unit_price=8000)
    revisions.revise_invoice(invoice.id, builders.person("staff"), {"lines": [line]})
    assert "This invoice was changed on" in words(look(browser, invoice))


def test_the_page_says_for_what_the_money_is(browser: Browser) -> None:
    lines = [InvoiceLine(description=f"Logo {n}", quantity=Decimal(1), unit_price=1000) for n in range(3)]
    assert "$30.00 Logo 0 and 2 more" in words(look(browser, builders.a_sent_invoice(lines=lines)))
    assert "$10.00 Logo 0 Due" in words(look(browser, builders.a_sent_invoice(lines=lines[:1])))


def test_who_has_paid_while_the_link_was_taken_back_reads_what_became_of_the_money(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    checkout = builders.pay(invoice)
    answer = browser.get(f"{taken_back(invoice)}/return?session_id={checkout.stripe_id}")
    assert answer.status_code == 410
    assert "Payment received. Thank you!" in words(answer.text)
    assert "We received $64.47. The link was taken back meanwhile." in words(answer.text)
    assert "<button" not in answer.text


def test_who_has_not_paid_yet_when_the_link_was_replaced_is_not_told_so(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("64.47")
    press(browser, invoice, amount="64.47")
    checkout, path = the_checkout(invoice), taken_back(invoice)
    with transaction() as session:
        session.add(PayLink(invoice_id=invoice.id, token_hash=hash_token("newer"), token="newer"))
    read = words(browser.get(f"{path}/return?session_id={checkout.stripe_id}").text)
    assert "Not confirmed yet" in read
    assert "The link was replaced meanwhile." in read


def test_only_a_payment_of_this_invoice_opens_a_link_that_was_taken_back(browser: Browser) -> None:
    invoice, other = builders.a_sent_invoice(), builders.a_sent_invoice()
    checkout = builders.pay(other)
    path = taken_back(invoice)
    for session_id in (checkout.stripe_id, "cs_test_madeup", "", "'--"):
        answer = browser.get(f"{path}/return?session_id={session_id}")
        assert answer.status_code == 410
        assert "This link was taken back" in answer.text
