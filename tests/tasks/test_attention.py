"""Money that fits nowhere by itself is kept and laid before staff, for as long as it is so."""

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    an_unmatched_payment,
    come_home,
    connected,
    open_matters,
    paid_twice,
    pay,
    person,
    the_matter,
    the_payment,
    the_world,
    timeline,
)
from cast import Cast
from flask import Flask

from models.attention import Attention, keep_open
from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice
from models.money import Money
from models.payment import Payment
from models.stripe_account import StripeAccount
from sandbox.errors import Refused as Declined
from tasks import transaction
from tasks.attention import dismiss
from tasks.audit import audit
from tasks.checkouts import look_at_checkout
from tasks.invoices import void_invoice
from tasks.payments import look_at_payment
from tasks.reconcile import reconcile

pytestmark = pytest.mark.both_databases


def again(invoice: Invoice) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


def endings() -> list[tuple[str, str]]:
    db.session.rollback()
    query = db.session.query(Attention).filter(Attention.resolved_at.is_not(None)).order_by(Attention.id)
    return [(matter.kind, matter.resolution) for matter in query]


# What waits for staff


def test_money_of_no_checkout_of_ours_waits_for_staff(app: Flask) -> None:
    connected()
    payment = an_unmatched_payment("100.00", invoice="2026-0007")
    assert (payment.invoice_id, payment.captured) == (None, 10000)
    assert "names invoice 2026-0007" in str(payment.problem)
    assert (the_matter().kind, the_matter().money) == ("unmatched", Money(10000, "USD"))
    assert audit() == []


@pytest.mark.parametrize(("field", "value"), [("amount", 9000), ("currency", "EUR")])
def test_another_amount_or_currency_than_was_asked_waits_for_staff(app: Flask, field: str, value: object) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    with transaction() as session:
        setattr(session.get_one(Checkout, checkout.id), field, value)
    come_home()
    assert (again(invoice).status, db.session.query(Payment).one().invoice_id) == ("Sent", None)
    assert open_matters() == ["unmatched"]


def test_money_for_an_invoice_that_is_in_another_currency_now_waits_for_staff(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    with transaction() as session:
        session.get_one(Invoice, invoice.id).currency = "EUR"
    come_home()
    assert (again(invoice).captured, open_matters()) == (0, ["unmatched"])
    problem = db.session.query(Payment).one().problem
    assert problem == f"$100.00 were paid for invoice {invoice.number}, which is in EUR."


def test_money_on_another_account_than_the_checkout_s_waits_for_staff(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    with transaction() as session:
        left = StripeAccount(stripe_id="acct_left", state="retired")
        session.add(left)
        session.flush()
        session.get_one(Checkout, checkout.id).account_id = left.id
    come_home()
    payment = db.session.query(Payment).one()
    assert (payment.invoice_id, payment.checkout_id, open_matters()) == (None, None, ["unmatched"])
    elsewhere = "It was paid on another Stripe account than the checkout's"
    assert payment.problem == f"{elsewhere}. At Stripe it names invoice {invoice.number}."
    assert again(invoice).status == "Sent"


def test_what_the_account_earns_elsewhere_is_nobodys_matter(app: Flask) -> None:
    connected()
    the_world().foreign_charge(STUDIO, 5000, "usd")
    come_home()
    assert (db.session.query(Payment).count(), open_matters()) == (0, [])


def test_the_second_payment_of_the_same_is_a_duplicate(app: Flask) -> None:
    invoice, first, second = paid_twice()
    matter = the_matter()
    assert (matter.kind, matter.payment_id, matter.invoice_id) == ("duplicate", second.id, invoice.id)
    assert (matter.money, invoice.overpaid()) == (Money(10000, "USD"), Money(10000, "USD"))
    assert first.id != second.id


def test_a_payment_of_which_only_a_part_is_too_much_is_overpaid(app: Flask) -> None:
    _, _, second = paid_twice("40.00", "100.00", total="100.00")
    assert (the_matter().kind, the_matter().payment_id, the_matter().amount) == ("overpaid", second.id, 4000)


def test_each_payment_that_is_too_much_is_a_matter_of_its_own(app: Flask) -> None:
    invoice, _, second = paid_twice("40.00", "50.00", total="50.00")
    assert open_matters() == ["overpaid"]
    with transaction() as session:
        session.get_one(Invoice, invoice.id).voided_at = now()
    a_refund_at_stripe(second, "10.00")
    assert open_matters() == ["paid_void", "paid_void"]


def a_refund_at_stripe(payment: Payment, amount: str) -> None:
    the_world().refund(str(payment.charge_id), Money.parse(amount, payment.currency).amount)
    come_home()


def test_money_for_a_void_invoice_is_a_matter_until_it_is_given_back(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    with transaction() as session:
        late = session.get_one(Invoice, invoice.id)
        late.voided_at = now()
        late.refresh_status()
    come_home()
    assert (again(invoice).status, open_matters()) == ("Void", ["paid_void"])
    a_refund(invoice, "100.00")
    come_home()
    assert (open_matters(), endings()) == ([], [("paid_void", "refunded")])


def test_a_duplicate_that_was_refunded_is_over_and_the_invoice_stays_paid(app: Flask) -> None:
    invoice, _, second = paid_twice()
    a_refund_at_stripe(second, "100.00")
    assert (again(invoice).status, open_matters(), endings()) == ("Paid", [], [("duplicate", "refunded")])


def test_a_part_given_back_leaves_the_rest_of_it_a_matter(app: Flask) -> None:
    _, _, second = paid_twice()
    a_refund_at_stripe(second, "30.00")
    assert (the_matter().kind, the_matter().amount) == ("duplicate", 7000)


def test_a_matter_is_back_when_the_refund_that_ended_it_fails_later(app: Flask) -> None:
    _, _, second = paid_twice()
    refund = the_world().refund(str(second.charge_id))
    come_home()
    assert open_matters() == []
    the_world().set_refund(refund["id"], "failed", "expired_or_canceled_card")
    come_home()
    assert "duplicate" in open_matters()


def test_a_debit_that_fails_after_days_is_told_to_staff_until_the_invoice_is_paid(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    assert open_matters() == []
    the_world().settle(the_payment(invoice).payment_intent_id, "failed")
    come_home()
    assert (the_matter().kind, the_matter().money) == ("payment_failed", Money(10000, "USD"))
    pay(invoice)
    come_home()
    assert (open_matters(), endings()) == ([], [("payment_failed", "settled")])


def test_a_debit_that_waits_for_the_customer_s_bank_is_on_its_way_and_not_due_again(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().deliveries.mode = "hold"
    pay(invoice, "us_bank_account")
    intent = the_world().store.select("payment_intent")[0]
    the_world().store.save(intent | {"status": "requires_action"})  # its owner has to confirm two small deposits
    look_at_checkout(db.session.query(Checkout).one().id)
    assert (the_payment(invoice).status, again(invoice).due().amount, open_matters()) == ("processing", 0, [])
    the_world().store.save(intent)
    the_world().settle(intent["id"], "succeeded")
    db.session.rollback()
    look_at_payment(STUDIO, intent["id"])
    assert again(invoice).status == "Paid"


def test_what_was_dismissed_comes_back_only_when_it_has_become_more(app: Flask, cast: Cast) -> None:
    payment = the_payment(invoice := a_paid_invoice())

    def too_much_by(amount: str) -> list[str]:
        with transaction() as session:
            about = {"payment_id": payment.id, "invoice_id": invoice.id}
            keep_open(session, "refund_excess", "refund_excess:test", Money.parse(amount, "USD"), **about)
        return open_matters()

    assert too_much_by("5.00") == ["refund_excess"]
    dismiss(the_matter().id, cast.finance, "Agreed with the customer.")
    assert (too_much_by("5.00"), too_much_by("4.00")) == ([], [])
    assert too_much_by("95.00") == ["refund_excess"]
    dismiss(the_matter().id, cast.finance, "Agreed to more.")
    assert timeline(invoice).count("dismissed") == 2


def test_a_failed_debit_is_no_matter_any_more_once_the_invoice_is_void(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    the_world().settle(the_payment(invoice).payment_intent_id, "failed")
    come_home()
    void_invoice(invoice.id, person("staff"))
    assert (open_matters(), endings()) == ([], [("payment_failed", "settled")])


def test_a_declined_card_is_nobodys_matter(app: Flask) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(Declined, match="declined"):
        pay(invoice, "4000000000000002")
    come_home()
    assert open_matters() == []


def test_more_given_back_than_was_taken_is_an_alert(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "40.00")
    come_home()
    the_world().dispute(str(the_payment(invoice).charge_id), amount=10000)
    come_home()
    assert (the_matter().kind, the_matter().amount) == ("refund_excess", 4000)
    assert audit() == []


def test_an_alert_is_over_when_the_dispute_is_won(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "40.00")
    come_home()
    dispute = the_world().dispute(str(the_payment(invoice).charge_id), amount=10000)
    come_home()
    the_world().close_dispute(dispute["id"], "won")
    come_home()
    assert (open_matters(), endings()) == ([], [("refund_excess", "settled")])


def test_looking_again_raises_nothing_twice(app: Flask) -> None:
    invoice, _, second = paid_twice()
    intent = str(second.payment_intent_id)
    db.session.rollback()
    for _ in range(2):
        look_at_payment(STUDIO, intent)
        reconcile()
    assert (open_matters(), again(invoice).captured) == (["duplicate"], 20000)
