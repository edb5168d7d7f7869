"""The inbox of webhooks: kept before anything is done, once, and only what Stripe has signed."""

import json
import time

import pytest
from builders import (
    STUDIO,
    a_sent_invoice,
    come_home,
    connected,
    in_a_while,
    pay,
    person,
    the_world,
)
from cast import Browser
from flask import Flask
from workers import work_off

from models.activity import AuditEntry
from models.base import db
from models.refusal import Conflict, NotAllowed, NotFound
from models.stripe_event import StripeEvent
from sandbox.deliveries import signature
from sandbox.settings import Settings
from sandbox.shapes import shaped
from tasks import events

pytestmark = pytest.mark.both_databases
DOOR = "/webhooks/stripe"


def an_event(kind: str = "payment_intent.succeeded", **changes: object) -> bytes:
    thing = {"id": "pi_1", "object": "payment_intent"}
    event = {"id": "evt_1", "type": kind, "account": STUDIO, "created": 1, "data": {"object": thing}}
    return json.dumps(event | changes).encode()


def signed(body: bytes, age: int = 0, key: str = Settings.webhook_secret) -> dict[str, str]:
    return {"Stripe-Signature": signature(key, body, int(time.time()) - age)}


def kept() -> int:
    db.session.rollback()
    return db.session.query(StripeEvent).count()


def test_a_signed_event_is_kept_as_it_came(app: Flask, browser: Browser) -> None:
    body = an_event()
    assert browser.post(DOOR, data=body, headers=signed(body)).status_code == 200
    assert db.session.query(StripeEvent).one().body == body.decode()


def test_the_same_event_again_is_answered_and_not_kept_twice(app: Flask, browser: Browser) -> None:
    body = an_event()
    answers = {browser.post(DOOR, data=body, headers=signed(body)).status_code for _ in range(10)}
    assert (answers, kept()) == ({200}, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "t=1,v1=00"},
        {"Stripe-Signature": "v1=00"},
        {"Stripe-Signature": "t=x,v1=00"},
        signed(an_event(), key="whsec_somebody_elses"),
        signed(an_event(), age=301),
        signed(an_event(), age=-3600),
        signed(an_event(id="evt_2")),
    ],
)
def test_what_stripe_has_not_signed_just_now_is_refused(app: Flask, browser: Browser, headers: dict[str, str]) -> None:
    assert browser.post(DOOR, data=an_event(), headers=headers).status_code == 400
    assert kept() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"id": "evt_1"}', b"\xff\xfe", b'"text"'])
def test_what_is_signed_and_no_event_is_refused(app: Flask, browser: Browser, body: bytes) -> None:
    assert browser.post(DOOR, data=body, headers=signed(body)).status_code == 400
    assert kept() == 0


@pytest.mark.parametrize("created", [10**17, 10**30, -62135596800, 253402300799])
def test_an_event_of_no_date_of_stripes_is_refused(app: Flask, browser: Browser, created: int) -> None:
    body = an_event(created=created)
    assert browser.post(DOOR, data=body, headers=signed(body)).status_code == 400
    assert kept() == 0


def test_a_delivery_that_is_too_large_is_refused(app: Flask, browser: Browser) -> None:
    body = an_event(padding="x" * 600_000)
    assert browser.post(DOOR, data=body, headers=signed(body)).status_code == 413


def test_a_type_that_we_do_not_know_is_kept_and_ignored(app: Flask) -> None:
    connected()
    body = an_event("invoice.created")
    events.receive(body, signed(body)["Stripe-Signature"])
    events.handle_due()
    event = db.session.query(StripeEvent).one()
    assert (event.outcome, event.due_at, event.last_error) == ("ignored", None, None)


def test_an_event_of_an_account_that_is_not_ours_is_ignored(app: Flask) -> None:
    body = an_event(account="acct_somebody_else")
    events.receive(body, signed(body)["Stripe-Signature"])
    events.handle_due()
    assert db.session.query(StripeEvent).one().outcome == "ignored"


def test_many_events_about_one_object_cause_one_look(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    come_home()
    for number in range(50):
        body = an_event(id=f"evt_{number}", data={"object": {"id": "pi_1", "object": "payment_intent"}})
        events.receive(body, signed(body)["Stripe-Signature"])
    before = len(the_world().requests)
    events.handle_due()
    assert len(the_world().requests) - before == 1


def test_a_look_that_fails_is_tried_again_for_all_of_its_events(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    the_world().faults.add("GET *", "reset", times=20)
    come_home()
    errors = [event.last_error for event in db.session.query(StripeEvent) if event.due_at]
    assert any(errors)
    the_world().faults.clear()
    with in_a_while(seconds=31):
        work_off()
    assert invoice.status == "Paid"
    assert {event.last_error for event in db.session.query(StripeEvent)} == {None}


def test_an_object_that_stripe_does_not_know_waits_for_a_person(app: Flask) -> None:
    connected()
    come_home()
    body = an_event()
    events.receive(body, signed(body)["Stripe-Signature"])
    events.handle_due()
    event = db.session.query(StripeEvent).filter_by(event_id="evt_1").one()
    assert event.parked_at
    assert "No such payment_intent" in str(event.last_error)


def test_an_event_that_comes_before_our_row_finds_it_later(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().deliveries.mode = "hold"
    pay(invoice)
    the_world().deliveries.mode = "shuffle"
    come_home()
    assert (invoice.status, kept() > 2) == ("Paid", True)


def a_parked_event() -> StripeEvent:
    """Two events of an object that Stripe did not know when they came; the first of them."""
    connected()
    come_home()
    for number in (1, 2):
        body = an_event(id=f"evt_{number}")
        events.receive(body, signed(body)["Stripe-Signature"])
    the_world().faults.add("GET /v1/payment_intents/*", "404")
    events.handle_due()
    db.session.rollback()
    return db.session.query(StripeEvent).filter_by(event_id="evt_1").one()


def test_a_person_lets_an_event_be_tried_again_and_with_it_all_of_its_object(app: Flask) -> None:
    event = a_parked_event()
    assert db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None)).count() == 2
    events.retry_event(event.id, person("finance"))
    the_world().faults.clear()
    the_world().store.add(STUDIO, shaped("payment_intent", id="pi_1", metadata={}, latest_charge=None))
    events.handle_due()
    db.session.refresh(event)
    assert (event.outcome, event.last_error, event.parked_at, event.due_at) == ("handled", None, None, None)
    assert not db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None)).count()


def test_several_of_one_object_are_tried_again_together(app: Flask) -> None:
    first = a_parked_event()
    handled = db.session.query(StripeEvent).where(StripeEvent.parked_at.is_(None)).limit(1).one()
    ids = [event.id for event in db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None))]
    assert events.retry_events([*ids, handled.id, 404], person("finance")) == len(ids) == 2
    assert db.session.query(AuditEntry).filter_by(action="webhook.retry").count() == 2
    with pytest.raises(Conflict):
        events.retry_event(first.id, person("finance"))


def test_who_lets_an_event_be_tried_again_stands_in_the_audit_log_with_its_error(app: Flask) -> None:
    event = a_parked_event()
    events.retry_event(event.id, person("finance"))
    entry = db.session.query(AuditEntry).filter_by(action="webhook.retry").one()
    assert (entry.actor, entry.subject) == (person("finance").email, "event:evt_1")
    assert "doesn't exist" in str(entry.before)


def test_an_event_that_fails_again_waits_again(app: Flask) -> None:
    event = a_parked_event()
    events.retry_event(event.id, person("finance"))
    events.handle_due()
    db.session.refresh(event)
    assert "No such payment_intent" in str(event.last_error)
    assert event.parked_at


def test_whoever_may_not_see_webhooks_cannot_let_one_be_tried_again(app: Flask) -> None:
    event = a_parked_event()
    with pytest.raises(NotAllowed):
        events.retry_event(event.id, person("staff"))
    with pytest.raises(NotFound):
        events.retry_event(404, person("finance"))
    assert event.parked_at
