"""A numbered document for each refund of an invoice; one number, one refund."""

from decimal import Decimal

import pytest
from builders import (
    a_contact,
    a_paid_invoice,
    a_partly_paid_invoice,
    a_refund,
    come_home,
    person,
    the_payment,
    the_world,
)
from flask import Flask
from mail_sink import Mailbox
from refunding import money_of_no_invoice, refund_in_dashboard, the_refund

from models.base import db
from models.credit_note import CreditNote
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.money import Money
from tasks import transaction
from tasks.audit import audit
from tasks.refunds import refund_payment

pytestmark = pytest.mark.both_databases
FAILS_LATER = "4000000000005126"


def notes() -> list[CreditNote]:
    db.session.rollback()
    return db.session.query(CreditNote).order_by(CreditNote.id).all()


def a_taxed_invoice() -> Invoice:
    """59.50 with 19 % and 10.70 with 7 %: 70.20 in all, paid."""
    lines = [
        InvoiceLine(description="Design", quantity=1, unit_price=5000, tax_name="VAT", tax_percent=Decimal(19)),
        InvoiceLine(description="Book", quantity=1, unit_price=1000, tax_name="VAT", tax_percent=Decimal(7)),
    ]
    return a_paid_invoice(lines=lines, contact=a_contact())


def give_back(invoice: Invoice, *amounts: str) -> None:
    for amount in amounts:
        a_refund(invoice, amount)
        come_home()


def test_each_refund_has_its_number(app: Flask, mailbox: Mailbox) -> None:
    invoice = a_paid_invoice()
    give_back(invoice, "30.00", "30.00")
    first, second = notes()
    year = first.issue_date.year
    assert [first.number, second.number] == [f"CN-{year}-0001", f"CN-{year}-0002"]
    assert (first.money, first.invoice_id, first.refund.amount) == (Money(3000, "USD"), invoice.id, 3000)
    assert first.number in mailbox[-2].text
    assert second.number in mailbox[-1].html


def test_there_is_none_before_the_money_has_gone(app: Flask) -> None:
    give_back(a_paid_invoice(card="4000000000007726"), "30.00")
    assert notes() == []
    the_world().clock.advance(60)
    come_home()
    assert len(notes()) == 1


def test_a_refund_that_fails_cancels_it_and_its_number_stays_used(app: Flask) -> None:
    invoice = a_paid_invoice(card=FAILS_LATER)
    give_back(invoice, "30.00")
    the_world().clock.advance(60)
    come_home()
    give_back(invoice, "20.00")
    first, second = notes()
    assert (first.canceled_at is None, first.state_words, second.number[-4:]) == (False, "Canceled", "0002")
    assert audit() == []


def test_the_tax_contained_in_it_is_in_proportion_for_each_rate(app: Flask) -> None:
    give_back(a_taxed_invoice(), "35.10")
    content = notes()[0].content
    assert [(tax["percent"], tax["tax"]) for tax in content["taxes"]] == [("7.000", 35), ("19.000", 475)]
    assert (content["net"], content["overpaid"], content["total"]) == (3000, 0, 3510)


def test_the_notes_of_an_invoice_add_up_to_it(app: Flask) -> None:
    give_back(a_taxed_invoice(), "0.01", "23.33", "23.33", "23.53")
    contents = [note.content for note in notes()]
    taxes = [sum(content["taxes"][rate]["tax"] for content in contents) for rate in (0, 1)]
    assert (taxes, sum(content["net"] for content in contents)) == ([70, 950], 6000)
    assert all(c["net"] + sum(tax["tax"] for tax in c["taxes"]) == c["total"] for c in contents)


def test_what_a_canceled_note_contained_goes_into_the_next(app: Flask) -> None:
    invoice = a_taxed_invoice()
    give_back(invoice, "23.33")
    with transaction() as session:
        session.get_one(CreditNote, notes()[0].id).canceled_at = invoice.created_at
    give_back(invoice, "23.33")
    first, second = notes()
    assert first.content["taxes"] == second.content["taxes"]


def test_money_above_what_was_asked_for_goes_back_without_tax(app: Flask) -> None:
    invoice = a_taxed_invoice()
    with transaction() as session:
        session.get_one(Invoice, invoice.id).total = 4020
    give_back(invoice, "35.10")
    assert (notes()[0].content["overpaid"], notes()[0].content["total"]) == (3000, 3510)


def test_it_says_who_gave_back_to_whom_and_for_which_invoice(app: Flask) -> None:
    invoice = a_partly_paid_invoice("100.00", "40.00")
    refund_in_dashboard(invoice, 1500)
    come_home()
    content = notes()[0].content
    assert (content["invoice"], content["contact"]["name"], content["issuer"]["name"]) == (
        invoice.number,
        "Grace Hopper",
        "My organization",
    )
    assert (content["method"], content["total"], content["currency"]) == (the_payment(invoice).method, 1500, "USD")


def test_money_of_no_invoice_has_none(app: Flask) -> None:
    refund_id = refund_payment(money_of_no_invoice().id, None, person("staff"), new_operation())
    come_home()
    assert (the_refund(refund_id).state, notes()) == ("succeeded", [])
