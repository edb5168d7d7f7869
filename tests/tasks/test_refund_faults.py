"""Stripe fails while we refund: before or after the work, cut off or slow. It is refunded once in the end."""

from collections.abc import Iterator

import pytest
from builders import STUDIO, a_paid_invoice, a_refund, come_home, in_a_while, the_payment, the_world, timeline
from flask import Flask, current_app

from models.base import db
from models.claimable import ABSENCE, CLAIM
from models.invoice import Invoice
from models.refund import Refund
from tasks import transaction
from tasks.audit import audit
from tasks.reconcile import reconcile
from tasks.refunds import send_refund
from tasks.stripe_gateway import refunds as stripe_refunds

pytestmark = pytest.mark.both_databases
ROUTE = "POST /v1/refunds"
# Stripe turns 409 and 429 away before it works; the others may strike on the way back.
FAULTS = [(kind, "before") for kind in ("409", "429")] + [
    (kind, when) for kind in ("500", "502", "503", "reset") for when in ("before", "after")
]


@pytest.fixture
def invoice(app: Flask) -> Iterator[Invoice]:
    """Paid; Stripe's webhooks will not tell us of its refund."""
    invoice = a_paid_invoice()
    the_world().deliveries.mode = "hold"
    yield invoice
    assert audit() == []


def refund_through(invoice: Invoice, kind: str, when: str = "before", **more: float) -> Refund:
    """Press Issue refund, and let the first call meet this fault."""
    the_world().faults.add(ROUTE, kind, when, **more)  # type: ignore[arg-type]
    refund_id = a_refund(invoice, "40.00")[0]
    send_refund(refund_id)
    db.session.rollback()
    return db.session.get_one(Refund, refund_id)


def try_for_minutes(refund: Refund, minutes: int = 3) -> None:
    """The worker goes on trying, every half minute."""
    for half in range(2 * minutes):
        with in_a_while(seconds=(half + 1) * (ABSENCE.seconds + 5)):
            send_refund(refund.id)


def wake(refund: Refund) -> None:
    with transaction() as session:
        session.get_one(Refund, refund.id).wake()


def given_back() -> list[int]:
    return [refund["amount"] for refund in the_world().store.select("refund")]


@pytest.mark.parametrize(("kind", "when"), FAULTS)
def test_whatever_fails_it_is_refunded_once(invoice: Invoice, kind: str, when: str) -> None:
    refund = refund_through(invoice, kind, when)
    assert the_payment(invoice).refundable().amount == 6000
    assert refund.state == "succeeded" or refund.last_error
    try_for_minutes(refund)
    assert (refund.state, invoice.refunded, given_back()) == ("succeeded", 4000, [4000])
    assert (refund.last_error, refund.due_at) == (None, None)
    assert timeline(invoice).count("refunded") == 1


PAGES = [(200, ""), (200, "<p>Welcome"), (302, ""), (404, "<p>No"), (408, "<p>Late")]


@pytest.mark.parametrize(("status", "page"), PAGES)
def test_a_page_of_somebody_in_between_is_no_answer_of_stripe_s(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch, status: int, page: str
) -> None:
    line = current_app.config["STRIPE_TRANSPORT"]
    with monkeypatch.context() as once:
        asked = line.request
        once.setattr(line, "request", lambda *args, **named: (page, status, asked(*args, **named)[2]))
        refund_id = a_refund(invoice, "40.00")[0]
        send_refund(refund_id)
    refund = db.session.get_one(Refund, refund_id, populate_existing=True)
    assert (refund.state, the_payment(invoice).refundable().amount) == ("requested", 6000)
    try_for_minutes(refund)
    assert given_back() == [4000]


def test_a_newer_version_of_ours_that_asks_in_other_words_finds_what_the_older_one_has_made(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = refund_through(invoice, "reset", "after")
    former = stripe_refunds.params
    monkeypatch.setattr(stripe_refunds, "params", lambda *asked: former(*asked) | {"reason": "duplicate"})
    try_for_minutes(refund, 1)
    assert (refund.state, refund.last_error, given_back()) == ("succeeded", None, [4000])


def test_an_answer_that_takes_too_long_may_have_been_yes(invoice: Invoice) -> None:
    refund = refund_through(invoice, "slow", seconds=100)
    assert (refund.state, given_back()) == ("requested", [4000])
    try_for_minutes(refund)
    assert (refund.state, given_back()) == ("succeeded", [4000])


def test_a_long_outage_ends_in_one_refund(invoice: Invoice) -> None:
    refund = refund_through(invoice, "500", "after", times=4)
    try_for_minutes(refund, 6)
    assert (refund.state, given_back()) == ("succeeded", [4000])


def test_a_webhook_ends_the_uncertainty(invoice: Invoice) -> None:
    the_world().faults.add("GET /v1/refunds", "500")
    refund = refund_through(invoice, "500", "after")
    assert refund.state == "requested"
    the_world().deliveries.mode = "normal"
    come_home()
    assert (refund.state, invoice.refunded) == ("succeeded", 4000)
    try_for_minutes(refund)
    assert (given_back(), refund.due_at) == ([4000], None)


def test_reconcile_ends_the_uncertainty(invoice: Invoice) -> None:
    refund = refund_through(invoice, "reset", "after")
    report = reconcile()
    assert [line.split()[0] for line in report.repaired] == ["Refund"]
    assert (refund.state, invoice.refunded) == ("succeeded", 4000)
    try_for_minutes(refund)
    assert given_back() == [4000]


@pytest.mark.parametrize("kind", ["400", "404"])
def test_a_clear_no_releases_the_money_and_says_why(invoice: Invoice, kind: str) -> None:
    refund = refund_through(invoice, kind)
    assert (refund.state, the_payment(invoice).refundable().amount, given_back()) == ("failed", 10000, [])
    assert refund.failure
    assert (refund.parked_at is not None, timeline(invoice)[-1]) == (True, "refund_failed")


def test_while_stripe_is_silent_one_row_asks_and_the_others_wait(invoice: Invoice) -> None:
    refunds = [a_refund(invoice, "10.00")[0] for _ in range(3)]
    the_world().faults.add("POST /v1/refunds", "reset", times=9)
    for refund in refunds:
        send_refund(refund)
    assert [db.session.get_one(Refund, refund).attempts for refund in refunds] == [1, 0, 0]
    the_world().faults.clear()
    with in_a_while(minutes=1):
        come_home()
    assert given_back() == [1000, 1000, 1000]


def test_what_cannot_be_found_again_right_away_is_not_called_failed(invoice: Invoice) -> None:
    refund = refund_through(invoice, "reset", "after")
    the_world().faults.add("GET /v1/refunds/*", "404")
    with in_a_while(minutes=2):
        send_refund(refund.id)
    assert (refund.state, the_payment(invoice).reserved, given_back()) == ("requested", 4000, [4000])


def test_a_row_that_failed_but_was_cut_off_before_it_was_closed_is_not_sent_again(invoice: Invoice) -> None:
    refund = refund_through(invoice, "400")
    wake(refund)
    send_refund(refund.id)
    assert (refund.state, refund.due_at, given_back()) == ("failed", None, [])


@pytest.mark.parametrize("minutes_later", [2, 60 * 25, 60 * 24 * 30])
def test_stripe_may_have_forgotten_the_key_when_it_is_asked_again(invoice: Invoice, minutes_later: int) -> None:
    refund = refund_through(invoice, "reset", "after")
    the_world().clock.advance(60 * minutes_later)
    with in_a_while(minutes=minutes_later):
        send_refund(refund.id)
    assert (refund.state, given_back()) == ("succeeded", [4000])


def test_access_that_is_lost_after_an_unknown_answer_keeps_the_reservation(invoice: Invoice) -> None:
    refund = refund_through(invoice, "reset", "after")
    the_world().deauthorize(STUDIO)
    try_for_minutes(refund, 1)
    assert (refund.state, the_payment(invoice).refundable().amount) == ("requested", 6000)
    assert refund.parked_at


def test_a_worker_that_dies_after_the_call_is_replaced(invoice: Invoice, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    refund_id = a_refund(invoice, "40.00")[0]
    with monkeypatch.context() as death:
        death.setattr("tasks.refunds.record_refund", die)
        with pytest.raises(SystemExit):
            send_refund(refund_id)
    send_refund(refund_id)
    assert db.session.get_one(Refund, refund_id).state == "requested"
    try_for_minutes(db.session.get_one(Refund, refund_id), 1)
    assert (db.session.get_one(Refund, refund_id).state, given_back()) == ("succeeded", [4000])


@pytest.mark.parametrize(("card", "state"), [("4000000000005126", "failed"), ("4000000000007726", "succeeded")])
def test_the_first_answer_repeated_is_no_news_of_what_became_of_the_refund(app: Flask, card: str, state: str) -> None:
    refund = refund_through(a_paid_invoice(card=card), "reset", "after")
    the_world().faults.add(ROUTE, "429", times=2)
    the_world().clock.advance(11)
    come_home()
    assert refund.state == state
    try_for_minutes(refund)
    assert (refund.state, refund.due_at, audit()) == (state, None, [])


def test_a_failure_that_stripe_would_only_repeat_is_overcome_by_the_first_try_after_half_a_minute(
    invoice: Invoice,
) -> None:
    refund = refund_through(invoice, "500", "before")
    with in_a_while(seconds=ABSENCE.seconds - 1):
        send_refund(refund.id)
    assert (refund.state, given_back()) == ("requested", [])
    with in_a_while(seconds=ABSENCE.seconds):
        send_refund(refund.id)
    assert (refund.state, given_back()) == ("succeeded", [4000])


def test_what_was_done_in_spite_of_a_failure_is_found_at_once(invoice: Invoice) -> None:
    refund = refund_through(invoice, "500", "after")
    assert (refund.state, refund.due_at, given_back()) == ("succeeded", None, [4000])


def test_who_was_suspended_while_looking_leaves_what_it_has_seen_to_who_took_over(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund = refund_through(invoice, "500", "before")
    look = stripe_refunds.of_payment

    def slow(*asked: str) -> list[stripe_refunds.RefundRecord]:
        monkeypatch.setattr(stripe_refunds, "of_payment", look)
        seen = look(*asked)
        with in_a_while(seconds=CLAIM.seconds + 1):
            send_refund(refund.id)
        return seen

    monkeypatch.setattr(stripe_refunds, "of_payment", slow)
    with in_a_while(seconds=ABSENCE.seconds - 1):
        wake(refund)
        send_refund(refund.id)
    db.session.refresh(refund)
    assert (refund.state, refund.absent_at, given_back()) == ("succeeded", None, [4000])
