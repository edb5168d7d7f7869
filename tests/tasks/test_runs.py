"""A run of reconcile is work like any other: in turns, taken over, asked for twice, and over when Stripe is silent."""

from datetime import datetime, timedelta

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    in_a_while,
    pay,
    person,
    the_world,
)
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.clock import moved_to, now
from models.organization import the_organization
from models.reconciliation import Reconciliation
from models.refusal import NotAllowed
from models.stripe_account import StripeAccount
from tasks import runs, transaction
from tasks.reconcile import catch_up, reconcile, reconcile_nightly, reconcile_now, reconcile_recent
from tasks.runs import prune_reports, run_reconciliation

pytestmark = pytest.mark.both_databases
NAME = f"Northwind Studio ({STUDIO})"


def the_run(run_id: int) -> Reconciliation:
    db.session.rollback()
    return db.session.get_one(Reconciliation, run_id, populate_existing=True)


def finished(run_id: int) -> Reconciliation:
    while the_run(run_id).is_running:
        run_reconciliation(run_id)
    return the_run(run_id)


def set_zone(name: str) -> None:
    with transaction() as session:
        the_organization(session).time_zone = name


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each portion of a run is a turn of its own."""
    monkeypatch.setattr(runs, "TURN", -1.0)


def test_a_run_of_many_turns_finds_what_one_of_a_single_turn_does(app: Flask, hasty: None) -> None:
    a_refund(a_paid_invoice(), "10.00")
    invoice = a_sent_invoice("200.00")
    the_world().deliveries.mode = "drop"
    pay(invoice)
    come_home()
    run = finished(catch_up())
    assert (run.attempts > 10, run.repairs, run.is_clean) == (True, 2, True)
    assert invoice.status == "Paid"


def test_a_run_says_what_it_is_doing(app: Flask, hasty: None) -> None:
    connected()
    run_id = catch_up()
    doing = []
    for _ in range(4):
        run_reconciliation(run_id)
        doing.append(the_run(run_id).doing)
    assert doing == ["payments", "refunds", "disputes", "payouts"]
    assert finished(run_id).doing == ""


def test_a_run_whose_worker_was_killed_goes_on_where_it_was(app: Flask, hasty: None) -> None:
    a_paid_invoice()
    run_id = catch_up()
    run_reconciliation(run_id)
    with transaction() as session:
        assert Reconciliation.claim(session, run_id)  # and never heard of again
    run_reconciliation(run_id)
    before = the_run(run_id).progress["step"]
    with in_a_while(seconds=41):
        assert finished(run_id).is_clean
    assert before == "payments"


def test_only_those_who_may_see_webhooks_ask_for_a_run(app: Flask) -> None:
    with pytest.raises(NotAllowed):
        reconcile_now(person("staff"))


def test_a_run_while_stripe_is_silent_ends_and_the_next_one_tries_again(app: Flask) -> None:
    connected()
    the_world().faults.add("GET *", "reset", times=5)
    run = finished(reconcile_recent())
    assert (run.state, run.unchecked) == ("Incomplete", [f"{NAME}: Stripe does not answer right now."])
    the_world().faults.clear()
    assert finished(reconcile_recent()).is_clean


def test_what_stripe_refuses_for_a_moment_is_asked_again(app: Flask) -> None:
    a_paid_invoice()
    for times, state in ((2, "Done"), (3, "Incomplete")):
        the_world().faults.add("GET /v1/refunds", "429", times=times)
        run_id = reconcile_recent()
        for seconds in range(0, 60, 10):
            with in_a_while(seconds=seconds):
                run_reconciliation(run_id)
        assert the_run(run_id).state == state


def test_the_night_is_compared_once_from_three_o_clock(app: Flask) -> None:
    connected()
    for moment, runs_so_far in (("00:30", 1), ("02:59", 1), ("03:00", 2), ("14:00", 2), ("23:59", 2)):
        with moved_to(datetime.fromisoformat(f"2027-03-04T{moment}:00-05:00")):
            set_zone("America/New_York")
            reconcile_nightly()
            run_reconciliation(runs_so_far)
            assert db.session.query(Reconciliation).count() == runs_so_far


def test_a_night_that_stripe_slept_through_is_made_up_for(app: Flask) -> None:
    connected()
    the_world().faults.add("GET *", "reset")
    reconcile_nightly()
    assert finished(1).failed
    for minutes, count in ((5, 1), (31, 2), (62, 2)):
        with in_a_while(minutes=minutes):
            reconcile_nightly()
            assert db.session.query(Reconciliation).count() == count
            assert finished(count).is_clean == (count == 2)


def test_a_run_that_is_under_way_is_found(app: Flask) -> None:
    connected()
    first = reconcile_recent()
    assert reconcile_recent() == first
    assert catch_up() != first
    finished(first)
    assert reconcile_recent() != first


def test_an_account_that_let_us_go_unheard_is_disconnected(app: Flask) -> None:
    a_paid_invoice()
    the_world().deliveries.mode = "drop"
    the_world().deauthorize(STUDIO)
    report = reconcile()
    assert db.session.query(StripeAccount).one().state == "revoked"
    assert report.repaired == [f"Account {STUDIO}: state changed."]
    assert report.unchecked == [f"{NAME} is disconnected."]


def test_recent_reports_that_say_nothing_are_forgotten_after_a_week(app: Flask) -> None:
    connected()
    told = finished(reconcile_recent())
    with transaction() as session:
        session.get_one(Reconciliation, told.id).repairs = 1
    silent, nightly = finished(reconcile_recent()).id, finished(catch_up()).id
    with in_a_while(days=6):
        prune_reports()
        assert db.session.query(Reconciliation).count() == 3
    with in_a_while(days=8):
        finished(catch_up())
    kept = set(db.session.scalars(select(Reconciliation.id)))
    assert {told.id, nightly} <= kept
    assert silent not in kept


def test_what_is_old_and_unsettled_is_left_to_the_night(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    the_world().deliveries.mode = "drop"
    with in_a_while(days=4):
        the_world().clock.set(int(now().timestamp()))
        the_world().settle(the_world().store.select("payment_intent")[0]["id"])
        assert finished(reconcile_recent()).repairs == 0
        assert finished(catch_up()).repairs == 1
    assert invoice.status == "Paid"


def test_the_window_of_a_run_is_where_it_was_asked_for(app: Flask) -> None:
    connected()
    run = reconcile(now() - timedelta(days=100))
    assert (now() - run.since).days == 100
