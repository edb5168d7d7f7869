"""Truth comes home: by webhook, by the return page, by both, in any order, and is counted once."""

from datetime import timedelta

import pytest
from builders import (
    GOOD_CARD,
    STUDIO,
    a_paid_invoice,
    a_partly_paid_invoice,
    a_sent_invoice,
    come_home,
    pay,
    the_payment,
    the_world,
    timeline,
)
from flask import Flask
from mail_sink import Mailbox

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.money import Money
from models.payment import Payment
from models.refusal import OutsideError, Refused
from models.revenue import DailyTotal
from models.stripe_event import StripeEvent
from sandbox.errors import Refused as Declined
from tasks import payments, transaction
from tasks.audit import audit
from tasks.checkouts import look_at_checkout, open_checkout
from tasks.payments import look_at_payment
from tasks.revenue import add_up_dirty_days
from tasks.stripe_gateway.payments import PaymentRecord, look_at

pytestmark = pytest.mark.both_databases


def once(invoice: Invoice) -> None:
    """One payment, one receipt, one entry of the timeline, and books that are proven."""
    assert (invoice.status, invoice.captured, invoice.due().amount) == ("Paid", 10000, 0)
    assert timeline(invoice).count("payment_received") == 1
    assert (db.session.query(Payment).count(), db.session.query(Mail).filter_by(kind="receipt").count()) == (1, 1)
    assert audit() == []


def test_a_webhook_alone_brings_the_payment_home(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    assert invoice.status == "Sent"
    come_home()
    once(invoice)
    assert the_payment(invoice).method == "Visa •••• 4242"


def test_the_return_page_alone_brings_the_payment_home(app: Flask) -> None:
    the_world().deliveries.mode = "drop"
    invoice = a_sent_invoice()
    look_at_checkout(pay(invoice).id)
    once(invoice)


def test_both_ways_count_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    look_at_checkout(checkout.id)
    come_home()
    look_at_checkout(checkout.id)
    once(invoice)


def test_events_that_come_ten_times_in_any_order_count_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    world = the_world()
    world.deliveries.mode = "shuffle"
    come_home()
    for _ in range(9):
        for event in db.session.query(StripeEvent):
            world.deliveries.resend(event.event_id)
        come_home()
    once(invoice)


def test_the_receipt_reaches_the_customer(app: Flask, mailbox: Mailbox) -> None:
    a_paid_invoice("1234.50")
    receipt = mailbox[-1]
    assert receipt.to == "grace@example.com"
    assert "$1,234.50" in receipt.text
    assert "$1,234.50" in receipt.html


def test_a_payment_whose_checkout_forgot_stripes_answer_is_matched_by_our_own_id(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    with transaction() as session:
        row = session.get_one(Checkout, checkout.id)
        row.stripe_id, row.state, row.url = None, "creating", None
    come_home()
    once(invoice)
    assert db.session.query(Checkout).one().state == "complete"


def seen_at_stripe(invoice: Invoice) -> PaymentRecord:
    intent = the_payment(invoice).payment_intent_id
    db.session.rollback()
    return look_at(STUDIO, intent)


def test_an_older_look_is_not_recorded_over_a_newer_one(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    began, old = now(), seen_at_stripe(invoice)
    the_world().settle(old.payment_intent_id)
    come_home()
    assert not payments.record_payment(STUDIO, old, began)
    assert (old.status, the_payment(invoice).status, invoice.status) == ("processing", "succeeded", "Paid")


def test_a_look_that_changes_nothing_says_nothing(app: Flask) -> None:
    invoice = a_paid_invoice()
    assert not payments.record_payment(STUDIO, seen_at_stripe(invoice), now())
    once(invoice)


def test_parts_lead_through_partially_paid_to_paid(app: Flask) -> None:
    invoice = a_partly_paid_invoice("100.00", "40.00")
    assert (invoice.status, invoice.due()) == ("Partially Paid", Money(6000, "USD"))
    pay(invoice)
    come_home()
    assert (invoice.status, invoice.captured) == ("Paid", 10000)
    assert timeline(invoice).count("payment_received") == 2
    assert audit() == []


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (Money(10001, "USD"), "Only $100.00 is due."),
        (Money(49, "USD"), "$0.49 is too small"),
        (Money(0, "USD"), "is too small"),
        (Money(-100, "USD"), "is too small"),
        (Money(9951, "USD"), "what would be left is too small"),
        (Money(4000, "EUR"), "in USD"),
    ],
)
def test_a_part_that_cannot_be_is_refused(app: Flask, part: Money, sentence: str) -> None:
    invoice = a_sent_invoice(partial_payments=True)
    with pytest.raises(Refused) as refused:
        open_checkout(invoice.id, new_operation(), part)
    assert sentence in str(refused.value)
    assert db.session.query(Checkout).count() == 0


def test_a_part_is_refused_where_parts_are_not_allowed(app: Flask) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(Refused, match=r"paid in full: \$100\.00"):
        open_checkout(invoice.id, new_operation(), Money(4000, "USD"))


def test_a_bank_debit_is_on_its_way_until_it_has_arrived(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    assert (invoice.status, invoice.processing, invoice.due().amount) == ("Sent", 10000, 0)
    the_world().settle(the_payment(invoice).payment_intent_id)
    come_home()
    once(invoice)
    assert timeline(invoice)[2:4] == ["payment_processing", "payment_received"]


def test_a_bank_debit_that_fails_leaves_the_invoice_payable(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    the_world().settle(the_payment(invoice).payment_intent_id, "failed")
    come_home()
    assert (invoice.status, invoice.processing, invoice.due().amount) == ("Sent", 0, 10000)
    assert timeline(invoice)[-2:] == ["payment_failed", "payment_failed_notice_sent"]
    pay(invoice)
    come_home()
    assert invoice.status == "Paid"


def test_nothing_more_is_due_while_a_debit_is_on_its_way(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    with pytest.raises(Refused, match="Nothing is due"):
        open_checkout(invoice.id, new_operation())


def test_a_declined_card_leaves_the_invoice_payable(app: Flask) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(Declined, match="declined"):
        pay(invoice, "4000000000000002")
    come_home()
    assert (invoice.status, invoice.due().amount) == ("Sent", 10000)
    assert "payment_received" not in timeline(invoice)
    pay(invoice)
    come_home()
    once(invoice)


def test_after_a_declined_card_the_good_one_is_not_followed_by_a_second_payment(app: Flask) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(Declined, match="declined"):
        pay(invoice, "4000000000000002")
    come_home()
    checkout = db.session.query(Checkout).one()
    the_world().pay(str(checkout.stripe_id), GOOD_CARD)
    the_world().faults.add("GET /v1/payment_intents/*", "503")
    with pytest.raises(OutsideError):
        look_at_checkout(checkout.id)
    with pytest.raises(Refused, match=r"Nothing is due|begun a moment ago"):
        open_checkout(invoice.id, new_operation())
    come_home()
    once(invoice)


def test_a_bank_debit_that_fails_makes_the_invoice_payable_again_whatever_comes_first(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice, "us_bank_account")
    intent = the_world().object(str(checkout.stripe_id), "checkout.session")["payment_intent"]
    the_world().settle(intent, "failed")
    db.session.rollback()
    look_at_payment(STUDIO, intent)
    come_home()
    assert (invoice.status, invoice.processing, invoice.due().amount) == ("Sent", 0, 10000)
    assert the_payment(invoice).status == "failed"


def test_money_that_the_account_earns_elsewhere_is_left_alone(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().foreign_charge(STUDIO, 10000, "usd")
    come_home()
    assert (invoice.status, db.session.query(Payment).count()) == ("Sent", 0)
    assert {event.last_error for event in db.session.query(StripeEvent)} == {None}


def test_a_payment_that_fits_no_checkout_waits_for_staff(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    with transaction() as session:
        session.get_one(Checkout, checkout.id).amount = 9000
    come_home()
    payment = db.session.query(Payment).one()
    assert (payment.invoice_id, invoice.status) == (None, "Sent")
    assert payment.problem == f"$100.00 were paid where $90.00 were asked for invoice {invoice.number}."


def test_the_days_total_follows(app: Flask) -> None:
    invoice = a_paid_invoice()
    add_up_dirty_days()
    day = db.session.query(DailyTotal).filter_by(basis="cash").one()
    assert (day.collected, day.refunded, day.payments, day.currency) == (10000, 0, 1, "USD")
    assert day.fees == the_payment(invoice).fee
    assert abs(the_payment(invoice).paid_at - now()) < timedelta(minutes=5)
