"""Reconcile asks Stripe for what we missed, repairs it, and then finds nothing more."""

from datetime import timedelta

import pytest
from builders import (
    STUDIO,
    a_disputed_invoice,
    a_paid_invoice,
    a_refund,
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
from sqlalchemy import func

from models.base import db
from models.clock import now
from models.dispute import Dispute
from models.mail import Mail
from models.organization import the_organization
from models.payment import Payment
from models.refund import Refund
from models.stripe_event import StripeEvent
from sandbox.accounts import EUROPE
from tasks.accounts import record_revoked
from tasks.audit import audit
from tasks.reconcile import catch_up, reconcile
from tasks.refunds import send_refund

pytestmark = pytest.mark.both_databases


def found() -> list[str]:
    """Of which kinds the repaired ones were."""
    return sorted(line.split()[0] for line in reconcile().repaired)


def test_a_refund_that_waited_for_its_account_goes_on_when_it_is_connected_again(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().faults.add("POST /v1/refunds", "reset")
    refund = db.session.get_one(Refund, a_refund(invoice, "40.00")[0])
    send_refund(refund.id)
    the_world().deauthorize(STUDIO)
    with in_a_while(seconds=10):
        come_home()
        assert (refund.state, refund.parked_at is not None) == ("requested", True)
    connected(STUDIO)
    with in_a_while(seconds=20):
        catch_up()
        come_home()
    assert (refund.state, refund.parked_at, invoice.refunded, audit()) == ("succeeded", None, 4000, [])


def test_a_wrong_key_of_ours_is_no_fault_of_an_event(app: Flask) -> None:
    invoice = a_sent_invoice()
    for route in ("GET /v1/payment_intents/*", "GET /v1/checkout/sessions/*"):
        the_world().faults.add(route, "401")
    pay(invoice)
    come_home()
    with in_a_while(seconds=40):
        come_home()
    assert (invoice.status, StripeEvent.due(db.session, 1)) == ("Paid", [])
    assert not db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None)).count()


def test_what_webhooks_never_told_is_repaired(app: Flask) -> None:
    invoice, refunded = a_sent_invoice(), a_paid_invoice("50.00")
    the_world().deliveries.mode = "drop"
    pay(invoice)
    a_refund(refunded, "50.00")
    come_home()
    the_world().dispute(str(the_world().store.select("charge")[0]["id"]))
    assert found() == ["Checkout", "Dispute", "Payment"]
    assert (invoice.status, refunded.status, db.session.query(Dispute).count()) == ("Paid", "Refunded", 1)
    assert (found(), audit()) == ([], [])
    assert str(reconcile()).endswith("0 differences")


def test_a_payment_that_was_lost_gets_its_receipt(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().deliveries.mode = "drop"
    pay(invoice)
    come_home()
    assert invoice.status == "Sent"
    reconcile()
    come_home()
    assert timeline(invoice)[-2:] == ["payment_received", "receipt_sent"]
    assert db.session.query(Mail).filter_by(kind="receipt").count() == 1


def test_clean_books_have_no_differences(app: Flask) -> None:
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    report = reconcile()
    assert (report.repaired, report.unchecked, report.checked) == ([], [], 2)


def test_a_bank_debit_that_arrived_unheard_is_found(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    the_world().deliveries.mode = "drop"
    the_world().settle(the_payment(invoice).payment_intent_id)
    come_home()
    assert (found(), invoice.status) == (["Payment"], "Paid")


def test_what_can_still_change_is_looked_at_whatever_its_age(app: Flask) -> None:
    a_disputed_invoice()
    dispute = db.session.query(Dispute).one()
    the_world().deliveries.mode = "drop"
    the_world().close_dispute(dispute.stripe_id, "lost")
    come_home()
    lost = f"Dispute {dispute.stripe_id}: status needs_response became status lost."
    assert reconcile(now() + timedelta(days=1)).repaired == [lost]
    assert db.session.query(Dispute).one().status == "lost"


def test_money_that_is_not_ours_is_neither_listed_nor_counted(app: Flask) -> None:
    connected()
    the_world().foreign_charge(STUDIO, 5000, "usd")
    report = reconcile()
    assert (report.checked, report.repaired, db.session.query(Payment).count()) == (0, [], 0)


def test_a_revoked_account_cannot_be_checked_and_says_so(app: Flask) -> None:
    a_paid_invoice()
    record_revoked(STUDIO)
    report = reconcile()
    assert report.unchecked == [f"Northwind Studio ({STUDIO}) is disconnected."]
    assert "cannot be checked" in str(report)
    assert (report.state, report.is_clean) == ("Not compared", False)


def test_an_empty_account_beside_a_revoked_one_is_compared(app: Flask) -> None:
    connected(EUROPE)
    record_revoked(EUROPE)
    connected(STUDIO)
    report = reconcile()
    assert ([line[-16:] for line in report.unchecked], report.checked) == (["is disconnected."], 0)
    assert (report.state, report.is_clean) == ("Done", True)


def test_an_outage_is_no_difference(app: Flask) -> None:
    a_paid_invoice()
    the_world().faults.add("GET *", "503", times=50)
    report = reconcile()
    assert (report.repaired, len(report.unchecked)) == ([], 1)


def test_many_objects_are_compared_over_many_pages(app: Flask) -> None:
    invoice = a_sent_invoice("200.00", partial_payments=True)
    the_world().deliveries.mode = "drop"
    for _ in range(105):
        the_world().foreign_charge(STUDIO, 500, "usd")
    pay(invoice)
    come_home()
    assert "Payment" in found()
    assert invoice.status == "Paid"


def test_what_is_ours_is_compared_over_many_pages(app: Flask) -> None:
    connected()
    mark = {"paydesk_install": the_organization(db.session).install_id}
    the_world().deliveries.mode = "drop"
    for number in range(102):
        the_world().strange_payment(STUDIO, 500 + number, "usd", mark)
    db.session.rollback()
    report = reconcile()
    assert (report.checked, report.repairs, report.differences) == (102, 102, [])
    assert db.session.query(func.sum(Payment.captured)).scalar() == sum(500 + number for number in range(102))


def test_the_command_fails_when_an_account_could_not_be_compared(app: Flask) -> None:
    connected()
    the_world().faults.add("GET /v1/accounts/*", "reset")
    answer = app.test_cli_runner().invoke(args=["reconcile"])
    assert (answer.exit_code, answer.output.startswith("Incomplete: 0 objects")) == (1, True)


def test_the_command_calls_it_no_success_when_nobody_lets_us_in(app: Flask) -> None:
    record_revoked(connected().stripe_id)
    answer = app.test_cli_runner().invoke(args=["reconcile"])
    assert (answer.exit_code, "is disconnected" in answer.output) == (1, True)
