"""What Stripe has added since: a status, a reason, a method that we do not know changes nothing, crashes nothing."""

import json
import time
from typing import Any

import pytest
from builders import (
    STUDIO,
    a_disputed_invoice,
    a_paid_invoice,
    a_sent_invoice,
    come_home,
    connected,
    pay,
    the_payment,
    the_world,
)
from cast import Browser
from flask import Flask
from refunding import refund_in_dashboard

from models.base import db
from models.checkout import Checkout
from models.dispute import Dispute
from models.refund import Refund
from models.stripe_account import Payout
from models.stripe_event import StripeEvent
from sandbox.deliveries import signature
from sandbox.settings import Settings
from tasks.audit import audit
from tasks.events import handle_due

pytestmark = pytest.mark.both_databases
LONG = "a_word_that_nobody_has_heard_of_and_that_is_longer_than_any_column_which_we_thought_of"


@pytest.fixture
def stripe_says(app: Flask, browser: Browser) -> Any:
    """Stripe changes an object into what we do not know and sends a signed event about it, which is worked off."""

    def say(object_id: str, kind: str, event_type: str, **fields: Any) -> None:
        changed = the_world().object(object_id, kind) | fields
        the_world().store.save(changed)
        event = {"id": "evt_new", "type": event_type, "account": STUDIO, "created": int(time.time())}
        body = json.dumps(event | {"api_version": "2031-01-01.nirvana", "data": {"object": changed}}).encode()
        headers = {"Stripe-Signature": signature(Settings.webhook_secret, body, int(time.time()))}
        assert browser.post("/webhooks/stripe", data=body, headers=headers).status_code == 200
        handle_due()
        db.session.expire_all()
        row = db.session.query(StripeEvent).filter_by(event_id="evt_new").one()
        assert (row.outcome, row.last_error, row.api_version) == ("handled", None, "2031-01-01.nirvana")

    return say


@pytest.mark.parametrize("card", ["4242424242424242", "us_bank_account"])
def test_a_payment_whose_status_is_new_stays_as_it_was(app: Flask, stripe_says: Any, card: str) -> None:
    invoice = a_paid_invoice(card=card)
    before = (invoice.status, invoice.captured, invoice.processing)
    stripe_says(the_payment(invoice).payment_intent_id, "payment_intent", "payment_intent.new", status=LONG)
    assert ((invoice.status, invoice.captured, invoice.processing), audit()) == (before, [])


def test_a_refund_whose_status_is_new_still_holds_its_money(app: Flask, stripe_says: Any) -> None:
    invoice = a_paid_invoice()
    refund = refund_in_dashboard(invoice, 2500)
    stripe_says(refund, "refund", "refund.new", status="teleporting", reason=LONG, failure_reason=LONG)
    assert db.session.query(Refund).one().state == "pending"
    assert (the_payment(invoice).refundable().amount, audit()) == (7500, [])


def test_a_dispute_whose_status_is_new_stays_open(app: Flask, stripe_says: Any) -> None:
    invoice = a_disputed_invoice()
    dispute = db.session.query(Dispute).one()
    details = {"type": LONG, LONG: {"brand": LONG}}
    stripe_says(
        dispute.stripe_id, "dispute", "charge.dispute.new", status=LONG, reason=LONG, payment_method_details=details
    )
    assert (dispute.is_open, dispute.status_words[:20]) == (True, "A word that nobody h")
    assert (invoice.disputed, the_payment(invoice).withdrawn, audit()) == (10000, 10000, [])


def test_a_checkout_whose_status_is_new_stays_as_it_was(app: Flask, stripe_says: Any) -> None:
    invoice = a_paid_invoice()
    checkout = db.session.query(Checkout).one()
    stripe_says(str(checkout.stripe_id), "checkout.session", "checkout.session.new", status="x", payment_status="y")
    assert (checkout.state, invoice.status, audit()) == ("complete", "Paid", [])


def test_a_payout_whose_status_is_new_is_shown_as_stripe_writes_it(app: Flask, stripe_says: Any) -> None:
    a_paid_invoice()
    the_world().clock.advance(864_000)
    payout = the_world().payout(STUDIO)[0]["id"]
    stripe_says(payout, "payout", "payout.new", status=LONG, trace_id={"status": "new", "value": LONG * 2})
    assert db.session.query(Payout).one().status_words.startswith("A word that nobody")


def test_a_payment_method_that_is_new_is_named_as_stripe_names_it(app: Flask, stripe_says: Any) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    come_home()
    charge = str(the_payment(invoice).charge_id)
    details = {"type": "carrier_pigeon", "carrier_pigeon": {"last4": "0007" * 30}}
    stripe_says(charge, "charge", "charge.updated", payment_method_details=details)
    assert the_payment(invoice).method.startswith("Carrier pigeon •••• 0007")


def test_an_account_may_have_a_name_that_is_longer_than_there_is_room_for(app: Flask, stripe_says: Any) -> None:
    account = connected()
    stripe_says(STUDIO, "account", "account.updated", business_profile={"name": "Q" * 300})
    assert account.name == "Q" * 200
