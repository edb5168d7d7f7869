"""Twenty who write down by hand what came or went without Stripe: each form once, never more than there is."""

from collections import Counter
from datetime import date

import pytest
from builders import STUDIO, a_paid_invoice, a_sent_invoice, come_home, crowd, person, the_payment, today
from flask import Flask

from models.base import db
from models.checkout import Checkout
from models.invoice import new_operation
from models.money import Money
from models.payment import Payment
from models.refund import Refund
from tasks.accounts import record_revoked
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.manual_refunds import record_manual_refund, take_back_record
from tasks.offline_payments import record_offline_payment, reverse_offline_payment

pytestmark = pytest.mark.both_databases


def press(invoice_id: int, amount: int, operation: str, day: date) -> int:
    money = Money(amount, "USD")
    return record_offline_payment(invoice_id, money, "cash", day, "", person("finance"), operation)


def test_twenty_presses_of_one_form_record_once(app: Flask) -> None:
    invoice_id, operation, day = a_sent_invoice().id, new_operation(), today()
    person("finance")
    ids = {answer for answer in crowd(lambda _: press(invoice_id, 4000, operation, day)) if isinstance(answer, int)}
    assert (len(ids), db.session.query(Payment).count()) == (1, 1)
    assert press(invoice_id, 4000, operation, day) in ids
    assert audit() == []


def test_twenty_people_cannot_record_more_than_is_due(app: Flask) -> None:
    invoice_id, day = a_sent_invoice().id, today()
    person("finance")
    answers = crowd(lambda _: press(invoice_id, 6000, new_operation(), day))
    assert len([answer for answer in answers if isinstance(answer, int)]) == 1
    assert db.session.query(Payment).count() == 1


def test_who_records_cash_and_who_presses_pay_end_in_one_true_state(app: Flask) -> None:
    invoice = a_sent_invoice()
    invoice_id, day = invoice.id, today()
    person("finance")

    def one(number: int) -> object:
        if number % 2:
            return open_checkout(invoice_id, new_operation())
        return press(invoice_id, 10_000, new_operation(), day)

    crowd(one)
    come_home()
    standing = db.session.query(Checkout).filter(Checkout.state.in_(("creating", "open"))).count()
    assert (invoice.captured, standing) in ((10_000, 0), (0, 1))
    assert audit() == []


def test_a_payment_is_reversed_by_one_of_twenty(app: Flask) -> None:
    payment = press(a_sent_invoice().id, 10_000, new_operation(), today())
    answers = Counter(crowd(lambda _: reverse_offline_payment(payment, person("finance"), "Wrong customer")))
    assert answers == {None: 1, "Somebody else has reversed this payment already.": 19}
    assert audit() == []


def test_twenty_people_record_no_more_given_back_than_there_is(app: Flask) -> None:
    invoice = a_paid_invoice()
    record_revoked(STUDIO)
    payment_id, day, amount = the_payment(invoice).id, today(), Money(3000, "USD")
    person("finance")
    answers = crowd(lambda _: record_manual_refund(payment_id, amount, day, person("finance"), new_operation()))
    assert (sum(isinstance(answer, int) for answer in answers), the_payment(invoice).refundable().amount) == (3, 1000)
    assert audit() == []


def test_twenty_presses_of_one_form_record_what_was_given_back_once(app: Flask) -> None:
    invoice = a_paid_invoice()
    record_revoked(STUDIO)
    payment_id, day, operation = the_payment(invoice).id, today(), new_operation()
    person("finance")
    crowd(lambda _: record_manual_refund(payment_id, Money(1000, "USD"), day, person("finance"), operation))
    assert (db.session.query(Refund).count(), the_payment(invoice).refunded, audit()) == (1, 1000, [])


def test_a_recorded_refund_is_taken_back_by_one_of_twenty(app: Flask) -> None:
    payment_id, day = press(a_sent_invoice().id, 10_000, new_operation(), today()), today()
    refund = record_manual_refund(payment_id, Money(3000, "USD"), day, person("finance"), new_operation())
    answers = Counter(crowd(lambda _: take_back_record(refund, person("finance"), "Another customer")))
    assert answers == {None: 1, "Somebody has already taken this refund back.": 19}
    assert (db.session.get_one(Payment, payment_id).refundable().amount, audit()) == (10_000, [])
