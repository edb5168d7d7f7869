"""A revoked account tells nothing more: staff say what did not come about; when it is back, Stripe's word counts."""

from collections.abc import Callable

import pytest
from builders import (
    STUDIO,
    Money,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    in_a_while,
    open_matters,
    pay,
    person,
    the_payment,
    the_world,
    timeline,
)
from disconnecting import a_debit_on_its_way, a_payment_that_is_not_home, a_refund_of_unknown_outcome
from flask import Flask
from refunding import the_refund

from models.activity import AuditEntry
from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.organization import the_organization
from models.payment import Payment
from models.refusal import NotAllowed, OutsideError, Refused
from sandbox.accounts import EUROPE
from tasks import invoices, unheard
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.manual_refunds import record_manual_refund
from tasks.reconcile import catch_up_account, reconcile_nightly
from tasks.runs import finish_run

pytestmark = pytest.mark.both_databases
SETTLED = "Finance Person settled it by hand, without Stripe's answer"


def come_back() -> None:
    """The account is connected again, as the settings page does it."""
    the_world().deliveries.mode = "normal"
    connected()
    catch_up_account()
    come_home()
    with in_a_while(seconds=31):
        come_home()
    db.session.rollback()


def say_never_arrived(payment: Payment) -> None:
    unheard.payment_never_arrived(payment.id, person("finance"), "Not on the bank statement.")
    db.session.rollback()


def test_a_payment_that_never_arrived_is_due_again(app: Flask) -> None:
    invoice, payment = a_debit_on_its_way()
    say_never_arrived(payment)
    assert (payment.status, invoice.processing, invoice.due()) == ("canceled", 0, Money(10000, "USD"))
    assert (timeline(invoice)[-1], open_matters(), audit()) == ("payment_given_up", [], [])
    entry = db.session.query(AuditEntry).filter_by(action="payment.give_up").one()
    assert (entry.subject, entry.after) == (f"payment:{payment.id}", {"reason": "Not on the bank statement."})


def test_then_the_customer_pays_on_the_new_account(app: Flask) -> None:
    invoice, payment = a_debit_on_its_way()
    connected(EUROPE)
    say_never_arrived(payment)
    pay(invoice)
    come_home()
    assert invoice.status == "Paid"


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "Paid"), ("failed", "Sent")])
def test_when_the_account_is_back_stripes_word_counts(app: Flask, outcome: str, status: str) -> None:
    invoice, payment = a_debit_on_its_way()
    say_never_arrived(payment)
    the_world().settle(str(payment.payment_intent_id), outcome)
    with in_a_while(days=60):
        the_world().clock.advance(60 * 86_400)
        come_back()
    assert (invoice.status, payment.status, audit()) == (status, outcome, [])


def test_a_checkout_that_was_never_paid_lets_its_invoice_go(app: Flask) -> None:
    invoice, checkout = a_payment_that_is_not_home()
    connected(EUROPE)
    for stuck in (lambda: invoices.void_invoice(invoice.id, person("staff")), lambda: press_pay(invoice)):
        with pytest.raises((Refused, OutsideError)):
            stuck()
    unheard.checkout_never_paid(checkout.id, person("finance"), "Stripe's Dashboard shows nothing.")
    assert press_pay(invoice)
    assert (timeline(invoice)[-1], audit()) == ("checkout_given_up", [])


def press_pay(invoice: Invoice) -> str | None:
    return open_checkout(invoice.id, new_operation())


def test_money_of_such_a_checkout_counts_when_the_account_is_back(app: Flask) -> None:
    invoice, checkout = a_payment_that_is_not_home()
    unheard.checkout_never_paid(checkout.id, person("finance"), "Stripe's Dashboard shows nothing.")
    come_back()
    assert (invoice.status, the_payment(invoice).checkout_id, audit()) == ("Paid", checkout.id, [])


def test_a_refund_that_is_settled_by_hand_sets_its_money_free(app: Flask) -> None:
    invoice, refund_id = a_refund_of_unknown_outcome()
    unheard.settle_refund_by_hand(refund_id, person("finance"), "Not in the Dashboard.")
    refund = the_refund(refund_id)
    assert (refund.state, refund.about) == ("canceled", f"{SETTLED}: Not in the Dashboard.")
    assert (the_payment(invoice).reserved, timeline(invoice)[-1], open_matters()) == (0, "refund_given_up", [])
    assert audit() == []


def test_a_refund_that_was_made_all_the_same_counts_when_the_account_is_back(app: Flask) -> None:
    invoice, refund_id = a_refund_of_unknown_outcome(when="after")
    unheard.settle_refund_by_hand(refund_id, person("finance"), "Not in the Dashboard.")
    come_back()
    assert (invoice.status, the_refund(refund_id).state, audit()) == ("Refunded", "succeeded", [])


def test_recorded_by_hand_instead_it_counts_once(app: Flask) -> None:
    invoice, refund_id = a_refund_of_unknown_outcome(when="after")
    finance, today = person("finance"), the_organization(db.session).today()
    unheard.settle_refund_by_hand(refund_id, finance, "Recorded by hand instead.")
    record_manual_refund(the_payment(invoice).id, Money(10000, "USD"), today, finance, new_operation())
    come_back()
    assert (invoice.refunded, the_refund(refund_id).state, audit()) == (10000, "canceled", [])


def test_recorded_otherwise_and_made_all_the_same_is_more_than_was_taken(app: Flask) -> None:
    invoice, refund_id = a_refund_of_unknown_outcome(when="after")
    finance, today = person("finance"), the_organization(db.session).today()
    unheard.settle_refund_by_hand(refund_id, finance, "Half of it was given back in cash.")
    record_manual_refund(the_payment(invoice).id, Money(5000, "USD"), today, finance, new_operation())
    come_back()
    assert (invoice.refunded, open_matters(), audit()) == (15000, ["refund_excess"], [])


def test_a_refund_that_was_pending_is_recorded_under_its_number_and_counts_once(app: Flask) -> None:
    invoice = a_paid_invoice(card="4000000000007726")
    refund_id = a_refund(invoice, "40.00")[0]
    come_home()
    number, payment_id = the_refund(refund_id).stripe_id, the_payment(invoice).id
    the_world().deauthorize(STUDIO)
    come_home()
    finance, today = person("finance"), the_organization(db.session).today()
    db.session.rollback()
    unheard.settle_refund_by_hand(refund_id, finance, "It is on the bank statement.")
    record = (payment_id, Money(4000, "USD"), today, finance, new_operation())
    recorded = record_manual_refund(*record, stripe_id=number or "")
    come_back()
    states = [the_refund(one).state for one in (refund_id, recorded)]
    assert (the_payment(invoice).reserved, states, audit()) == (4000, ["canceled", "pending"], [])


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_only_those_who_record_payments_say_so(app: Flask, role: str) -> None:
    for verb in (unheard.payment_never_arrived, unheard.checkout_never_paid, unheard.settle_refund_by_hand):
        with pytest.raises(NotAllowed):
            verb(1, person(role), "Because.")


def test_a_reason_is_needed(app: Flask) -> None:
    _, payment = a_debit_on_its_way()
    with pytest.raises(Refused, match="Say why"):
        unheard.payment_never_arrived(payment.id, person("finance"), " ")


def presses_too_soon() -> list[Callable[[], None]]:
    invoice = a_sent_invoice()
    checkout = pay(invoice, "us_bank_account")
    come_home()
    refund_id = a_refund(a_paid_invoice(), "5.00")[0]
    by = person("finance")
    return [
        lambda: unheard.payment_never_arrived(the_payment(invoice).id, by, "Because."),
        lambda: unheard.checkout_never_paid(checkout.id, by, "Because."),
        lambda: unheard.settle_refund_by_hand(refund_id, by, "Because."),
    ]


def test_while_stripe_can_be_asked_nobody_says_it(app: Flask) -> None:
    for press in presses_too_soon():
        with pytest.raises(Refused, match="Stripe itself tells"):
            press()
    assert audit() == []


def test_what_was_given_up_long_ago_is_found_even_if_the_first_look_back_fails(app: Flask) -> None:
    invoice, payment = a_debit_on_its_way()
    say_never_arrived(payment)
    the_world().settle(str(payment.payment_intent_id))
    with in_a_while(days=60):
        the_world().clock.set(int(now().timestamp()))
        connected()
        the_world().faults.add("GET /v1/payment_intents", "reset")
        finish_run(catch_up_account())
        assert invoice.status == "Sent"
    with in_a_while(days=60, minutes=31):
        reconcile_nightly()
        come_home()
    db.session.rollback()
    assert (invoice.status, payment.account.unheard_since, audit()) == ("Paid", None, [])


def test_an_account_that_nobody_has_looked_back_at_is_found_by_the_night(app: Flask) -> None:
    invoice, payment = a_debit_on_its_way()
    say_never_arrived(payment)
    the_world().settle(str(payment.payment_intent_id))
    reconcile_nightly()
    come_home()
    with in_a_while(days=60):
        the_world().clock.set(int(now().timestamp()))
        reconcile_nightly()
        come_home()
        connected()
    with in_a_while(days=60, minutes=31):
        reconcile_nightly()
        come_home()
    db.session.rollback()
    assert invoice.status == "Paid"
