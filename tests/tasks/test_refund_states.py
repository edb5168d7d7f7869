"""What becomes of a refund later: it waits, fails, succeeds after all; the books follow, and people are told."""

from dataclasses import replace

import pytest
from builders import STUDIO, a_paid_invoice, a_refund, a_sent_invoice, come_home, pay, the_payment, the_world, timeline
from flask import Flask
from refunding import refund_in_dashboard, the_refund

from models.activity import Activity
from models.attention import Attention
from models.base import db
from models.clock import now
from models.invoice import Invoice
from models.refund import Refund
from models.refusal import Refused
from tasks.audit import audit
from tasks.refund_records import record_refund
from tasks.refunds import send_refund
from tasks.stripe_gateway.refunds import RefundRecord, look_at

pytestmark = pytest.mark.both_databases
FAILS_LATER, PENDING_FIRST = "4000000000005126", "4000000000007726"


def a_pending_refund() -> Refund:
    refund_id = a_refund(a_paid_invoice(card=PENDING_FIRST), "100.00")[0]
    come_home()
    return the_refund(refund_id)


def look(refund: Refund, **says: str | None) -> RefundRecord:
    """What Stripe shows of it, with other words in places."""
    stripe_id = str(refund.stripe_id)
    db.session.rollback()
    return replace(look_at(STUDIO, stripe_id), **says)  # type: ignore[arg-type]


def the_matter() -> Attention:
    db.session.rollback()
    return db.session.query(Attention).filter_by(kind="refund_failed").one()


@pytest.mark.parametrize(
    ("state", "reason", "words", "about"),
    [
        ("pending", "insufficient_funds", "Pending", "It waits for balance at Stripe."),
        ("pending", "charge_pending", "Pending", "It waits until the payment itself has arrived."),
        ("pending", "moon_phase", "Pending", "Stripe says: moon phase."),
        ("requires_action", None, "Needs action", "Stripe has asked the customer by email where the money is to go."),
        ("under_a_spell", None, "Pending", "Stripe says: under a spell."),
        ("awaiting_approval", None, "Pending", "Stripe says: awaiting approval."),
    ],
)
def test_a_state_is_shown_as_it_is(app: Flask, state: str, reason: str | None, words: str, about: str) -> None:
    refund = a_pending_refund()
    record_refund(STUDIO, look(refund, state=state, pending=reason), now())
    refund = the_refund(refund.id)
    assert (refund.state_words, refund.about) == (words, about)
    assert (refund.payment.refundable().amount, audit()) == (0, [])


def test_a_refund_that_fails_later_is_laid_before_staff(app: Flask) -> None:
    invoice = a_paid_invoice(card=FAILS_LATER)
    refund_id = a_refund(invoice, "100.00")[0]
    come_home()
    the_world().clock.advance(60)
    come_home()
    matter = the_matter()
    assert (matter.invoice_id, matter.refund_id, matter.money, matter.resolved_at) == (
        invoice.id,
        refund_id,
        the_refund(refund_id).money,
        None,
    )
    assert matter.detail == the_refund(refund_id).about != ""
    assert (invoice.status, timeline(invoice)[-2]) == ("Paid", "refund_failed")


def test_a_refund_that_succeeds_after_all_ends_the_matter(app: Flask) -> None:
    refund = a_pending_refund()
    record_refund(STUDIO, look(refund, state="failed", failure="declined"), now())
    assert the_refund(refund.id).payment.refundable().amount == 10000
    record_refund(STUDIO, look(refund, state="succeeded"), now())
    assert (the_matter().resolution, the_matter().resolved_by) == ("settled", None)
    assert (the_refund(refund.id).payment.refunded, audit()) == (10000, [])


def test_what_stripe_refuses_at_once_is_laid_before_staff_too(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_id = a_refund(invoice, "100.00")[0]
    refund_in_dashboard(invoice, 2500)
    send_refund(refund_id)
    assert "greater than unrefunded amount" in the_matter().detail
    come_home()
    assert (the_payment(invoice).refunded, audit()) == (2500, [])


def test_a_refund_from_the_dashboard_stands_in_the_timeline_at_its_own_time(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().deliveries.mode = "hold"
    refund_in_dashboard(invoice, 2500)
    made = the_world().clock.now()
    the_world().deliveries.mode = "normal"
    come_home()
    refund, told = db.session.query(Refund).one(), db.session.query(Activity).filter_by(kind="refunded").one()
    assert abs(refund.created_at.timestamp() - made) <= 2
    assert (told.at, told.who, told.detail) == (
        refund.created_at,
        "Stripe",
        "Made in Stripe's Dashboard · Credit note CN-2026-0001",
    )


def test_a_refund_of_ours_that_a_restored_backup_does_not_know_is_not_called_the_dashboards(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_id = a_refund(invoice, "30.00")[0]
    come_home()
    record = look(the_refund(refund_id))
    lost = replace(record, id="re_lost", metadata=record.metadata | {"paydesk_operation": "from-the-lost-days"})
    record_refund(STUDIO, lost, now())
    found = db.session.query(Refund).filter_by(stripe_id="re_lost").one()
    assert (found.origin, found.who, the_payment(invoice).refunded) == ("desk", "Paydesk", 6000)


def test_with_too_low_a_balance_it_waits_and_goes_on_when_there_is_money(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().drain(STUDIO)
    refund_id = a_refund(invoice, "100.00")[0]
    come_home()
    assert the_refund(refund_id).about == "It waits for balance at Stripe."
    assert refusal(invoice) == (
        "Nothing can be refunded. $100.00 of it is on its way back. It waits for balance at Stripe."
    )
    the_world().top_up(STUDIO, 100_000)
    come_home()
    assert (the_refund(refund_id).state, invoice.status, audit()) == ("succeeded", "Refunded", [])


def test_a_bank_debit_is_not_given_back_out_of_an_empty_balance(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, card="us_bank_account")
    come_home()
    the_world().settle(the_payment(invoice).payment_intent_id, "succeeded")
    come_home()
    the_world().drain(STUDIO)
    refund_id = a_refund(invoice, "100.00")[0]
    come_home()
    the_world().clock.advance(60)
    come_home()
    assert the_refund(refund_id).about == "The balance at Stripe was too low."
    assert (the_matter().detail, invoice.status, audit()) == ("The balance at Stripe was too low.", "Paid", [])


def refusal(invoice: Invoice) -> str:
    with pytest.raises(Refused) as refused:
        a_refund(invoice, "1.00")
    return str(refused.value)
