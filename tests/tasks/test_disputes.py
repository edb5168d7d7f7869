"""Disputes come home: opened, won, lost; the money they hold cannot be refunded meanwhile."""

import pytest
from builders import (
    STUDIO,
    a_disputed_invoice,
    a_paid_invoice,
    a_partly_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    paid_twice,
    pay,
    person,
    the_matter,
    the_payment,
    the_world,
    timeline,
)
from flask import Flask

from models.attention import Attention
from models.base import db
from models.clock import now
from models.dispute import Dispute
from models.money import Money
from models.refusal import Refused
from tasks.audit import audit
from tasks.disputes import record_dispute
from tasks.invoices import void_invoice
from tasks.revisions import bill_again
from tasks.stripe_gateway.disputes import look_at

pytestmark = pytest.mark.both_databases


def the_dispute() -> Dispute:
    return db.session.query(Dispute).one()


def test_a_dispute_is_a_flag_beside_the_status(app: Flask) -> None:
    invoice = a_disputed_invoice()
    dispute = the_dispute()
    assert (invoice.status, invoice.disputed, invoice.due().amount) == ("Paid", 10000, 0)
    assert (dispute.status_words, dispute.reason_words, dispute.network) == ("Needs a response", "Fraudulent", "visa")
    assert dispute.due_by
    assert dispute.due_by > now()
    assert (the_payment(invoice).refundable().amount, dispute.fee > 0, audit()) == (0, True, [])
    assert timeline(invoice).count("disputed") == 1


@pytest.mark.parametrize(
    ("outcome", "refundable", "told"), [("won", 10000, "dispute_won"), ("lost", 0, "dispute_lost")]
)
def test_what_is_won_can_be_refunded_again_what_is_lost_cannot(
    app: Flask, outcome: str, refundable: int, told: str
) -> None:
    invoice = a_disputed_invoice()
    the_world().close_dispute(the_dispute().stripe_id, outcome)
    come_home()
    assert (invoice.status, invoice.disputed, the_dispute().status) == ("Paid", 0, outcome)
    assert the_payment(invoice).refundable() == Money(refundable, "USD")
    assert (timeline(invoice)[-1], audit()) == (told, [])


def test_money_that_a_lost_dispute_took_is_held_no_more(app: Flask) -> None:
    invoice = a_disputed_invoice()
    with pytest.raises(Refused, match="Money is held"):
        void_invoice(invoice.id, person("staff"))
    assert not invoice.can_be_billed_again
    db.session.rollback()
    the_world().close_dispute(the_dispute().stripe_id, "lost")
    come_home()
    assert (invoice.status, invoice.lost, invoice.held().amount, audit()) == ("Paid", 10000, 0, [])
    db.session.rollback()
    assert bill_again(invoice.id, person("staff"))
    void_invoice(invoice.id, person("staff"))
    assert db.session.query(Attention).count() == 0


def test_what_still_asks_for_money_is_not_billed_again(app: Flask) -> None:
    invoice = a_partly_paid_invoice()
    the_world().dispute(str(the_payment(invoice).charge_id))
    come_home()
    the_world().close_dispute(the_dispute().stripe_id, "lost")
    come_home()
    assert (invoice.held().amount, invoice.due().amount, invoice.can_be_billed_again) == (0, 6000, False)


def test_a_second_payment_is_too_much_until_its_dispute_is_lost(app: Flask) -> None:
    invoice, _, second = paid_twice()
    the_world().dispute(str(second.charge_id))
    come_home()
    assert (the_matter().kind, invoice.overpaid().amount) == ("duplicate", 10000)
    the_world().close_dispute(the_dispute().stripe_id, "lost")
    come_home()
    assert (invoice.overpaid().amount, db.session.query(Attention).one().resolution) == (0, "settled")
    assert audit() == []


def test_an_inquiry_holds_no_money(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().dispute(str(the_payment(invoice).charge_id), status="warning_needs_response")
    come_home()
    assert (the_dispute().withdrawn, the_payment(invoice).refundable().amount) == (0, 10000)
    the_world().close_dispute(the_dispute().stripe_id, "warning_closed")
    come_home()
    assert timeline(invoice)[-1] == "dispute_closed"


def test_a_card_that_is_disputed_at_once(app: Flask) -> None:
    invoice = a_paid_invoice(card="4000000000000259")
    assert (invoice.status, invoice.disputed, timeline(invoice).count("disputed")) == ("Paid", 10000, 1)


def test_a_dispute_of_a_payment_that_we_have_not_heard_of_yet(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().deliveries.mode = "drop"
    pay(invoice)
    come_home()
    the_world().deliveries.mode = "normal"
    charge = the_world().store.select("charge")[0]["id"]
    the_world().dispute(charge)
    come_home()
    assert (invoice.status, invoice.disputed, audit()) == ("Paid", 10000, [])


def test_a_dispute_after_a_refund_takes_no_figure_below_zero(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "60.00")
    come_home()
    the_world().dispute(str(the_payment(invoice).charge_id))
    come_home()
    assert (the_payment(invoice).refundable().amount, invoice.refunded, audit()) == (0, 6000, [])


def test_a_look_that_began_earlier_does_not_reopen_what_was_closed(app: Flask) -> None:
    invoice = a_disputed_invoice()
    began, dispute = now(), the_dispute().stripe_id
    db.session.rollback()
    early = look_at(STUDIO, dispute)
    the_world().close_dispute(dispute, "won")
    come_home()
    assert not record_dispute(STUDIO, early, began)
    assert (the_dispute().status, invoice.disputed) == ("won", 0)


def test_a_dispute_of_money_that_is_not_ours_is_left_alone(app: Flask) -> None:
    a_sent_invoice()
    charge = the_world().foreign_charge(STUDIO, 5000, "usd")
    the_world().dispute(charge["id"])
    come_home()
    assert db.session.query(Dispute).count() == 0
