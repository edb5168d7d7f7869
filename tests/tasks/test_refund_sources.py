"""What can be refunded of which payment, and why not: every refusal names its reason."""

import pytest
from builders import (
    STUDIO,
    a_disputed_invoice,
    a_paid_invoice,
    a_partly_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    pay,
    person,
    the_payment,
    the_world,
)
from flask import Flask

from models.base import db
from models.invoice import Invoice, new_operation
from models.money import Money
from models.payment import Payment
from models.refund import Refund
from models.refundability import sources
from models.refusal import Conflict, Refused
from tasks.accounts import record_revoked
from tasks.audit import audit
from tasks.refunds import issue_refund, refund_payment

pytestmark = pytest.mark.both_databases
TEN = Money(1000, "USD")


def paid_twice() -> tuple[Invoice, Payment, Payment]:
    """Two payments of 40 and 60, the older first."""
    invoice = a_partly_paid_invoice("100.00", "40.00")
    pay(invoice)
    come_home()
    first, second = db.session.query(Payment).order_by(Payment.id).all()
    return invoice, first, second


def why_not(invoice: Invoice) -> str:
    db.session.rollback()
    return sources(db.session, Payment.invoice_id == invoice.id)[0].why_not


def test_one_payment_of_several_is_given_back_and_no_other(app: Flask) -> None:
    invoice, first, second = paid_twice()
    issue_refund(invoice.id, None, person("staff"), new_operation(), payment_id=first.id)
    come_home()
    assert (first.refunded, second.refunded, invoice.refunded) == (4000, 0, 4000)
    with pytest.raises(Refused, match=r"All of it, \$40\.00, has been given back already"):
        issue_refund(invoice.id, TEN, person("staff"), new_operation(), payment_id=first.id)
    assert audit() == []


def test_no_more_than_the_chosen_payment_brought_is_given_back(app: Flask) -> None:
    invoice, first, _ = paid_twice()
    with pytest.raises(Refused, match=r"up to \$40\.00"):
        issue_refund(invoice.id, Money(5000, "USD"), person("staff"), new_operation(), payment_id=first.id)


def test_the_payment_of_another_invoice_is_not_given_back(app: Flask) -> None:
    invoice, other = a_paid_invoice(), the_payment(a_paid_invoice())
    with pytest.raises(Refused, match="Nothing can be refunded"):
        issue_refund(invoice.id, TEN, person("staff"), new_operation(), payment_id=other.id)


def test_a_used_form_with_another_payment_is_refused(app: Flask) -> None:
    invoice, first, second = paid_twice()
    operation = new_operation()
    issue_refund(invoice.id, TEN, person("staff"), operation, payment_id=first.id)
    with pytest.raises(Conflict):
        issue_refund(invoice.id, TEN, person("staff"), operation, payment_id=second.id)
    with pytest.raises(Conflict):
        refund_payment(second.id, TEN, person("staff"), operation)


def test_a_payment_that_is_still_processing(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice, card="us_bank_account")
    come_home()
    assert "still processing" in why_not(invoice)
    with pytest.raises(Refused, match=r"Nothing can be refunded\. The payment is still processing"):
        a_refund(invoice, "10.00")


def test_a_chargeback_holds_all_of_a_payment_also_when_it_took_only_a_part(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().dispute(str(the_payment(invoice).charge_id), amount=3000)
    come_home()
    assert why_not(invoice) == (
        "It is disputed: Stripe has withdrawn $30.00 and refunds nothing of it until the dispute is decided."
    )
    with pytest.raises(Refused, match="It is disputed"):
        a_refund(invoice, "10.00")


def test_an_inquiry_still_allows_a_refund(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().dispute(str(the_payment(invoice).charge_id), status="warning_needs_response")
    come_home()
    a_refund(invoice, "100.00")
    come_home()
    assert (invoice.status, audit()) == ("Refunded", [])


def test_what_a_lost_dispute_has_taken(app: Flask) -> None:
    invoice = a_disputed_invoice()
    the_world().close_dispute(the_world().store.select("dispute")[0]["id"], "lost")
    come_home()
    assert "the customer has $100.00 back already" in why_not(invoice)


def test_what_is_on_its_way_back_already(app: Flask) -> None:
    invoice = a_paid_invoice(card="4000000000007726")
    a_refund(invoice, "100.00")
    come_home()
    assert why_not(invoice) == "$100.00 of it is on its way back. Stripe is processing it."


def test_an_account_that_is_out_of_reach_is_named_with_what_to_do(app: Flask) -> None:
    invoice = a_paid_invoice()
    record_revoked(STUDIO)
    with pytest.raises(Refused, match=r"Northwind Studio, is no longer connected.* record it here"):
        a_refund(invoice, "10.00")
    assert db.session.query(Refund).count() == 0


def test_what_is_within_reach_is_given_back_beside_what_is_not(app: Flask) -> None:
    invoice, first, second = paid_twice()
    the_world().dispute(str(second.charge_id))
    come_home()
    with pytest.raises(Refused, match=r"up to \$40\.00.*It is disputed"):
        a_refund(invoice, "50.00")
    a_refund(invoice, "40.00")
    come_home()
    assert (first.refunded, second.refunded, audit()) == (4000, 0, [])
