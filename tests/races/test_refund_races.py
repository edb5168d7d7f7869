"""Twenty who give the same money back: no more than there is, each press once."""

import pytest
from builders import (
    a_disputed_invoice,
    a_paid_invoice,
    a_refund,
    come_home,
    crowd,
    person,
    the_payment,
    the_world,
    timeline,
)
from flask import Flask

from models.base import db
from models.dispute import Dispute
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.money import Money
from models.refund import Refund
from tasks.audit import audit
from tasks.disputes import look_at_dispute
from tasks.refund_records import look_at_refund
from tasks.refunds import send_refund

pytestmark = pytest.mark.both_databases


def refunded_at_stripe() -> int:
    return sum(refund["amount"] for refund in the_world().store.select("refund"))


@pytest.mark.parametrize("amount", ["30.00", "100.00"])
def test_twenty_clicks_at_once_are_one_refund(app: Flask, amount: str) -> None:
    invoice_id, operation = a_paid_invoice().id, new_operation()
    made = crowd(lambda _: a_refund(db.session.get_one(Invoice, invoice_id), amount, operation))
    assert made == [made[0]] * 20
    come_home()
    assert refunded_at_stripe() == Money.parse(amount, "USD").amount


@pytest.mark.parametrize(("amount", "winners"), [("100.00", 1), ("10.00", 10), ("30.00", 3)])
def test_twenty_people_never_take_more_than_there_is(app: Flask, amount: str, winners: int) -> None:
    invoice = a_paid_invoice()
    person("staff")
    invoice_id = invoice.id
    answers = crowd(lambda _: a_refund(db.session.get_one(Invoice, invoice_id), amount))
    assert sum(isinstance(answer, list) for answer in answers) == winners
    come_home()
    assert invoice.refunded == refunded_at_stripe() == winners * Money.parse(amount, "USD").amount
    assert audit() == []


def test_twenty_workers_ask_stripe_once(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_id = a_refund(invoice, "30.00")[0]
    crowd(lambda _: send_refund(refund_id))
    asked = [one for one in the_world().requests if (one["method"], one["path"]) == ("POST", "/v1/refunds")]
    assert (len(asked), refunded_at_stripe()) == (1, 3000)


def test_twenty_looks_at_a_refund_made_in_the_dashboard_record_it_once(app: Flask) -> None:
    invoice = a_paid_invoice()
    payment = the_payment(invoice)
    account = payment.account.stripe_id
    made = the_world().refund(str(payment.charge_id), 2500)["id"]
    crowd(lambda _: look_at_refund(account, made))
    come_home()
    assert (db.session.query(Refund).count(), invoice.refunded) == (1, 2500)
    assert timeline(invoice).count("refunded") == 1
    assert db.session.query(Mail).filter_by(kind="refund").count() == 1
    assert audit() == []


def test_a_refund_that_fails_before_twenty_pairs_of_eyes_fails_once(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "30.00")
    come_home()
    refund = db.session.query(Refund).one()
    account, name = refund.account.stripe_id, str(refund.stripe_id)
    the_world().set_refund(name, "failed", "declined")
    crowd(lambda _: look_at_refund(account, name))
    assert (invoice.refunded, the_payment(invoice).refundable().amount) == (0, 10_000)
    assert timeline(invoice).count("refund_failed") == 1


def test_who_refunds_here_and_who_refunds_in_the_dashboard_never_take_more_than_there_is(app: Flask) -> None:
    invoice = a_paid_invoice()
    invoice_id, charge = invoice.id, str(the_payment(invoice).charge_id)
    person("staff")
    world = the_world()
    world.refund(charge, 6000)
    crowd(lambda _: a_refund(db.session.get_one(Invoice, invoice_id), "50.00"))
    come_home()
    refunded = sum(refund["amount"] for refund in world.store.select("refund", {"status = ?": "succeeded"}))
    assert invoice.refunded == refunded == 6000
    assert audit() == []


def test_twenty_looks_at_a_dispute_record_it_once(app: Flask) -> None:
    invoice = a_disputed_invoice()
    dispute = db.session.query(Dispute).one()
    account, name = dispute.account.stripe_id, dispute.stripe_id
    the_world().close_dispute(name, "won")
    crowd(lambda _: look_at_dispute(account, name))
    assert (db.session.query(Dispute).count(), timeline(invoice).count("dispute_won")) == (1, 1)
    assert audit() == []


def test_a_dispute_that_twenty_hear_of_first_is_one(app: Flask) -> None:
    invoice = a_paid_invoice()
    payment = the_payment(invoice)
    account = payment.account.stripe_id
    name = the_world().dispute(str(payment.charge_id))["id"]
    crowd(lambda _: look_at_dispute(account, name))
    assert (db.session.query(Dispute).count(), timeline(invoice).count("disputed")) == (1, 1)
    assert audit() == []
