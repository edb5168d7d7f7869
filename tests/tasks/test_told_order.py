"""What signed events tell is recorded in the order in which it happened, whatever the order in which it comes."""

import time
from random import Random

import pytest
from builders import STUDIO, a_paid_invoice, a_sent_invoice, come_home, pay, the_payment, the_world, timeline
from flask import Flask
from refunding import refund_in_dashboard
from telling import a_revoked_invoice, outcomes, soon, tell
from workers import work_off

from models.base import db
from models.checkout import Checkout
from models.refund import Refund
from sandbox.shapes import shown
from tasks.accounts import record_revoked
from tasks.audit import audit

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_first_the_end_is_the_same(app: Flask, seed: int) -> None:
    invoice, intent, charge = a_revoked_invoice()
    at, begun = soon(), intent | {"status": "requires_payment_method", "amount_received": 0, "latest_charge": None}
    refund = {"id": "re_1", "object": "refund", "amount": 2500, "currency": "usd", "created": at, "status": "pending"}
    refund |= {"payment_intent": intent["id"], "charge": charge["id"]}
    story = [
        ("payment_intent.created", begun),
        ("payment_intent.succeeded", intent),
        ("charge.succeeded", charge),
        ("refund.created", refund),
        ("refund.updated", refund | {"status": "succeeded"}),
    ]
    Random(seed).shuffle(story)
    for kind, thing in story:
        tell(kind, thing, at)
        work_off()
    work_off()
    assert (invoice.status, invoice.captured, invoice.refunded) == ("Paid", 10000, 2500)
    assert [one.state for one in db.session.query(Refund)] == ["succeeded"]
    assert "payment_failed" not in timeline(invoice)
    assert ({outcomes()[kind] for kind, _ in story}, audit()) == ({"recorded"}, [])


def test_an_older_event_is_never_recorded_over_a_later_look(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_in_dashboard(invoice, 2500)
    come_home()
    refund = db.session.query(Refund).one()
    record_revoked(STUDIO)
    told = shown(the_world().object(str(refund.stripe_id), "refund")) | {"status": "failed"}
    tell("refund.updated", told, int(time.time()) - 60)
    work_off()
    assert (refund.state, invoice.refunded) == ("succeeded", 2500)
    tell("refund.failed", told, soon())
    work_off()
    db.session.refresh(refund)
    assert (refund.state, invoice.refunded) == ("failed", 0)


def test_an_older_event_is_never_recorded_over_a_later_one(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_in_dashboard(invoice, 2500)
    come_home()
    refund = db.session.query(Refund).one()
    record_revoked(STUDIO)
    told, at = shown(the_world().object(str(refund.stripe_id), "refund")), soon()
    tell("refund.failed", told | {"status": "failed"}, at)
    work_off()
    tell("refund.updated", told, at, "late")
    work_off()
    db.session.refresh(refund)
    assert (refund.state, outcomes()["refund.updated"]) == ("failed", "recorded")


def test_when_it_was_paid_stays_although_the_event_names_only_the_charge(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    payment, paid_at = the_payment(invoice), the_payment(invoice).paid_at
    record_revoked(STUDIO)
    intent = shown(the_world().object(payment.payment_intent_id, "payment_intent"))
    tell("payment_intent.succeeded", intent | {"status": "succeeded", "amount_received": 10000, "created": 5}, soon())
    work_off()
    db.session.refresh(payment)
    assert (payment.status, payment.captured, payment.paid_at) == ("succeeded", 10000, paid_at)


def test_a_declined_attempt_told_after_the_checkout_was_complete_is_no_failed_payment(app: Flask) -> None:
    invoice, intent, _ = a_revoked_invoice(card="us_bank_account")
    session = shown(the_world().object(str(db.session.query(Checkout).one().stripe_id), "checkout.session"))
    at = soon()
    tell("checkout.session.completed", session, at + 5)
    work_off()
    declined = intent | {"status": "requires_payment_method", "last_payment_error": {"message": "Declined."}}
    tell("payment_intent.payment_failed", declined, at)
    work_off()
    assert the_payment(invoice).status == "processing"
    tell("payment_intent.payment_failed", declined, at + 86_400, "later")
    work_off()
    assert (the_payment(invoice).status, timeline(invoice)[-2]) == ("failed", "payment_failed")
