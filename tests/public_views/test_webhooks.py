"""Stripe's door: what is signed is kept once, everything else is turned away."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cast import Browser
from customers import count
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.base import db
from models.stripe_event import StripeEvent
from sandbox.deliveries import signature
from sandbox.world import World

SECRET = "whsec_sandbox"


def body_of(event_id: str = "evt_1", **fields: Any) -> bytes:
    thing = {"id": "pi_1", "object": "payment_intent"}
    known = {"id": event_id, "type": "payment_intent.succeeded", "created": 1_790_000_000, "data": {"object": thing}}
    return json.dumps(known | {"account": "acct_1"} | fields).encode()


def deliver(browser: Browser, body: bytes, seconds: int = 0, secret: str = SECRET) -> TestResponse:
    """Post this body, signed so many seconds from now."""
    signed = signature(secret, body, int(time.time()) + seconds)
    return browser.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signed})


@pytest.mark.both_databases
def test_a_signed_event_is_kept_once_however_often_it_comes(browser: Browser) -> None:
    answers = [deliver(browser, body_of()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert count(StripeEvent) == 1


def test_the_same_id_on_another_account_is_another_event(browser: Browser) -> None:
    for account in ("acct_1", "acct_2", None):
        assert deliver(browser, body_of(account=account)).status_code == 200
    assert count(StripeEvent) == 3


def test_the_body_is_kept_as_it_came(browser: Browser) -> None:
    body = json.dumps(json.loads(body_of()), indent=3, ensure_ascii=False).encode()
    deliver(browser, body)
    assert db.session.query(StripeEvent).one().body == body.decode()


def test_a_signature_of_another_time_is_refused(browser: Browser) -> None:
    for seconds in (-302, -86_400, 310, 80_000):
        assert deliver(browser, body_of(), seconds).status_code == 400
    assert count(StripeEvent) == 0


def test_an_unsigned_event_is_refused(browser: Browser) -> None:
    for header in ("", "t=1", "v1=abc", "t=x,v1=y", "\xff", "t=,v1=", "," * 500):
        answer = browser.post("/webhooks/stripe", data=body_of(), headers={"Stripe-Signature": header})
        assert answer.status_code == 400
    assert count(StripeEvent) == 0


def test_a_forged_or_changed_event_is_refused(browser: Browser) -> None:
    signed = signature(SECRET, body_of(), int(time.time()))
    changed = browser.post("/webhooks/stripe", data=body_of("evt_2"), headers={"Stripe-Signature": signed})
    assert changed.status_code == deliver(browser, body_of(), secret="whsec_of_somebody_else").status_code == 400
    assert count(StripeEvent) == 0


def test_each_of_several_secrets_is_good_while_they_are_rotated(app: Flask, browser: Browser) -> None:
    app.config["STRIPE_WEBHOOK_SECRETS"] = ["whsec_new", SECRET]
    assert deliver(browser, body_of("evt_1")).status_code == 200
    assert deliver(browser, body_of("evt_2"), secret="whsec_new").status_code == 200


def test_what_is_signed_and_no_event_is_refused(browser: Browser) -> None:
    for body in (b"hello", b"[]", b"{}", b"null", b'{"id": "evt_1"}', b"\xff\xfe", b""):
        assert deliver(browser, body).status_code == 400


@pytest.mark.both_databases
def test_what_is_signed_and_no_event_of_stripe_s_is_no_500(browser: Browser) -> None:
    odd = ({"account": {"a": 1}}, {"created": 1e30}, {"id": "a\0"}, {"id": "\ud800"}, {"id": 1}, {"type": "t" * 999})
    for body in (b"[" * 50_000, *(body_of(**{"event_id": "evt_1"} | fields) for fields in odd)):
        assert deliver(browser, body).status_code == 400
    assert count(StripeEvent) == 0


def test_types_accounts_and_versions_that_we_do_not_know_are_kept_and_answered(browser: Browser) -> None:
    strange = (
        {"type": "teleport.succeeded"},
        {"account": "acct_of_somebody_else"},
        {"api_version": "2031-01-01.nirvana", "context": {"stripe_account": 1}},
        {"type": "teleport.begun", "data": {"object": {"id": 7, "object": "teleport"}}},
        {"type": "teleport.ended", "data": {"object": None}},
        {"type": "teleport.lost", "data": {}, "reason": "x" * 300},
    )
    for number, fields in enumerate(strange):
        assert deliver(browser, body_of(f"evt_{number}", **fields)).status_code == 200
    assert count(StripeEvent) == len(strange)
    assert db.session.query(StripeEvent).filter_by(event_id="evt_2").one().api_version == "2031-01-01.nirvana"


def test_a_test_event_on_a_live_endpoint_is_kept_and_asks_for_nothing(app: Flask, browser: Browser) -> None:
    app.config["STRIPE_SECRET_KEY"] = "sk_live_x"
    for event_id, livemode in (("evt_1", True), ("evt_2", False)):
        assert deliver(browser, body_of(event_id, livemode=livemode)).status_code == 200
    kept = db.session.scalars(select(StripeEvent).order_by(StripeEvent.id))
    assert [(row.outcome, row.due_at is not None) for row in kept] == [("", True), ("ignored", False)]


def test_what_is_too_large_is_refused_unread(browser: Browser) -> None:
    assert deliver(browser, body_of(padding="x" * 600_000)).status_code == 413
    assert deliver(browser, body_of(padding="x" * 400_000)).status_code == 200


def test_the_request_uses_no_orm_session_and_asks_stripe_nothing(browser: Browser, world: World) -> None:
    world.faults.add("*", "500")
    with _no_session():
        assert deliver(browser, body_of()).status_code == 200
    assert world.faults.waiting()


def test_redis_is_not_needed(app: Flask, browser: Browser) -> None:
    assert app.config["REDIS_URL"] == "redis://127.0.0.1:1/0"  # nobody answers there
    assert deliver(browser, body_of()).status_code == 200
    assert count(StripeEvent) == 1


@contextmanager
def _no_session() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise AssertionError("an ORM session began")

    event.listen(Session, "after_begin", refuse)
    try:
        yield
    finally:
        event.remove(Session, "after_begin", refuse)
