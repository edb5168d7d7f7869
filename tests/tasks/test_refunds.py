"""Giving money back: never more than there is, never twice, and true whatever the bank says later."""

import pytest
from builders import (
    STUDIO,
    a_disputed_invoice,
    a_paid_invoice,
    a_partly_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    pay,
    the_payment,
    the_world,
    timeline,
)
from cast import Cast
from flask import Flask
from mail_sink import Mailbox
from refunding import refund_in_dashboard

from models.base import db
from models.invoice import new_operation
from models.mail import Mail
from models.money import Money
from models.refund import Refund
from models.refusal import Conflict, NotAllowed, NotFound, Refused
from tasks import refunds
from tasks.accounts import record_revoked
from tasks.audit import audit

pytestmark = pytest.mark.both_databases
FAILS_LATER, PENDING_FIRST = "4000000000005126", "4000000000007726"


def refunded_at_stripe() -> int:
    """What the charges of Stripe's account say was given back."""
    return sum(charge["amount_refunded"] for charge in the_world().store.select("charge"))


def test_a_full_refund_makes_the_invoice_refunded(app: Flask, mailbox: Mailbox) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "100.00")
    assert invoice.status == "Paid"
    come_home()
    assert (invoice.status, invoice.refunded, invoice.due().amount) == ("Refunded", 10000, 0)
    assert timeline(invoice)[-3:] == ["refund_requested", "refunded", "refund_notice_sent"]
    assert "$100.00" in mailbox[-1].text
    assert (refunded_at_stripe(), audit()) == (10000, [])


def test_a_payment_that_is_not_there_is_not_given_back(cast: Cast) -> None:
    with pytest.raises(NotFound, match="nothing like that"):
        refunds.refund_payment(4711, None, cast.staff, new_operation())


def test_two_equal_parts_are_two_refunds(app: Flask) -> None:
    invoice = a_paid_invoice()
    for _ in range(2):
        a_refund(invoice, "30.00")
        come_home()
    assert (invoice.status, invoice.refunded, refunded_at_stripe()) == ("Paid", 6000, 6000)
    assert db.session.query(Refund).count() == 2
    assert timeline(invoice).count("refunded") == 2


def test_a_double_click_is_one_refund(app: Flask) -> None:
    invoice, operation = a_paid_invoice(), new_operation()
    assert a_refund(invoice, "30.00", operation) == a_refund(invoice, "30.00", operation)
    come_home()
    assert (invoice.refunded, refunded_at_stripe()) == (3000, 3000)


def test_a_used_form_with_another_amount_or_invoice_is_refused(app: Flask) -> None:
    invoice, other, operation = a_paid_invoice(), a_paid_invoice(), new_operation()
    a_refund(invoice, "30.00", operation)
    for again, amount in ((invoice, "40.00"), (other, "30.00")):
        with pytest.raises(Conflict, match="already been used for another refund"):
            a_refund(again, amount, operation)
    come_home()
    assert refunded_at_stripe() == 3000


def test_an_amount_that_stripe_has_no_unit_for_reserves_nothing(app: Flask) -> None:
    invoice = a_paid_invoice("10.000", currency="KWD")
    with pytest.raises(Refused, match=r"in steps of 0\.010"):
        a_refund(invoice, "1.005")
    assert the_payment(invoice).refundable().amount == 10_000
    a_refund(invoice, "1.250")
    come_home()
    assert (invoice.refunded, refunded_at_stripe()) == (1250, 1250)


@pytest.mark.parametrize("amount", ["100.01", "0", "999999.00"])
def test_what_cannot_be_refunded_is_refused_with_what_can(app: Flask, amount: str) -> None:
    invoice = a_paid_invoice()
    with pytest.raises(Refused, match=r"above zero and up to \$100\.00"):
        a_refund(invoice, amount)
    assert db.session.query(Refund).count() == 0


def test_another_currency_is_refused(app: Flask, cast: Cast) -> None:
    invoice = a_paid_invoice()
    with pytest.raises(Refused, match="up to"):
        refunds.issue_refund(invoice.id, Money(1000, "EUR"), cast.staff, new_operation())


def test_an_unpaid_invoice_has_nothing_to_refund(app: Flask) -> None:
    with pytest.raises(Refused, match="Nothing can be refunded"):
        a_refund(a_sent_invoice(), "10.00")


def test_a_viewer_refunds_nothing(app: Flask, cast: Cast) -> None:
    invoice = a_paid_invoice()
    with pytest.raises(NotAllowed):
        refunds.issue_refund(invoice.id, Money(1000, "USD"), cast.viewer, new_operation())


def test_an_unknown_reason_is_refused(app: Flask, cast: Cast) -> None:
    invoice = a_paid_invoice()
    with pytest.raises(Refused, match="Stripe knows the reasons"):
        refunds.issue_refund(invoice.id, Money(1000, "USD"), cast.staff, new_operation(), "because")


def test_one_refund_takes_from_two_payments_the_newest_first(app: Flask) -> None:
    invoice = a_partly_paid_invoice("100.00", "40.00")
    pay(invoice)
    come_home()
    a_refund(invoice, "70.00")
    come_home()
    assert sorted(refund.amount for refund in db.session.query(Refund)) == [1000, 6000]
    assert (invoice.status, invoice.refunded) == ("Paid", 7000)
    a_refund(invoice, "30.00")
    come_home()
    assert (invoice.status, audit()) == ("Refunded", [])


def test_a_refunded_part_never_reopens_the_invoice(app: Flask) -> None:
    invoice = a_partly_paid_invoice("100.00", "40.00")
    a_refund(invoice, "40.00")
    come_home()
    assert (invoice.status, invoice.due().amount) == ("Refunded", 0)


def test_a_pending_refund_is_not_yet_refunded(app: Flask) -> None:
    invoice = a_paid_invoice(card=PENDING_FIRST)
    refund = a_refund(invoice, "100.00")[0]
    come_home()
    row = db.session.get_one(Refund, refund)
    assert (row.state, invoice.status, the_payment(invoice).refundable().amount) == ("pending", "Paid", 0)
    the_world().set_refund(str(row.stripe_id), "succeeded")
    come_home()
    assert (invoice.status, timeline(invoice)[-4:-1]) == (
        "Refunded",
        ["refund_requested", "refund_pending", "refunded"],
    )


def test_a_refund_that_fails_later_puts_the_invoice_back(app: Flask) -> None:
    invoice = a_paid_invoice(card=FAILS_LATER)
    a_refund(invoice, "100.00")
    come_home()
    assert invoice.status == "Refunded"
    the_world().clock.advance(60)
    come_home()
    assert (invoice.status, invoice.refunded) == ("Paid", 0)
    assert timeline(invoice)[-2:] == ["refund_failed", "refund_failed_notice_sent"]
    assert the_payment(invoice).refundable() == Money(10000, "USD")
    assert audit() == []


def test_a_refund_made_in_stripes_dashboard_appears_marked(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_in_dashboard(invoice, 2500)
    come_home()
    refund = db.session.query(Refund).one()
    assert (refund.amount, refund.origin, refund.who) == (2500, "dashboard", "Stripe's Dashboard")
    assert (invoice.refunded, the_payment(invoice).refundable().amount, audit()) == (2500, 7500, [])


def test_a_refund_that_overtakes_the_dashboards_is_refused_and_released(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "100.00")
    refund_in_dashboard(invoice, 2500)
    come_home()
    states = {refund.amount: refund.state for refund in db.session.query(Refund)}
    assert states == {10000: "failed", 2500: "succeeded"}
    assert (invoice.refunded, the_payment(invoice).refundable().amount, audit()) == (2500, 7500, [])


def test_a_disputed_payment_cannot_be_refunded(app: Flask) -> None:
    with pytest.raises(Refused, match="Nothing can be refunded"):
        a_refund(a_disputed_invoice(), "10.00")


def test_the_money_of_a_revoked_account_is_refunded_in_the_dashboard(app: Flask) -> None:
    invoice = a_paid_invoice()
    record_revoked(STUDIO)
    with pytest.raises(Refused, match="Connect it again, or refund in Stripe's Dashboard"):
        a_refund(invoice, "10.00", by="admin")


def test_the_customer_is_told_of_each_refund_once(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "10.00")
    for _ in range(3):
        come_home()
    assert db.session.query(Mail).filter_by(kind="refund").count() == 1
    assert invoice.refunded == 1000
