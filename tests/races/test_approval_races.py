"""Twenty deciders at one refund above the limit, twenty slices below it, twenty credit notes."""

import pytest
from builders import a_paid_invoice, a_refund, come_home, crowd, person, the_world
from cast import Cast
from flask import Flask
from refunding import limit_refunds, the_refund

from models.base import db
from models.credit_note import CreditNote
from models.invoice import Invoice
from models.refund import Refund
from tasks.approvals import approve_refund, reject_refund
from tasks.audit import audit
from tasks.refunds import send_refund

pytestmark = pytest.mark.both_databases
DECIDED = "Somebody has already decided on this refund."


@pytest.fixture
def invoice(app: Flask, cast: Cast) -> Invoice:
    """Paid with 100.00; staff refund up to 50.00 of an invoice alone."""
    invoice = a_paid_invoice()
    limit_refunds("50.00")
    return invoice


def at_stripe() -> int:
    return len(the_world().store.select("refund"))


def test_twenty_people_approve_once(invoice: Invoice) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    answers = crowd(lambda number: approve_refund(refund_id, person("finance" if number % 2 else "admin")))
    assert (answers.count([refund_id]), answers.count(DECIDED)) == (1, 19)
    come_home()
    assert (invoice.refunded, at_stripe()) == (8000, 1)


def test_approving_against_rejecting_has_one_result(invoice: Invoice) -> None:
    refund_id = a_refund(invoice, "80.00")[0]

    def decide(number: int) -> object:
        if number % 2:
            return approve_refund(refund_id, person("finance"))
        return reject_refund(refund_id, person("admin"), "Not agreed")

    assert crowd(decide).count(DECIDED) == 19
    come_home()
    assert (the_refund(refund_id).state, at_stripe()) in (("succeeded", 1), ("canceled", 0))
    assert audit() == []


def test_slices_at_once_do_not_pass_the_limit(invoice: Invoice) -> None:
    invoice_id = invoice.id
    crowd(lambda _: a_refund(db.session.get_one(Invoice, invoice_id), "5.00"))
    states = [refund.state for refund in db.session.query(Refund)]
    assert (states.count("requested"), states.count("awaiting_approval")) == (10, 10)


def test_twenty_refunds_at_once_have_credit_notes_without_gaps_or_twins(app: Flask) -> None:
    invoice_id = a_paid_invoice().id
    made = [a_refund(db.session.get_one(Invoice, invoice_id), "5.00")[0] for _ in range(20)]
    crowd(lambda number: send_refund(made[number]))
    come_home()
    numbers = sorted(note.number[-4:] for note in db.session.query(CreditNote))
    assert numbers == [f"{number:04d}" for number in range(1, 21)]
    assert audit() == []
