"""Who has Stripe's page open while all that was paid is given back is not charged what is due no more."""

from datetime import timedelta

import pytest
from builders import (
    Money,
    a_partly_paid_invoice,
    a_refund,
    come_home,
    in_a_while,
    open_matters,
    pay,
    person,
    the_matter,
    the_payment,
    the_world,
)
from customers import the_checkout
from flask import Flask
from refunding import refund_in_dashboard
from sqlalchemy import update
from workers import work_off

from models.attention_words import Matter
from models.base import db
from models.checkout import Checkout
from models.clock import moved_to, now
from models.invoice import Invoice, new_operation
from models.payment import Payment
from sandbox.errors import Refused as Impossible
from tasks import transaction
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.idle_checkouts import idle_checkouts
from tasks.refunds import refund_payment

pytestmark = pytest.mark.both_databases
EXPIRE = "POST /v1/checkout/sessions/*/expire"


def half_paid() -> tuple[Invoice, str]:
    """30 of 100 are paid, and Stripe's page for the rest is open in some tab."""
    invoice = a_partly_paid_invoice(paid="30.00")
    open_checkout(invoice.id, new_operation())
    return invoice, str(the_checkout(invoice).stripe_id)


@pytest.mark.parametrize("where", ["here", "dashboard"])
def test_refunding_everything_closes_the_open_checkout(app: Flask, where: str) -> None:
    invoice, old_tab = half_paid()
    refund_in_dashboard(invoice, 3000) if where == "dashboard" else a_refund(invoice, "30.00")
    come_home()
    with pytest.raises(Impossible, match="expired"):
        the_world().pay(old_tab)
    assert (invoice.status, the_checkout(invoice).state, idle_checkouts(1)) == ("Refunded", "expired", [])


def test_refunding_a_part_leaves_it_open(app: Flask) -> None:
    invoice, _ = half_paid()
    a_refund(invoice, "10.00")
    come_home()
    assert (invoice.status, the_checkout(invoice).state) == ("Partially Paid", "open")


def test_while_stripe_is_silent_the_sweep_goes_on_asking(app: Flask) -> None:
    invoice, _ = half_paid()
    the_world().faults.add(EXPIRE, "503", times=50)
    a_refund(invoice, "30.00")
    come_home()
    assert (the_checkout(invoice).state, len(idle_checkouts(9))) == ("open", 1)
    the_world().faults.clear()
    work_off()
    assert (the_checkout(invoice).state, idle_checkouts(9)) == ("expired", [])


def test_one_that_waits_for_a_person_is_left_alone_until_it_runs_out(app: Flask) -> None:
    invoice, _ = half_paid()
    unknown = {"state": "creating", "stripe_id": None, "due_at": None, "parked_at": now()}
    with transaction() as session:
        session.execute(update(Checkout).values(unknown).where(Checkout.state == "open"))
    a_refund(invoice, "30.00")
    come_home()
    assert (invoice.status, idle_checkouts(9)) == ("Refunded", [])
    with in_a_while(hours=24):
        assert len(idle_checkouts(9)) == 1
        work_off()
        assert (the_checkout(invoice).state, idle_checkouts(9)) == ("expired", [])


def paid_too_late() -> tuple[Invoice, Payment]:
    """The customer was faster: 70 came in a minute after the 30 had gone back."""
    invoice, old_tab = half_paid()
    the_world().faults.add(EXPIRE, "503", times=50)
    a_refund(invoice, "30.00")
    come_home()
    with moved_to(now() + timedelta(minutes=1)):
        the_world().clock.set(int(now().timestamp()))
        the_world().pay(old_tab)
        the_world().faults.clear()
        come_home()
    query = db.session.query(Payment).join(Checkout, Payment.checkout_id == Checkout.id)
    return invoice, query.where(Checkout.stripe_id == old_tab).one()


def test_money_that_came_too_late_is_laid_before_staff(app: Flask) -> None:
    paid_too_late()
    matter = the_matter()
    assert (matter.kind, matter.money) == ("paid_refunded", Money(7000, "USD"))
    assert "nothing was due any more; $70.00 of it is held." in Matter(matter).sentence
    assert audit() == []


def test_giving_it_back_ends_the_matter(app: Flask) -> None:
    invoice, late = paid_too_late()
    refund_payment(late.id, None, person("staff"), new_operation())
    come_home()
    assert (invoice.status, open_matters(), audit()) == ("Refunded", [], [])


def test_what_was_paid_while_it_was_due_is_no_matter(app: Flask) -> None:
    invoice = a_partly_paid_invoice(paid="30.00")
    first = the_payment(invoice).id
    pay(invoice)
    come_home()
    refund_payment(first, None, person("staff"), new_operation())
    come_home()
    assert (invoice.status, open_matters()) == ("Paid", [])
