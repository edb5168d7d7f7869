"""Twenty at the list of what needs attention: money is matched, moved and left alone once."""

from collections import Counter

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_sent_invoice,
    an_unmatched_payment,
    connected,
    crowd,
    paid_twice,
    person,
    the_matter,
    the_payment,
    the_world,
)
from flask import Flask
from refunding import money_of_no_invoice, the_refund
from sqlalchemy import select

from models.base import db
from models.invoice import Invoice, new_operation
from models.payment import Payment
from models.refund import Refund
from tasks.attention import dismiss, match_payment, move_payment
from tasks.audit import audit
from tasks.refund_records import look_at_refund
from tasks.refunds import refund_payment

pytestmark = pytest.mark.both_databases
NEVER = "Never mind"


def captured(invoices: list[int]) -> list[int]:
    return sorted(db.session.scalars(select(Invoice.captured).where(Invoice.id.in_(invoices))))


def test_money_is_matched_once_whoever_presses(app: Flask) -> None:
    connected()
    payment, invoices = an_unmatched_payment("100.00").id, [a_sent_invoice().id for _ in range(4)]
    person("finance")
    answers = crowd(lambda number: match_payment(payment, invoices[number % 4], person("finance")))
    assert answers.count(None) == 1
    assert captured(invoices) == [0, 0, 0, 10_000]
    assert audit() == []


def test_twenty_people_who_move_one_payment_move_it_once(app: Flask) -> None:
    invoice, _, second = paid_twice()
    payment, source, others = second.id, invoice.id, [a_sent_invoice().id for _ in range(5)]
    person("finance")
    answers = crowd(lambda number: move_payment(payment, others[number % 5], person("finance"), NEVER, seen_on=source))
    assert answers.count(None) == 1
    assert captured(others) == [0, 0, 0, 0, 10_000]
    assert audit() == []


def test_moving_to_and_fro_at_once_ends_in_true_books(app: Flask) -> None:
    invoices = [a_paid_invoice().id for _ in range(2)]
    payments = list(db.session.scalars(select(Payment.id).order_by(Payment.id)))
    person("finance")
    crowd(lambda one: move_payment(payments[one % 2], invoices[one // 2 % 2], person("finance"), "To and fro"))
    assert sum(captured(invoices)) == 20_000
    assert audit() == []


def test_refunds_that_come_home_while_their_payment_is_moved_end_in_true_books(app: Flask) -> None:
    invoice, other = a_paid_invoice(), a_sent_invoice("100.00")
    charge, payment = str(the_payment(invoice).charge_id), the_payment(invoice).id
    refunds, places = [the_world().refund(charge, 1000)["id"] for _ in range(5)], (other.id, invoice.id)
    person("finance")

    def one(number: int) -> object:
        if number % 2:
            return look_at_refund(STUDIO, refunds[number // 2 % 5])
        return move_payment(payment, places[number // 2 % 2], person("finance"), "To and fro")

    crowd(one)
    assert (db.session.get_one(Payment, payment).refunded, sum(captured(list(places)))) == (5000, 10_000)
    assert audit() == []


def test_a_matter_is_dismissed_by_one_of_twenty(app: Flask) -> None:
    paid_twice()
    matter = the_matter().id
    person("finance")
    answers = Counter(crowd(lambda _: dismiss(matter, person("finance"), NEVER)))
    assert answers == {None: 1, "This matter is over already.": 19}


def test_who_matches_and_who_gives_back_at_once_end_in_true_books(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00").id, a_sent_invoice().id
    person("finance")

    def one(number: int) -> object:
        if number % 2:
            return match_payment(payment, invoice, person("finance"))
        return refund_payment(payment, None, person("finance"), new_operation())

    crowd(one)
    assert db.session.query(Refund).count() <= 1
    assert db.session.get_one(Payment, payment).refundable().amount in (0, 10_000)
    assert audit() == []


def test_money_that_belongs_to_no_invoice_is_given_back_once(app: Flask) -> None:
    payment_id, operation = money_of_no_invoice("30.00").id, new_operation()
    made = crowd(lambda _: refund_payment(payment_id, None, person("staff"), operation))
    assert made == [made[0]] * 20
    assert the_refund(made[0]).payment.refundable().amount == 0
