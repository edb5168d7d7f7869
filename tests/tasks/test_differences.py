"""What reconcile cannot mend is an open difference, in one sentence; what it has mended is none."""

from datetime import datetime, timedelta

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    pay,
    the_payment,
    the_world,
)
from flask import Flask

from models.base import db
from models.clock import now
from models.payment import Payment
from models.reconciliation import Reconciliation
from models.refund import Refund
from sandbox.errors import Refused as Declined
from tasks import transaction
from tasks.audit import audit
from tasks.reconcile import reconcile
from tasks.revenue import add_up_dirty_days

pytestmark = pytest.mark.both_databases


def a_payment_that_stripe_does_not_know(looked_at: datetime | None = None) -> str:
    """As after a backup of another world was restored."""
    account = connected()
    with transaction() as session:
        payment = Payment(account_id=account.id, payment_intent_id="pi_gone", status="succeeded", amount=700)
        payment.currency, payment.captured, payment.problem = "USD", 700, "No checkout of ours belongs to it."
        payment.paid_at, payment.looked_at = now() - timedelta(days=1), looked_at
        session.add(payment)
    return f"{payment.paid_at.date()}"


def look_ahead(row: Payment | Refund, **fields: object) -> None:
    """A look of ours whose clock was a day ahead: until then no later look is news."""
    with transaction() as session:
        found = session.get_one(type(row), row.id)
        for name, value in (fields | {"looked_at": now() + timedelta(days=1)}).items():
            setattr(found, name, value)


def test_what_stripe_does_not_know_is_a_difference(app: Flask) -> None:
    day = a_payment_that_stripe_does_not_know()
    assert reconcile().differences == [
        "Payment pi_gone (status succeeded, amount $7.00, captured $7.00) "
        "is in our books, and Stripe has no such thing.",
        f"Payments of {day}: $0.00 at Stripe, $7.00 in our books.",
    ]


def test_the_sums_find_what_no_look_can(app: Flask) -> None:
    day = a_payment_that_stripe_does_not_know(looked_at=now() + timedelta(days=1))
    assert reconcile().differences == [f"Payments of {day}: $0.00 at Stripe, $7.00 in our books."]


def test_a_row_that_cannot_be_mended_is_a_difference(app: Flask) -> None:
    payment = the_payment(a_paid_invoice())
    look_ahead(payment, status="processing", captured=0)
    report = reconcile()
    assert report.repaired == []
    assert report.differences == [
        f"Payment {payment.payment_intent_id}: status succeeded, captured $100.00 at Stripe, "
        "status processing, captured $0.00 in our books.",
        f"Payments of {payment.paid_at.date()}: $100.00 at Stripe, $0.00 in our books.",
    ]


def test_a_refund_that_cannot_be_mended_is_a_difference(app: Flask) -> None:
    refund = db.session.get_one(Refund, a_refund(a_paid_invoice(), "40.00")[0])
    come_home()
    look_ahead(refund, amount=3900)
    assert reconcile().differences == [
        f"Refund {refund.stripe_id}: amount $40.00 at Stripe, amount $39.00 in our books.",
        f"Refunds of {refund.created_at.date()}: $40.00 at Stripe, $39.00 in our books.",
    ]


def test_what_has_a_form_that_we_cannot_read_is_a_difference_and_hides_no_other(app: Flask) -> None:
    strange, other = the_payment(a_paid_invoice()), the_payment(a_paid_invoice())
    intent = the_world().object(str(strange.payment_intent_id), "payment_intent")
    the_world().store.save({name: value for name, value in intent.items() if name != "amount"})
    with transaction() as session:
        session.get_one(Payment, other.id).captured = 1
    report = reconcile()
    assert f"Payment {strange.payment_intent_id} has a form at Stripe that we cannot read." in report.differences
    db.session.rollback()
    assert other.captured == 10000


def test_a_row_that_was_changed_by_hand_is_mended(app: Flask) -> None:
    invoice = a_paid_invoice()
    with transaction() as session:
        session.get_one(Payment, the_payment(invoice).id).captured = 1
    report = reconcile()
    assert (len(report.repaired), report.differences, the_payment(invoice).captured) == (1, [], 10000)


def test_a_payment_of_another_day_is_put_back_on_its_own(app: Flask) -> None:
    payment = the_payment(a_paid_invoice())
    with transaction() as session:
        session.get_one(Payment, payment.id).paid_at = now() - timedelta(days=3)
    assert reconcile().differences == []
    db.session.expire_all()
    assert payment.paid_at.date() == now().date()
    add_up_dirty_days()
    assert audit() == []


def test_the_command_prints_differences_and_fails(app: Flask) -> None:
    a_payment_that_stripe_does_not_know()
    answer = app.test_cli_runner().invoke(args=["reconcile"])
    assert answer.exit_code == 1
    assert answer.output.startswith("1 object checked, 0 repaired, 2 differences\ndifference: Payment pi_gone")


def test_money_of_others_is_no_difference(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().foreign_charge(STUDIO, 5000, "usd")
    charge = the_world().foreign_charge(STUDIO, 6000, "usd")
    the_world().refund(charge["id"])
    the_world().dispute(the_world().foreign_charge(STUDIO, 700, "usd")["id"])
    report = reconcile()
    assert (report.checked, report.others, report.differences, report.is_clean) == (1, 5, [], True)
    assert invoice.status == "Paid"


def test_an_attempt_that_brought_nothing_is_no_difference_and_costs_no_question(app: Flask) -> None:
    with pytest.raises(Declined):
        pay(a_sent_invoice(), "4000000000000002")
    come_home()
    before = len(the_world().requests)
    report = reconcile()
    asked = [entry["path"] for entry in list(the_world().requests)[before:]]
    assert (report.repaired, report.differences, "/v1/events" in asked) == ([], [], False)


def test_every_currency_is_added_up_on_its_own(app: Flask) -> None:
    for amount, currency in (("500", "JPY"), ("1.230", "KWD"), ("900", "ISK"), ("12.00", "EUR")):
        a_refund(a_paid_invoice(amount, currency=currency), amount)
    come_home()
    report = reconcile()
    assert (report.checked, report.repaired, report.differences) == (8, [], [])


def test_a_report_keeps_the_number_of_what_it_cannot_list() -> None:
    report = Reconciliation(kind="manual", repairs=0, open_differences=0, repaired=[], differences=[], checked=1)
    report.note([f"repair {number}" for number in range(1200)], ["a difference"])
    assert (report.repairs, len(report.repaired), report.open_differences) == (1200, 1000, 1)
