"""After a revocation nothing can be looked at: signed events tell of their own object, and never over a later look."""

import time
from typing import Any

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_sent_invoice,
    come_home,
    connected,
    in_a_while,
    pay,
    the_payment,
    the_world,
    timeline,
)
from flask import Flask
from refunding import refund_in_dashboard
from telling import a_revoked_invoice, arrive, at_stripe, hold, let_go, outcomes, soon, tell
from workers import work_off

from models.base import db
from models.checkout import Checkout
from models.dispute import Dispute
from models.payment import Payment
from models.refund import Refund
from models.stripe_account import Payout
from models.stripe_event import StripeEvent
from sandbox.shapes import shown
from tasks.audit import audit
from tasks.reconcile import reconcile

pytestmark = pytest.mark.both_databases


def test_a_payment_of_a_completed_checkout_settles_it(app: Flask) -> None:
    invoice = a_sent_invoice()
    hold()
    pay(invoice)
    let_go()
    assert (invoice.status, db.session.query(Checkout).one().state) == ("Paid", "complete")
    assert (the_payment(invoice).method, timeline(invoice)[-2:]) == (
        "Visa •••• 4242",
        ["payment_received", "receipt_sent"],
    )
    assert (outcomes()["payment_intent.succeeded"], audit()) == ("recorded", [])
    assert not db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None)).count()


def test_a_refund_is_recorded(app: Flask) -> None:
    invoice = a_paid_invoice()
    hold()
    refund_in_dashboard(invoice, 2500)
    let_go()
    assert (db.session.query(Refund).one().state, invoice.refunded) == ("succeeded", 2500)


def test_a_dispute_is_recorded_with_what_it_has_withdrawn(app: Flask) -> None:
    invoice = a_paid_invoice()
    hold()
    the_world().dispute(str(the_payment(invoice).charge_id))
    let_go()
    dispute = db.session.query(Dispute).one()
    assert (dispute.status, dispute.withdrawn, invoice.disputed) == ("needs_response", 10000, 10000)
    assert the_payment(invoice).withdrawn == 10000


def test_a_payout_is_recorded(app: Flask) -> None:
    a_paid_invoice()
    hold()
    the_world().clock.advance(864_000)
    the_world().payout(STUDIO)
    let_go()
    assert db.session.query(Payout).one().currency == "USD"


def test_a_bank_debit_that_fails_makes_the_invoice_payable_again(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice, "us_bank_account")
    come_home()
    hold()
    the_world().clock.advance(86_400)
    the_world().settle(str(at_stripe(str(checkout.stripe_id))[0]["id"]), "failed")
    with in_a_while(days=1):
        let_go()
    assert (the_payment(invoice).status, invoice.processing, invoice.status) == ("failed", 0, "Sent")


def test_a_session_that_was_paid_says_so_by_itself(app: Flask) -> None:
    invoice, _, _ = a_revoked_invoice()
    session = shown(the_world().object(str(db.session.query(Checkout).one().stripe_id), "checkout.session"))
    tell("checkout.session.completed", session, soon())
    work_off()
    assert (invoice.status, the_payment(invoice).captured, the_payment(invoice).fee) == ("Paid", 10000, None)


def test_a_session_that_waits_for_its_bank_says_that_money_is_on_its_way(app: Flask) -> None:
    invoice, _, _ = a_revoked_invoice(card="us_bank_account")
    session = shown(the_world().object(str(db.session.query(Checkout).one().stripe_id), "checkout.session"))
    tell("checkout.session.completed", session, soon())
    work_off()
    assert (invoice.status, invoice.processing, invoice.due().amount) == ("Sent", 10000, 0)
    assert (the_payment(invoice).status, audit()) == ("processing", [])


@pytest.mark.parametrize(("outcome", "status", "due"), [("succeeded", "Paid", 0), ("failed", "Sent", 10000)])
def test_a_session_tells_what_the_bank_has_answered(app: Flask, outcome: str, status: str, due: int) -> None:
    invoice, intent, _ = a_revoked_invoice(card="us_bank_account")
    name = str(db.session.query(Checkout).one().stripe_id)
    tell("checkout.session.completed", shown(the_world().object(name, "checkout.session")), soon())
    the_world().settle(intent["id"], outcome)
    tell(f"checkout.session.async_payment_{outcome}", shown(the_world().object(name, "checkout.session")), soon() + 1)
    work_off()
    assert (invoice.status, invoice.due().amount, the_payment(invoice).status) == (status, due, outcome)


def test_a_charge_alone_tells_of_its_payment(app: Flask) -> None:
    invoice, _, charge = a_revoked_invoice()
    tell("charge.succeeded", charge, soon())
    work_off()
    payment = the_payment(invoice)
    assert (invoice.status, payment.charge_id, payment.method) == ("Paid", charge["id"], "Visa •••• 4242")
    assert (payment.payment_intent_id, payment.fee) == (charge["payment_intent"], None)


@pytest.mark.parametrize(
    "changes", [{"status": "failed"}, {"captured": False}, {"status": "new"}, {"payment_intent": None}]
)
def test_a_charge_that_brought_no_money_tells_nothing(app: Flask, changes: dict[str, Any]) -> None:
    invoice, _, charge = a_revoked_invoice()
    tell("charge.updated", charge | changes, soon())
    work_off()
    assert (invoice.status, db.session.query(Payment).count()) == ("Sent", 0)
    assert outcomes()["charge.updated"] in ("unreachable", "ignored")


def test_a_refund_of_an_unknown_payment_waits_for_that_payment(app: Flask) -> None:
    invoice, intent, charge = a_revoked_invoice()
    refund = {"id": "re_1", "object": "refund", "amount": 2500, "currency": "usd", "created": soon()}
    tell("refund.created", refund | {"status": "succeeded", "payment_intent": intent["id"]}, soon())
    work_off()
    assert outcomes()["refund.created"] == "unreachable"
    tell("charge.succeeded", charge, soon())
    work_off()
    work_off()
    assert (outcomes()["refund.created"], invoice.refunded) == ("recorded", 2500)


def test_an_event_of_a_form_that_we_cannot_read_waits_for_a_person_and_blocks_no_other(app: Flask) -> None:
    invoice, intent, _ = a_revoked_invoice()
    tell("payment_intent.processing", {"id": intent["id"], "object": "payment_intent", "status": "processing"}, soon())
    tell("payment_intent.succeeded", intent, soon())
    work_off()
    odd = db.session.query(StripeEvent).filter_by(type="payment_intent.processing").one()
    assert (odd.last_error, odd.parked_at is not None) == (
        "This event of Stripe's has a form that we cannot read.",
        True,
    )
    assert invoice.status == "Paid"


def test_nothing_is_asked_of_an_account_that_let_us_go(app: Flask) -> None:
    _, intent, _ = a_revoked_invoice()
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": 1,
        "currency": "usd",
        "created": 5,
        "payment_intent": intent["id"],
    }
    before = len(the_world().requests)
    tell("refund.created", refund | {"status": "succeeded"}, soon())
    tell("payment_intent.succeeded", intent, soon())
    tell("account.application.deauthorized", {"id": "ca_1", "object": "application"}, soon())
    work_off()
    assert len(the_world().requests) == before
    assert outcomes()["account.application.deauthorized"] == "handled"


def test_a_look_that_finds_us_let_go_leaves_it_to_the_event(app: Flask) -> None:
    invoice = a_sent_invoice()
    hold()
    pay(invoice)
    the_world().store.run("DELETE FROM deliveries WHERE type = 'account.application.deauthorized'")
    the_world().deauthorize(STUDIO)
    the_world().store.run("DELETE FROM deliveries WHERE type = 'account.application.deauthorized'")
    arrive()
    assert (invoice.status, the_payment(invoice).account.state) == ("Paid", "revoked")


def test_later_looks_go_on_where_the_events_ended(app: Flask) -> None:
    invoice, intent, _ = a_revoked_invoice()
    tell("payment_intent.succeeded", intent, int(time.time()))
    work_off()
    assert the_payment(invoice).fee is None
    with in_a_while(seconds=60):
        connected()
        reconcile()
    db.session.expire_all()
    assert (the_payment(invoice).fee, the_payment(invoice).method) == (320, "Visa •••• 4242")
