"""Two tabs, a late webhook, a slow method: whoever presses Pay again hears the truth and pays nothing twice."""

import builders
import pytest
from builders import Money
from customers import count, the_checkout
from flask import Flask

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.payment import Payment
from models.refusal import OutsideError, Refused
from sandbox.errors import Refused as Declined
from sandbox.world import World
from tasks.audit import audit
from tasks.checkouts import open_checkout

pytestmark = pytest.mark.both_databases
USD_40, USD_60 = Money(4000, "USD"), Money(6000, "USD")


def press(invoice: Invoice, amount: Money | None = None) -> str | None:
    return open_checkout(invoice.id, new_operation(), amount)


def fresh(invoice: Invoice) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


def test_who_has_paid_and_presses_again_before_the_webhook_hears_it(app: Flask) -> None:
    invoice = builders.a_sent_invoice("64.47")
    builders.pay(invoice)
    with pytest.raises(Refused, match=r"Nothing is due on this invoice: \$64.47 was paid a moment ago\."):
        press(invoice)
    assert (fresh(invoice).status, count(Checkout)) == ("Paid", 1)
    builders.come_home()
    assert (count(Payment), audit()) == (1, [])


@pytest.mark.parametrize("again", [USD_40, Money(5000, "USD"), None])
def test_who_has_paid_a_part_is_not_led_on_to_pay_another(app: Flask, again: Money | None) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    builders.pay(invoice, amount=USD_40)
    with pytest.raises(Refused, match=r"^\$40.00 was paid a moment ago. \$60.00 is still due; press Pay again"):
        press(invoice, again)
    assert (fresh(invoice).status, count(Checkout)) == ("Partially Paid", 1)
    assert press(invoice, USD_60)


def test_the_same_amount_finds_the_open_checkout_after_a_look(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    first = press(invoice, USD_40)
    world.requests.clear()
    assert press(invoice, USD_40) == first
    assert [(one["method"], one["status"]) for one in world.requests] == [("GET", 200)]
    assert count(Checkout) == 1


def test_a_session_that_has_expired_unheard_is_replaced(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice()
    first = press(invoice)
    world.clock.advance(23 * 3600 + 60)
    world.tick()
    world.clock.set(None)
    second = press(invoice)
    assert second != first
    assert [one.state for one in db.session.query(Checkout).order_by(Checkout.id)] == ["expired", "open"]


def test_while_stripe_is_silent_nobody_is_sent_to_a_page_that_may_be_paid(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice()
    builders.pay(invoice)
    world.faults.add("GET /v1/checkout/sessions/*", "503")
    with pytest.raises(OutsideError):
        press(invoice)


def test_two_tabs_with_two_amounts_leave_one_page_on_which_to_pay(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    press(invoice, USD_40)
    first = str(the_checkout(invoice).stripe_id)
    press(invoice, USD_60)
    with pytest.raises(Declined, match="expired"):
        world.pay(first)
    world.pay(str(the_checkout(invoice).stripe_id))
    builders.come_home()
    assert (fresh(invoice).captured, audit()) == (6000, [])


def test_while_a_debit_is_on_its_way_only_the_rest_is_due(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    builders.pay(invoice, "us_bank_account", USD_40)
    with pytest.raises(Refused, match=r"^\$40.00 is on its way already. \$60.00 is still due"):
        press(invoice, USD_40)
    assert (fresh(invoice).processing, invoice.due()) == (4000, USD_60)
    with pytest.raises(Refused, match=r"Only \$60.00 is due"):
        press(invoice, Money(10_000, "USD"))
    builders.pay(invoice, amount=USD_60)
    builders.come_home()
    world.settle(str(debit(invoice).payment_intent_id), "succeeded")
    builders.come_home()
    assert (fresh(invoice).status, invoice.captured, audit()) == ("Paid", 10_000, [])


def debit(invoice: Invoice) -> Payment:
    return db.session.query(Payment).filter_by(invoice_id=invoice.id, status="processing").one()


def test_a_debit_that_fails_makes_its_part_payable_again(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    builders.pay(invoice, "us_bank_account", USD_40)
    builders.come_home()
    world.settle(str(debit(invoice).payment_intent_id), "failed")
    builders.come_home()
    assert (fresh(invoice).processing, invoice.due().amount) == (0, 10_000)
    assert builders.timeline(invoice)[-2:] == ["payment_failed", "payment_failed_notice_sent"]
    builders.pay(invoice)
    builders.come_home()
    assert (fresh(invoice).status, audit()) == ("Paid", [])


def test_an_amount_that_only_stripe_knows_to_be_too_small_is_said(app: Flask) -> None:
    """It must be worth half a dollar on this account, which only Stripe can convert."""
    invoice = builders.a_sent_invoice("200", currency="VND")
    with pytest.raises(Refused, match="This amount is too small to be charged online in this currency"):
        press(invoice)
    assert the_checkout(invoice).state == "failed"
