"""The doctor names the step that is wrong, and no other one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import STUDIO, a_paid_invoice, a_sent_invoice, connected, in_a_while, the_payment, the_world
from flask import Flask

from models.base import db
from models.clock import now
from models.reconciliation import Reconciliation
from tasks import doctor, documents, transaction
from tasks.findings import NEEDED, endpoint_findings
from tasks.reconcile import reconcile
from tasks.stripe_gateway.client import API_VERSION

DEPLOYING = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text()


def found(step: str) -> doctor.Finding:
    db.session.commit()
    return {finding.step: finding for finding in doctor.examine()}[step]


def test_the_events_that_are_documented_are_those_that_are_needed() -> None:
    listed = DEPLOYING.split("```events\n")[1].split("```")[0].split()
    assert (listed, API_VERSION in DEPLOYING) == (list(NEEDED), True)


def test_what_needs_stripe_is_not_checked_while_stripe_is_silent(app: Flask) -> None:
    the_world().faults.add("GET /v1/account", "reset", times=2)
    stripe = found("Stripe")
    assert (stripe.ok, stripe.remedy) == (False, "Is `make run` running?")
    assert found("webhook endpoint").ok is None


def test_a_key_that_stripe_does_not_know_is_called_so(app: Flask) -> None:
    the_world().faults.add("GET /v1/account", "401")
    assert "STRIPE_SECRET_KEY" in found("Stripe").remedy


def test_without_an_account_no_event_is_missed(app: Flask) -> None:
    assert (found("connected account").ok, found("events").ok) == (False, None)


def test_an_account_of_which_nothing_was_heard_is_no_success(app: Flask) -> None:
    connected(STUDIO)
    assert found("events").ok is False


def test_days_without_payments_are_no_silence(app: Flask) -> None:
    a_paid_invoice()
    with in_a_while(days=30):
        assert found("events").ok is True


def test_a_payment_that_no_event_told_of_is_silence(app: Flask) -> None:
    payment = the_payment(a_paid_invoice())
    payment.paid_at = now() + timedelta(minutes=5)
    with in_a_while(hours=2):
        assert found("events").ok is False


def test_books_that_differ_are_called_so(app: Flask) -> None:
    assert found("books").ok is None
    a_paid_invoice()
    reconcile()
    assert (found("books").ok, found("books").seen) == (True, "1 object checked, 0 repaired, 0 differences; compared")
    with transaction() as session:
        session.query(Reconciliation).update({"open_differences": 1})
    assert found("books").ok is False


def test_a_document_that_was_given_up_is_called_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("parked work").ok is True
    monkeypatch.setattr(documents, "typeset", lambda *_: 1 / 0)
    a_sent_invoice()
    parked = found("parked work")
    assert (parked.ok, parked.seen) == (False, "1 document")
    assert parked.remedy.startswith("Payments → Needs attention")


def test_the_doctor_asks_stripe_and_says_what_the_page_says(app: Flask) -> None:
    the_world().change_endpoint(disabled=True)
    said = found("webhook endpoint")
    assert said in list(endpoint_findings(db.session))
    assert said.seen.endswith("is disabled")


@pytest.mark.parametrize(
    ("ok", "line"), [(True, "ok   a: b"), (False, "FAIL a: b\n    → c"), (None, "?    a: b\n    → c")]
)
def test_a_finding_is_a_line_and_its_remedy(ok: bool | None, line: str) -> None:
    assert str(doctor.Finding("a", ok, "b", "c")) == line


def test_a_finding_may_end_with_a_moment() -> None:
    at = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    assert str(doctor.Finding("events", True, "the last one arrived", "", at)).endswith("arrived 2026-03-04 05:06 UTC")
