"""The one status rule, what is due, and the number that an issued invoice gets."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from builders import a_contact, a_draft_invoice
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.invoice_line import InvoiceLine
from models.invoice_status import STATUSES, amount_due, status_of
from models.money import Money
from models.organization import the_organization
from models.receivables import DUE
from models.refusal import Refused
from tasks import transaction

RULE = [
    # void, issued, sent, total, captured, refunded
    ((False, False, False, 100, 0, 0), "Draft"),
    ((False, True, False, 100, 0, 0), "Issued"),
    ((False, True, True, 100, 0, 0), "Sent"),
    ((False, True, True, 100, 1, 0), "Partially Paid"),
    ((False, True, True, 100, 99, 98), "Partially Paid"),
    ((False, True, True, 100, 100, 0), "Paid"),
    ((False, True, False, 100, 100, 0), "Paid"),
    ((False, True, True, 100, 150, 0), "Paid"),
    ((False, True, True, 100, 100, 99), "Paid"),
    ((False, True, True, 100, 100, 100), "Refunded"),
    ((False, True, True, 100, 40, 40), "Refunded"),
    ((False, True, True, 100, 100, 120), "Refunded"),
    ((True, True, True, 100, 0, 0), "Void"),
    ((True, True, True, 100, 40, 40), "Void"),
]


@pytest.mark.parametrize(("facts", "status"), RULE)
def test_the_status_follows_from_the_facts(facts: tuple[bool, bool, bool, int, int, int], status: str) -> None:
    names = ("void", "issued", "sent", "total", "captured", "refunded")
    assert status_of(**dict(zip(names, facts, strict=True))) == status  # type: ignore[arg-type]


@given(st.booleans(), st.booleans(), *[st.integers(0, 10**6)] * 4)
def test_what_is_due_is_never_negative_nor_more_than_the_total(
    void: bool, sent: bool, total: int, captured: int, refunded: int, processing: int
) -> None:
    status = status_of(void=void, issued=True, sent=sent, total=total, captured=captured, refunded=refunded)
    assert status in STATUSES
    assert 0 <= amount_due(status, total, captured, processing) <= total


@pytest.mark.parametrize(
    ("status", "due"), [("Sent", 70), ("Partially Paid", 30), ("Draft", 0), ("Paid", 0), ("Refunded", 0), ("Void", 0)]
)
def test_money_on_its_way_is_not_due_a_second_time(status: str, due: int) -> None:
    captured = {"Sent": 0, "Partially Paid": 40, "Paid": 100}.get(status, 40)
    assert amount_due(status, 100, captured, 30) == due


def test_overdue_begins_when_the_due_date_has_ended(app: Flask) -> None:
    invoice = issued()
    assert invoice.due_date
    assert not invoice.is_overdue(invoice.due_date)
    assert invoice.is_overdue(invoice.due_date + timedelta(days=1))


def test_a_draft_is_never_overdue(app: Flask) -> None:
    assert not a_draft_invoice(due_date=date(2020, 1, 1)).is_overdue(date(2026, 1, 1))


def test_a_draft_is_owed_by_nobody(app: Flask) -> None:
    draft = a_draft_invoice("100.00")
    assert (draft.due(), draft.grand_total()) == (Money(0, "USD"), Money(10000, "USD"))


@pytest.mark.both_databases
def test_the_database_says_the_same_of_what_is_due(app: Flask) -> None:
    with transaction() as session:
        for status, captured, processing in product(STATUSES, (0, 40, 100, 150), (0, 30, 100)):
            session.add(Invoice(status=status, total=100, captured=captured, processing=processing))
    found = db.session.execute(select(Invoice, DUE)).all()
    assert [due for _, due in found] == [invoice.due().amount for invoice, _ in found]
    assert {due for _, due in found} == {0, 30, 60, 70, 100}


@pytest.mark.parametrize(
    ("current", "issued_to", "address"),
    [
        ("new@example.com", "old@example.com", "new@example.com"),
        ("", "old@example.com", "old@example.com"),
        ("two@example.com, more@example.com", "old@example.com", "old@example.com"),
        ("", "", None),
        (None, "old@example.com", "old@example.com"),
        (None, None, None),
    ],
)
def test_news_go_where_the_contact_is_now(current: str | None, issued_to: str | None, address: str | None) -> None:
    contact = None if current is None else Contact(name="Grace", email=current)
    snapshot = None if issued_to is None else {"email": issued_to}
    assert Invoice(contact=contact, contact_snapshot=snapshot).mail_address() == address


def test_asking_what_the_lines_add_up_to_writes_nothing() -> None:
    line = InvoiceLine(description="Design", quantity=Decimal(2), unit_price=5000)
    invoice = Invoice(lines=[line], prices_gross=False, total=1)
    assert (invoice.totals().total, invoice.total) == (10000, 1)


def test_what_came_in_too_much_is_overpaid() -> None:
    invoice = Invoice(total=100, captured=150, refunded=20, lost=0, processing=0, currency="USD", status="Paid")
    assert (invoice.overpaid(), invoice.due()) == (Money(30, "USD"), Money(0, "USD"))


def issued() -> Invoice:
    invoice = a_draft_invoice()
    with transaction() as session:
        invoice.issue(session, the_organization(session))
    return invoice


def issue_in_vain(invoice: Invoice) -> None:
    with transaction() as session:
        invoice.issue(session, the_organization(session))
        raise Refused("Something else is wrong.")


def test_issue_gives_the_next_number_once(app: Flask) -> None:
    first, second = issued(), issued()
    year = the_organization(db.session).today().year
    with transaction() as session:
        assert not first.issue(session, the_organization(session))
    assert [first.number, second.number] == [f"{year}-0001", f"{year}-0002"]


def test_issue_freezes_what_the_customer_is_shown(app: Flask) -> None:
    invoice = issued()
    with transaction():
        assert invoice.contact
        invoice.contact.name = "Somebody else"
    assert (invoice.contact_snapshot or {})["name"] == "Grace Hopper"
    assert invoice.status == "Issued"


def test_an_issue_that_fails_leaves_no_gap(app: Flask) -> None:
    first, second = a_draft_invoice(), a_draft_invoice()
    with pytest.raises(Refused):
        issue_in_vain(first)
    with transaction() as session:
        second.issue(session, the_organization(session))
    assert str(second.number).endswith("-0001")
    assert first.number is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"lines": []}, "Add at least one line"),
        ({"lines": [InvoiceLine(description="Free", quantity=Decimal(1), unit_price=0)]}, "above zero"),
        ({"lines": [InvoiceLine(description="Back", quantity=Decimal(1), unit_price=-100)]}, "above zero"),
    ],
)
def test_what_cannot_be_an_invoice_is_not_issued(fields: dict[str, list[InvoiceLine]], sentence: str) -> None:
    invoice = Invoice(prices_gross=False, **fields)
    with pytest.raises(Refused, match=sentence):
        invoice.refuse_unready()


@pytest.mark.parametrize("email", ["", "  ", "nobody", "a@example.com, b@example.com", "a@b@example.com", "a@example"])
def test_a_contact_without_one_address_is_no_recipient(app: Flask, email: str) -> None:
    invoice = a_draft_invoice(contact=a_contact(email=email))
    with pytest.raises(Refused, match="Add a contact with an email address"):
        invoice.recipient()


@pytest.mark.parametrize("quantity", ["1.0005", "0.0001"])
def test_a_fourth_place_is_refused_not_cut_off(app: Flask, quantity: str) -> None:
    line = InvoiceLine(description="Dust", quantity=Decimal(quantity), unit_price=10000)
    with pytest.raises(Exception, match="three decimal places"):
        a_draft_invoice(lines=[line])


def test_a_draft_is_deleted_not_voided() -> None:
    with pytest.raises(Refused, match="delete it"):
        Invoice(captured=0, refunded=0, lost=0, processing=0).void()
