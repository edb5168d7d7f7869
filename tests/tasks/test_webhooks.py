"""What Stripe's side of the webhooks looks like: asked for by a job, kept, and said in the same words everywhere."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from builders import STUDIO, a_disputed_invoice, a_paid_invoice, connected, in_a_while, person, the_world
from cast import Browser
from flask import Flask

from models.base import db
from models.clock import now
from models.reconciliation import WebhookCheck
from models.refusal import NotAllowed
from models.stripe_event import StripeEvent
from sandbox.deliveries import signature
from tasks import reading, transaction
from tasks.arrivals import arrival_findings
from tasks.findings import NEEDED, Finding, endpoint_findings
from tasks.stripe_gateway.client import API_VERSION
from tasks.webhooks import check_now, check_webhooks

DOOR = "/webhooks/stripe"


@pytest.fixture(autouse=True)
def _nothing_was_noted(app: Flask) -> Iterator[None]:
    yield
    app.extensions.pop("webhook_refusal", None)


def the_check() -> WebhookCheck:
    with reading() as session:
        session.expunge(check := session.get_one(WebhookCheck, 1))
    return check


def said(step: str) -> Finding:
    """What is said of this step, once Stripe was asked."""
    check_webhooks()
    with reading() as session:
        found = [*endpoint_findings(session), *arrival_findings(session)]
    return {finding.step: finding for finding in found}[step]


def an_event(**fields: object) -> StripeEvent:
    known = {"event_id": "evt_x", "type": "payment_intent.succeeded", "account": STUDIO, "body": "{}"}
    with transaction() as session:
        session.add(event := StripeEvent(**known | {"created_at": now()} | fields))
    return event


def test_a_good_setup_is_called_good(app: Flask) -> None:
    a_paid_invoice()
    check_webhooks()
    wrong = [one for one in (*endpoint_findings(db.session), *arrival_findings(db.session)) if not one.ok]
    assert wrong == []


def test_before_stripe_was_asked_nothing_is_claimed(app: Flask) -> None:
    assert {finding.ok for finding in endpoint_findings(db.session)} == {None}


def test_an_endpoint_for_our_own_account_alone_hears_nothing_of_connected_ones(app: Flask) -> None:
    the_world().change_endpoint(connect=False)
    found = said("webhook endpoint")
    assert (found.ok, "hears nothing of connected accounts" in found.seen) == (False, True)


def test_a_disabled_endpoint_is_called_so(app: Flask) -> None:
    the_world().change_endpoint(disabled=True)
    assert said("webhook endpoint").seen.endswith("is disabled")


def test_missing_subscriptions_are_named(app: Flask) -> None:
    heard = [kind for kind in NEEDED if not kind.startswith("charge.dispute.")]
    the_world().change_endpoint(enabled_events=heard)
    found = said("webhook events")
    assert (found.ok, found.seen) == (False, "13 of 18 needed; no dispute events")
    assert "charge.dispute.funds_withdrawn" in found.remedy


def test_another_version_of_the_endpoint_is_called_so(app: Flask) -> None:
    assert said("API version") == Finding("API version", True, API_VERSION, said("API version").remedy)
    the_world().change_endpoint(api_version="2025-03-31.basil")
    assert said("API version").seen == f"2025-03-31.basil, ours is {API_VERSION}"


@pytest.mark.parametrize(
    ("seconds", "seen", "ok"), [(0, "the same", True), (400, "ahead", False), (-90, "behind", False)]
)
def test_the_clocks_are_compared(app: Flask, seconds: int, seen: str, ok: bool) -> None:
    the_world().clock.set(int(time.time()) + seconds)
    found = said("clock")
    assert (found.ok, seen in found.seen or abs(the_check().clock_difference or 0) <= 1) == (ok, True)
    assert abs((the_check().clock_difference or 0) - seconds) <= 1


def what_stripe_said() -> dict[str, bool | None]:
    with reading() as session:
        return {finding.step: finding.ok for finding in endpoint_findings(session)}


def test_an_answer_that_did_not_come_leaves_the_last_one(app: Flask) -> None:
    check_webhooks()
    the_world().faults.add("GET /v1/webhook_endpoints", "reset")
    check_webhooks()
    assert (the_check().error, len(the_check().endpoints)) == ("Stripe does not answer right now.", 1)
    assert what_stripe_said()["webhook endpoint"] is True
    assert what_stripe_said()["Stripe's answer"] is False
    check_webhooks()
    assert the_check().error == ""


@pytest.mark.parametrize(("fault", "error"), [("reset", "does not answer"), ("401", "key")])
def test_silence_is_not_laid_to_the_key(app: Flask, fault: str, error: str) -> None:
    the_world().faults.add("GET /v1/webhook_endpoints", fault)
    finding = said("Stripe's answer")
    assert error in finding.seen
    assert finding.remedy.startswith("If it was silent, it is asked again soon; else the key must")


def test_without_any_answer_yet_no_endpoint_is_called_missing(app: Flask) -> None:
    the_world().faults.add("GET /v1/webhook_endpoints", "reset")
    check_webhooks()
    assert what_stripe_said()["webhook endpoint"] is None
    assert what_stripe_said()["Stripe's answer"] is False


def test_those_who_may_ask_for_a_check_see_that_it_is_under_way(app: Flask) -> None:
    with pytest.raises(NotAllowed):
        check_now(person("staff"))
    check_now(person("finance"))
    assert the_check().is_asked
    check_webhooks()
    assert not the_check().is_asked


def test_a_live_event_at_a_test_key_is_crossed(app: Flask) -> None:
    a_paid_invoice()
    assert said("mode").ok is True
    an_event(livemode=True)
    assert said("mode").seen == "the keys are test, and a live event arrived"


def test_test_events_at_a_live_endpoint_are_told_of_and_are_no_alarm(app: Flask) -> None:
    an_event(livemode=False)
    app.config["STRIPE_SECRET_KEY"], app.config["STRIPE_PUBLISHABLE_KEY"] = "sk_live_x", "pk_live_x"
    found = next(finding for finding in arrival_findings(db.session) if finding.step == "mode")
    assert (found.ok, found.seen) == (True, "live; test events are left alone, the last one arrived")


def test_an_account_of_the_other_mode_is_crossed(app: Flask) -> None:
    connected()
    app.config["STRIPE_SECRET_KEY"], app.config["STRIPE_PUBLISHABLE_KEY"] = "sk_live_x", "pk_live_x"
    found = next(finding for finding in arrival_findings(db.session) if finding.step == "mode")
    assert found.seen.endswith("is connected in the other mode")


def test_events_of_our_own_account_alone_are_none(app: Flask) -> None:
    connected()
    an_event(account="")
    assert said("events").seen == "none of a connected account has arrived yet"


def test_disputes_that_no_event_told_of_are_noticed(app: Flask) -> None:
    a_disputed_invoice()
    assert said("dispute events").seen == "they arrive"
    with transaction() as session:
        for event in session.query(StripeEvent).where(StripeEvent.type.startswith("charge.dispute.")):
            event.type = "payment_intent.succeeded"
        session.query(StripeEvent).update({"received_at": now() - timedelta(minutes=1)})
    with in_a_while(hours=2):
        assert said("dispute events").ok is False


def test_dispute_events_are_not_called_fine_while_the_endpoint_does_not_ask_for_them(app: Flask) -> None:
    connected()
    db.session.rollback()
    the_world().change_endpoint(enabled_events=[kind for kind in NEEDED if not kind.startswith("charge.dispute.")])
    unasked = "arrived, and the endpoint does not ask for all of them"
    found = said("dispute events")
    assert (found.ok, found.seen) == (False, f"none has {unasked}")
    an_event(type="charge.dispute.created")
    found = said("dispute events")
    assert (found.ok, found.seen, "charge.dispute.closed" in found.remedy) == (False, f"some have {unasked}", True)


def test_what_failed_is_counted(app: Flask) -> None:
    connected()
    an_event(parked_at=now(), last_error="No such thing")
    an_event(event_id="evt_y", due_at=now(), last_error="Stripe does not answer right now.")
    found = said("failing events")
    assert (found.ok, found.seen) == (False, "1 waiting for a person, 1 being tried again")


def test_what_is_tried_again_for_long_is_no_success(app: Flask) -> None:
    connected()
    an_event(due_at=now(), last_error="Stripe does not answer right now.")
    assert said("failing events").ok is True
    with in_a_while(minutes=11):
        found = said("failing events")
    assert (found.ok, found.seen) == (False, "1 being tried again, 1 for more than ten minutes")


def test_a_forged_delivery_is_noted_once_a_minute(app: Flask, browser: Browser) -> None:
    connected()
    for _ in range(3):
        assert browser.post(DOOR, data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"}).status_code == 400
    first = the_check().refused_at
    assert first is not None
    assert said("signatures").ok is False
    browser.post(DOOR, data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    assert the_check().refused_at == first


def test_a_forged_delivery_is_no_alarm_once_a_good_one_has_come(app: Flask, browser: Browser) -> None:
    connected()
    browser.post(DOOR, data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    an_event(received_at=now() + timedelta(seconds=1))
    assert said("signatures").ok is True


def test_a_delivery_that_is_signed_and_no_event_is_no_forgery(app: Flask, browser: Browser) -> None:
    signed = signature("whsec_sandbox", b"[]", int(time.time()))
    assert browser.post(DOOR, data=b"[]", headers={"Stripe-Signature": signed}).status_code == 400
    assert the_check().refused_at is None
