"""Sessions that no row here names, as after an older backup, and rows whose session Stripe has no more."""

import pytest
from builders import a_sent_invoice, come_home, open_matters, pay, the_world
from customers import the_checkout
from flask import Flask
from sqlalchemy import delete, update

from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from sandbox.errors import Refused as Impossible
from tasks import transaction
from tasks.checkouts import open_checkout
from tasks.reconcile import reconcile, reconcile_recent

pytestmark = pytest.mark.both_databases


def a_lost_session() -> tuple[Invoice, str]:
    """Its customer has Stripe's page open; the backup that was restored knows nothing of it."""
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    lost = str(the_checkout(invoice).stripe_id)
    with transaction() as session:
        session.execute(delete(Checkout))
    return invoice, lost


def test_a_lost_session_is_closed_and_the_new_one_stays(app: Flask) -> None:
    invoice, lost = a_lost_session()
    open_checkout(invoice.id, new_operation())
    reconcile_recent()
    come_home()
    with pytest.raises(Impossible, match="expired"):
        the_world().pay(lost)
    pay(invoice)
    come_home()
    assert invoice.status == "Paid"


def test_it_is_reported_as_repaired_once(app: Flask) -> None:
    _, lost = a_lost_session()
    assert reconcile().repaired == [f"Checkout {lost} ($100.00) was open and not in our books; it was closed."]
    report = reconcile()
    assert (report.repaired, report.differences) == ([], [])


def test_what_is_closed_before_stripe_fails_is_reported_all_the_same(app: Flask) -> None:
    lost = [a_lost_session()[1], a_lost_session()[1]]
    the_world().faults.add(f"POST /v1/checkout/sessions/{lost[0]}/expire", "503")  # Stripe lists the newest first
    report = reconcile()
    assert (report.has_failed, [line.split()[1] for line in report.repaired]) == (True, [lost[1]])


def test_a_checkout_that_is_repaired_before_stripe_fails_is_reported_all_the_same(app: Flask) -> None:
    invoices = [a_sent_invoice(), a_sent_invoice()]
    first, second = (str(the_checkout(one).stripe_id) for one in invoices if open_checkout(one.id, new_operation()))
    the_world().deliveries.mode = "drop"
    the_world().clock.advance(24 * 3600)
    the_world().tick()
    the_world().faults.add(f"GET /v1/checkout/sessions/{second}", "503")
    report = reconcile()
    assert (report.has_failed, report.repaired) == (True, [f"Checkout {first}: open became expired."])


def test_one_that_was_paid_a_moment_ago_is_unmatched_money(app: Flask) -> None:
    invoice, lost = a_lost_session()
    the_world().pay(lost)
    assert reconcile().differences == []
    come_home()
    assert (open_matters(), invoice.status) == (["unmatched"], "Sent")


def test_a_session_that_is_just_being_made_is_left_alone(app: Flask) -> None:
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    made = str(the_checkout(invoice).stripe_id)
    with transaction() as session:
        session.execute(update(Checkout).values(stripe_id=None, url=None, state="creating", looked_at=None))
    assert reconcile().repaired == []
    assert the_world().object(made, "checkout.session")["status"] == "open"


def test_sessions_of_others_are_left_alone(app: Flask) -> None:
    _, lost = a_lost_session()
    session = the_world().object(lost, "checkout.session")
    the_world().store.save(session | {"metadata": {"paydesk_install": "another"}})
    assert reconcile().repaired == []
    assert the_world().object(lost, "checkout.session")["status"] == "open"


@pytest.mark.parametrize(("lost", "differences"), [("cs_", 0), ("pi_", 1)])
def test_what_stripe_has_no_more_is_closed_or_told(app: Flask, lost: str, differences: int) -> None:
    """Somebody has deleted test data at Stripe: the session, or the payment of one that is complete."""
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    session_id = str(the_checkout(invoice).stripe_id)
    if lost == "pi_":
        the_world().deliveries.mode = "hold"
        the_world().pay(session_id)
    the_world().store.run("DELETE FROM objects WHERE id LIKE ?", f"{lost}%")
    report = reconcile()
    assert (len(report.repaired), len(report.differences)) == (1, differences)
