"""Twenty workers and twenty people who reconcile: one run, one report, and nothing is repaired twice."""

import pytest
from builders import a_paid_invoice, a_refund, a_sent_invoice, come_home, crowd, pay, person, the_world
from flask import Flask

from models.activity import AuditEntry
from models.base import db
from models.reconciliation import Reconciliation
from tasks import runs
from tasks.reconcile import catch_up, reconcile, reconcile_now
from tasks.runs import run_reconciliation

pytestmark = pytest.mark.both_databases


def finished(run_id: int) -> Reconciliation:
    while (run := db.session.get_one(Reconciliation, run_id, populate_existing=True)).is_running:
        run_reconciliation(run_id)
    return run


def test_twenty_workers_make_one_report(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TURN", -1.0)  # each portion of a run is a turn of its own
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    run_id = catch_up()
    for _ in range(3):
        crowd(lambda _: run_reconciliation(run_id))
    assert finished(run_id).checked == 2


def test_twenty_presses_at_once_are_one_run(app: Flask) -> None:
    person("finance")
    assert len(set(crowd(lambda _: reconcile_now(person("finance"))))) == 1
    assert db.session.query(AuditEntry).filter_by(action="reconcile.ask").count() == 1


def test_nights_at_once_do_no_harm(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().deliveries.mode = "drop"
    pay(invoice)
    come_home()
    crowd(lambda number: reconcile() if number else finished(catch_up()), size=4)
    assert (invoice.status, reconcile().repaired) == ("Paid", [])
