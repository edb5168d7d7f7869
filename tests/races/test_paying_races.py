"""Twenty customers, tabs and looks at one invoice: one open checkout, one payment, one true state."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import (
    a_sent_invoice,
    come_home,
    crowd,
    pay,
    person,
    the_payment,
    the_world,
    timeline,
)
from flask import Flask

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.money import Money
from models.payment import Payment
from tasks import invoices
from tasks.audit import audit
from tasks.checkouts import look_at_checkout, open_checkout
from tasks.payments import look_at_payment
from tasks.sessions import create_session

pytestmark = pytest.mark.both_databases
MADE = ("POST", "/v1/checkout/sessions", 200)


def calls(method: str, path: str, status: int = 200) -> int:
    """How often Stripe was asked for this and did it."""
    asked = [(one["method"], one["path"], one["status"]) for one in the_world().requests]
    return asked.count((method, path, status))


def checkouts(invoice: Invoice, *states: str) -> int:
    query = db.session.query(Checkout).filter_by(invoice_id=invoice.id)
    return query.filter(Checkout.state.in_(states)).count() if states else query.count()


def at_stripe(status: str) -> int:
    return len(the_world().store.select("checkout.session", {"status = ?": status}))


@pytest.mark.parametrize("operation", [lambda _: "5b0f5fd4-7f5a-4bd5-8f7b-3a6a8a5ad4c5", lambda _: new_operation()])
def test_twenty_presses_of_pay_open_one_checkout(app: Flask, operation: Callable[[int], str]) -> None:
    invoice = a_sent_invoice()
    invoice_id = invoice.id
    answers = crowd(lambda number: open_checkout(invoice_id, operation(number)))
    urls = {answer for answer in answers if answer}
    assert (len(urls), checkouts(invoice), at_stripe("open")) == (1, 1, 1)
    assert urls == {db.session.query(Checkout).one().url}


def test_twenty_who_choose_different_amounts_leave_one_open_checkout(app: Flask) -> None:
    invoice = a_sent_invoice(partial_payments=True)
    invoice_id = invoice.id
    crowd(lambda number: open_checkout(invoice_id, new_operation(), Money(1000 + 100 * number, "USD")))
    come_home()
    assert checkouts(invoice, "creating", "open") <= 1
    assert at_stripe("open") == checkouts(invoice, "open")
    assert audit() == []


def test_twenty_workers_make_one_session(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().faults.add("POST /v1/checkout/sessions", "429")
    open_checkout(invoice.id, new_operation())
    checkout = db.session.query(Checkout).one()
    checkout_id = checkout.id
    wake(checkout)
    crowd(lambda _: create_session(checkout_id))
    assert (checkout.state, at_stripe("open"), calls("POST", "/v1/checkout/sessions")) == ("open", 1, 1)


def wake(row: Any) -> None:
    row.wake()
    db.session.commit()


def test_twenty_looks_at_a_checkout_record_its_payment_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout_id = pay(invoice).id
    crowd(lambda _: look_at_checkout(checkout_id))
    once(invoice)


def once(invoice: Invoice) -> None:
    """The payment, its entry and its receipt are there, once."""
    come_home()
    assert (invoice.status, db.session.query(Payment).count()) == ("Paid", 1)
    assert timeline(invoice).count("payment_received") == 1
    assert db.session.query(Mail).filter_by(kind="receipt").count() == 1
    assert audit() == []


def test_twenty_looks_at_a_payment_whose_checkout_is_not_home_yet_record_it_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    intent = the_world().object(str(checkout.stripe_id), "checkout.session")["payment_intent"]
    account = checkout.account.stripe_id
    crowd(lambda _: look_at_payment(account, intent))
    once(invoice)


def test_twenty_looks_at_money_that_fits_no_checkout_keep_it_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    come_home()
    strange = dict(checkout.params["metadata"]) | {"paydesk_operation": new_operation()}
    account = checkout.account.stripe_id
    intent = the_world().strange_payment(account, 4900, "usd", strange)["id"]
    crowd(lambda _: look_at_payment(account, intent))
    assert db.session.query(Payment).filter_by(payment_intent_id=intent).count() == 1


def test_a_debit_that_twenty_see_arrive_arrives_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    payment = the_payment(invoice)
    account, intent = payment.account.stripe_id, payment.payment_intent_id
    the_world().settle(intent, "succeeded")
    crowd(lambda _: look_at_payment(account, intent))
    once(invoice)


def test_who_pays_and_who_voids_at_once_end_in_one_true_state(app: Flask) -> None:
    invoice = a_sent_invoice()
    invoice_id = invoice.id
    staff = person("staff").id

    def one(number: int) -> object:
        if number % 2:
            return open_checkout(invoice_id, new_operation())
        return invoices.void_invoice(invoice_id, db.session.get_one(type(person("staff")), staff))

    crowd(one)
    come_home()
    is_void = invoice.status == "Void"
    assert at_stripe("open") == checkouts(invoice, "open") == (0 if is_void else 1)
    assert audit() == []
