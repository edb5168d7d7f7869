"""A refund that failed waits for a person until the money has gone back otherwise."""

import pytest
from builders import a_paid_invoice, a_refund, come_home, the_payment, the_world
from flask import Flask
from refunding import refund_in_dashboard, the_refund

from models.attention import Attention
from models.base import db
from models.invoice import Invoice
from tasks.audit import audit

pytestmark = pytest.mark.both_databases


@pytest.fixture
def invoice(app: Flask) -> Invoice:
    """Of 100.00; a refund of 60.00 has failed."""
    invoice = a_paid_invoice()
    fail(a_refund(invoice, "60.00")[0])
    return invoice


def fail(refund_id: int) -> None:
    come_home()
    the_world().set_refund(str(the_refund(refund_id).stripe_id), "failed")
    come_home()
    the_world().clock.advance(60)


def matters() -> list[tuple[int | None, str]]:
    """Which refunds are laid before staff, and how that ended."""
    db.session.rollback()
    query = db.session.query(Attention).filter_by(kind="refund_failed").order_by(Attention.id)
    return [(matter.refund_id, matter.resolution) for matter in query.populate_existing()]


def again(invoice: Invoice, amount: str) -> int:
    refund_id = a_refund(invoice, amount)[0]
    come_home()
    return refund_id


def test_it_is_over_once_as_much_was_given_back_again(invoice: Invoice) -> None:
    assert matters() == [(1, "")]
    again(invoice, "40.00")
    assert matters() == [(1, "")]
    again(invoice, "20.00")
    assert (matters(), audit()) == ([(1, "settled")], [])


def test_what_is_given_back_again_in_the_dashboard_counts_too(invoice: Invoice) -> None:
    refund_in_dashboard(invoice, 6000)
    come_home()
    assert matters() == [(1, "settled")]


def test_a_second_try_that_fails_takes_its_place(invoice: Invoice) -> None:
    second = again(invoice, "60.00")
    assert matters() == [(1, "settled")]
    fail(second)
    assert matters() == [(1, "settled"), (second, "")]
    again(invoice, "60.00")
    assert matters() == [(1, "settled"), (second, "settled")]


def test_one_refund_does_not_make_up_for_two_that_failed(app: Flask) -> None:
    invoice = a_paid_invoice()
    first, second = a_refund(invoice, "30.00")[0], a_refund(invoice, "30.00")[0]
    fail(first)
    fail(second)
    again(invoice, "30.00")
    assert matters() == [(first, "settled"), (second, "")]


def test_what_went_back_before_it_failed_was_meant_besides(app: Flask) -> None:
    invoice = a_paid_invoice()
    first, second = a_refund(invoice, "30.00")[0], a_refund(invoice, "30.00")[0]
    come_home()
    fail(first)
    assert (the_refund(second).state, matters()) == ("succeeded", [(first, "")])


def test_where_nothing_is_left_to_give_back_nothing_waits(app: Flask) -> None:
    invoice = a_paid_invoice()
    first = a_refund(invoice, "60.00")[0]
    come_home()
    again(invoice, "40.00")
    fail(first)
    assert matters() == [(first, "")]
    refund_in_dashboard(invoice, 6000)
    come_home()
    assert (matters(), the_payment(invoice).refunded) == ([(first, "settled")], 10000)
