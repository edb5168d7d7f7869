"""Money that came by bank transfer, in cash or by check: recorded once, in the same sums, and taken back visibly."""

from datetime import date, timedelta
from typing import Any

import pytest
from builders import (
    a_draft_invoice,
    a_paid_invoice,
    a_sent_invoice,
    come_home,
    pay,
    person,
    the_matter,
    the_payment,
    timeline,
    today,
)
from cast import Cast
from flask import Flask
from mail_sink import Mailbox
from sqlalchemy import select

from models.activity import Activity, AuditEntry
from models.attention import Attention
from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.money import Money
from models.organization import the_organization
from models.payment import Payment, Reversal
from models.refusal import Conflict, NotAllowed, Refused
from models.revenue import DailyTotal, total_takings
from tasks.attention import move_payment
from tasks.audit import audit
from tasks.checkouts import look_at_checkout, open_checkout
from tasks.invoices import void_invoice
from tasks.offline_payments import record_offline_payment, reverse_offline_payment
from tasks.organization import change_organization
from tasks.revenue import add_up_dirty_days

pytestmark = pytest.mark.both_databases


def record(invoice: Invoice, amount: str = "100.00", **fields: Any) -> Payment:
    """Finance records a bank transfer of today."""
    currency = fields.pop("currency", invoice.currency)
    given = {"method": "bank_transfer", "paid_on": today(), "note": "", "by": person("finance")} | fields
    given = {"operation": new_operation()} | given
    payment_id = record_offline_payment(invoice.id, Money.parse(amount, currency), **given)
    return db.session.get_one(Payment, payment_id)


def again(row: Any) -> Any:
    db.session.rollback()
    return db.session.get_one(type(row), row.id, populate_existing=True)


def payments() -> int:
    db.session.rollback()
    return db.session.query(Payment).count()


def test_a_bank_transfer_pays_the_invoice_and_says_who_recorded_it(app: Flask, cast: Cast) -> None:
    invoice = a_sent_invoice()
    payment = record(invoice, note="REF 4711", by=cast.finance)
    assert (again(invoice).status, invoice.captured, invoice.due().amount) == ("Paid", 10000, 0)
    assert (payment.method, payment.account, payment.recorded_by) == ("Bank transfer", None, cast.finance)
    entry = db.session.scalars(select(Activity).where(Activity.kind == "payment_received")).one()
    assert (entry.user_id, entry.money, entry.detail) == (
        cast.finance.id,
        Money(10000, "USD"),
        "Bank transfer, REF 4711",
    )
    logged = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.record")).one()
    assert (logged.user_id, logged.after["amount"], logged.after["invoice"]) == (
        cast.finance.id,
        "$100.00",
        invoice.number,
    )
    assert audit() == []


def test_it_counts_on_the_day_on_which_it_came_in(app: Flask) -> None:
    change_organization(person("admin"), {"time_zone": "Pacific/Auckland"})
    invoice, day = a_sent_invoice(), today() - timedelta(days=3)
    record(invoice, "40.00", paid_on=day, method="cash")
    add_up_dirty_days()
    total = db.session.query(DailyTotal).filter_by(basis="cash").one()
    assert (total.day, total.collected, total.payments) == (day, 4000, 1)
    assert f"on {day:%b} {day.day}" in db.session.query(Activity).filter_by(kind="payment_received").one().detail
    assert again(invoice).status == "Partially Paid"


def test_any_part_may_be_recorded(app: Flask) -> None:
    invoice = a_sent_invoice()
    record(invoice, "0.01", method="cash")
    record(invoice, "99.99", method="check")
    assert (again(invoice).status, payments()) == ("Paid", 2)


def test_currencies_without_cents_are_recorded_as_they_are(app: Flask) -> None:
    invoice = a_sent_invoice("5000", currency="JPY")
    record(invoice, "5000")
    assert (again(invoice).status, invoice.captured) == ("Paid", 5000)


def test_an_open_checkout_is_closed_before_money_is_recorded(app: Flask) -> None:
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    record(invoice)
    assert [checkout.state for checkout in db.session.query(Checkout)] == ["expired"]


def test_what_was_paid_at_stripe_meanwhile_is_not_due_a_second_time(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    with pytest.raises(Refused, match="Nothing is due"):
        record(invoice)
    assert (again(invoice).status, payments()) == ("Paid", 1)


def test_a_debit_on_its_way_leaves_only_the_rest_to_be_recorded(app: Flask) -> None:
    invoice = a_sent_invoice(partial_payments=True)
    pay(invoice, "us_bank_account", Money(6000, "USD"))
    come_home()
    with pytest.raises(Refused, match=r"Only \$40\.00 is due"):
        record(invoice, "40.01")
    record(invoice, "40.00")
    assert (again(invoice).status, invoice.due().amount) == ("Partially Paid", 0)


def test_more_than_is_due_is_recorded_only_when_it_is_meant_and_then_waits_for_staff(app: Flask) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(Refused, match=r"Only \$100\.00 is due"):
        record(invoice, "120.00")
    payment = record(invoice, "120.00", overpay=True)
    assert (the_matter().kind, the_matter().amount, the_matter().payment_id) == ("overpaid", 2000, payment.id)
    assert audit() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": "0"}, "above zero"),
        ({"currency": "EUR"}, "is in USD; this payment is in EUR"),
        ({"method": "barter"}, "Choose how"),
        ({"paid_on": date(2999, 1, 1)}, "in the future"),
        ({"paid_on": date(1, 1, 1)}, "too long ago"),
    ],
)
def test_what_cannot_be_is_not_recorded(app: Flask, fields: dict[str, Any], sentence: str) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(Refused, match=sentence):
        record(invoice, **fields)
    assert payments() == 0


def test_tomorrow_is_the_organization_s_tomorrow(app: Flask) -> None:
    invoice = a_sent_invoice()
    change_organization(person("admin"), {"time_zone": "Pacific/Kiritimati"})
    record(invoice, "10.00", paid_on=now().astimezone(the_organization(db.session).zone).date())
    with pytest.raises(Refused, match="in the future"):
        record(invoice, "10.00", paid_on=today() + timedelta(days=1))


@pytest.mark.parametrize("kind", ["draft", "void"])
def test_nothing_is_recorded_for_a_draft_or_a_void_invoice(app: Flask, kind: str) -> None:
    invoice = a_draft_invoice() if kind == "draft" else a_sent_invoice()
    if kind == "void":
        void_invoice(invoice.id, person("staff"))
    with pytest.raises(Refused, match=r"not issued yet|is void"):
        record(invoice)


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_only_those_who_may_record_payments_do(app: Flask, role: str) -> None:
    invoice = a_sent_invoice()
    with pytest.raises(NotAllowed):
        record(invoice, by=person(role))
    payment = record(invoice)
    with pytest.raises(NotAllowed):
        reverse_offline_payment(payment.id, person(role), "A mistake")


def test_a_used_form_that_says_something_else_is_a_conflict(app: Flask) -> None:
    invoice, operation = a_sent_invoice(), new_operation()
    record(invoice, "40.00", operation=operation)
    with pytest.raises(Conflict, match="already been used"):
        record(invoice, "41.00", operation=operation)


def test_the_customer_gets_a_receipt_when_asked_for(app: Flask, mailbox: Mailbox) -> None:
    record(a_sent_invoice())
    record(a_sent_invoice(), receipt=True)
    come_home()
    assert db.session.query(Mail).filter_by(kind="receipt").count() == 1
    assert "$100.00" in mailbox[-1].text
    assert "Bank transfer" in mailbox[-1].text
    assert audit() == []


# Reversing


def test_a_reversed_payment_counts_no_more_and_stays_to_be_seen(app: Flask, cast: Cast) -> None:
    invoice = a_sent_invoice()
    payment = record(invoice)
    reverse_offline_payment(payment.id, cast.finance, "Wrong customer")
    assert (again(invoice).status, invoice.captured, invoice.due().amount) == ("Sent", 0, 10000)
    assert (again(payment).status, payment.amount, payment.refundable().amount) == ("reversed", 10000, 0)
    entry = db.session.query(Reversal).one()
    assert (entry.payment_id, entry.reason, entry.made_by_id) == (payment.id, "Wrong customer", cast.finance.id)
    told = db.session.query(Activity).filter_by(kind="payment_reversed").one()
    assert (told.invoice_id, told.user_id, told.detail) == (invoice.id, cast.finance.id, "Wrong customer")
    assert audit() == []


def test_a_reversed_payment_is_in_no_total(app: Flask) -> None:
    invoice = a_sent_invoice()
    payment, day = record(invoice), today()
    add_up_dirty_days()
    reverse_offline_payment(payment.id, person("finance"), "Wrong customer")
    live = total_takings(db.session, the_organization(db.session).zone, day, day)["USD"]
    assert (live.collected, live.payments) == (0, 0)
    add_up_dirty_days()
    db.session.expire_all()
    assert [(row.collected, row.payments) for row in db.session.query(DailyTotal).filter_by(basis="cash")] == [(0, 0)]
    assert audit() == []


def test_reversing_ends_what_was_overpaid(app: Flask) -> None:
    payment = record(a_sent_invoice(), "120.00", overpay=True)
    reverse_offline_payment(payment.id, person("finance"), "A slip of the pen")
    assert [matter.resolution for matter in db.session.query(Attention)] == ["settled"]


@pytest.mark.parametrize(("delivered", "state"), [(True, "sent"), (False, "superseded")])
def test_nobody_is_thanked_for_a_payment_after_it_was_reversed(app: Flask, delivered: bool, state: str) -> None:
    payment = record(a_sent_invoice(), receipt=True)
    if delivered:
        come_home()
    reverse_offline_payment(payment.id, person("finance"), "Wrong customer")
    come_home()
    assert db.session.query(Mail).filter_by(kind="receipt").one().state == state
    assert audit() == []


def test_only_offline_payments_are_reversed(app: Flask) -> None:
    invoice = a_paid_invoice()
    with pytest.raises(Refused, match="Refund it instead"):
        reverse_offline_payment(the_payment(invoice).id, person("finance"), "A mistake")


def test_nothing_is_reversed_without_a_reason(app: Flask) -> None:
    payment = record(a_sent_invoice())
    with pytest.raises(Refused, match="Say why"):
        reverse_offline_payment(payment.id, person("finance"), " ")


def test_an_offline_payment_can_be_moved_and_then_reversed_where_it_is(app: Flask) -> None:
    invoice, other = a_sent_invoice(), a_sent_invoice()
    payment = record(invoice)
    move_payment(payment.id, other.id, person("finance"), "Wrong number")
    reverse_offline_payment(payment.id, person("finance"), "It never came")
    assert (again(invoice).status, again(other).status) == ("Sent", "Sent")
    assert "payment_reversed" in timeline(other)
    assert db.session.query(Mail).filter_by(kind="receipt").count() == 0
    assert audit() == []


def test_the_customer_pays_the_rest_online_after_a_part_in_cash(app: Flask) -> None:
    invoice = a_sent_invoice()
    record(invoice, "30.00", method="cash")
    checkout = pay(again(invoice))
    look_at_checkout(checkout.id)
    assert (again(invoice).status, invoice.captured, checkout.amount) == ("Paid", 10000, 7000)
    assert audit() == []
