"""A refund that failed waits for a person until the money has gone back otherwise."""

from datetime import timedelta

import pytest
from builders import STUDIO, a_paid_invoice, a_refund, come_home, in_a_while, person, the_payment, the_world
from flask import Flask
from refunding import refund_in_dashboard, the_refund

from models.attention import Attention
from models.base import db
from models.clock import moved_to, now
from models.invoice import Invoice, new_operation
from models.money import Money
from models.organization import the_organization
from tasks.accounts import record_revoked
from tasks.audit import audit
from tasks.manual_refunds import record_manual_refund, take_back_record
from tasks.reconcile import reconcile

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


def still_missing() -> list[int]:
    """Of those that wait, in minor units."""
    db.session.rollback()
    waiting = db.session.query(Attention).filter_by(kind="refund_failed", resolved_at=None).order_by(Attention.id)
    return [matter.amount for matter in waiting]


def by_hand(invoice: Invoice, amount: str, days_ago: int = 0) -> int:
    """The account has let us go; somebody gives money back there, and notes it here."""
    record_revoked(STUDIO)
    given_on = the_organization(db.session).today() - timedelta(days=days_ago)
    money, finance = Money.parse(amount, "USD"), person("finance")
    return record_manual_refund(the_payment(invoice).id, money, given_on, finance, new_operation())


def again(invoice: Invoice, amount: str) -> int:
    refund_id = a_refund(invoice, amount)[0]
    come_home()
    return refund_id


def test_it_is_over_once_as_much_was_given_back_again(invoice: Invoice) -> None:
    assert (matters(), still_missing()) == ([(1, "")], [6000])
    again(invoice, "40.00")
    assert (matters(), still_missing()) == ([(1, "")], [2000])
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


def test_what_was_given_back_elsewhere_before_it_failed_was_meant_besides(app: Flask) -> None:
    invoice = a_paid_invoice()
    first = a_refund(invoice, "30.00")[0]
    come_home()
    the_world().clock.advance(60)
    refund_in_dashboard(invoice, 3000)
    the_world().clock.advance(60)
    fail(first)
    assert (matters(), still_missing()) == ([(first, "")], [3000])


@pytest.mark.parametrize("found_by", ["late webhooks", "reconcile"])
def test_what_both_happened_while_nobody_told_us_is_over_when_it_comes_home(app: Flask, found_by: str) -> None:
    invoice = a_paid_invoice()
    first = a_refund(invoice, "30.00")[0]
    come_home()
    the_world().deliveries.mode = "hold" if found_by == "late webhooks" else "drop"
    the_world().set_refund(str(the_refund(first).stripe_id), "failed")
    the_world().clock.advance(3600)
    refund_in_dashboard(invoice, 3000)
    with in_a_while(hours=2):
        the_world().clock.advance(3600)
        if found_by == "reconcile":
            reconcile()
        the_world().deliveries.mode = "normal"
        come_home()
    assert (matters(), the_payment(invoice).refunded, audit()) == ([(first, "settled")], 3000, [])


def test_what_staff_refund_while_they_do_not_know_that_it_failed_is_meant_besides(app: Flask) -> None:
    invoice = a_paid_invoice()
    first = a_refund(invoice, "30.00")[0]
    come_home()
    the_world().deliveries.mode = "hold"
    the_world().set_refund(str(the_refund(first).stripe_id), "failed")
    the_world().clock.advance(60)
    again(invoice, "30.00")
    the_world().deliveries.mode = "normal"
    come_home()
    assert (matters(), still_missing()) == ([(first, "")], [3000])


def test_a_clock_of_ours_that_is_fast_changes_nothing(app: Flask) -> None:
    with moved_to(now() + timedelta(minutes=3)):
        invoice = a_paid_invoice()
        first = a_refund(invoice, "30.00")[0]
        come_home()
        the_world().set_refund(str(the_refund(first).stripe_id), "failed")
        come_home()
        again(invoice, "20.00")
        assert still_missing() == [1000]
        refund_in_dashboard(invoice, 1000)
        come_home()
    assert matters() == [(first, "settled")]


def test_what_is_recorded_by_hand_once_it_is_known_counts_whatever_its_day(app: Flask) -> None:
    invoice = a_paid_invoice()
    first = a_refund(invoice, "30.00")[0]
    come_home()
    with in_a_while(days=2):
        the_world().clock.advance(2 * 86400)
        fail(first)
        by_hand(invoice, "30.00", days_ago=1)
        assert (matters(), audit()) == ([(first, "settled")], [])


def test_a_record_that_is_taken_back_leaves_only_its_own_part_missing(app: Flask) -> None:
    invoice = a_paid_invoice()
    first = a_refund(invoice, "30.00")[0]
    fail(first)
    again(invoice, "10.00")
    recorded = by_hand(invoice, "20.00")
    assert matters() == [(first, "settled")]
    take_back_record(recorded, person("finance"), "It was another customer's.")
    assert (matters(), still_missing()) == ([(first, "")], [2000])
    by_hand(invoice, "20.00")
    assert (matters(), audit()) == ([(first, "settled")], [])
