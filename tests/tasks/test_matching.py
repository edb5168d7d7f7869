"""Staff match money, move it to another invoice, or leave it as it is: once, with a reason, and both invoices tell."""

from typing import Any

import pytest
from builders import (
    STUDIO,
    a_contact,
    a_draft_invoice,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    an_unmatched_payment,
    come_home,
    connected,
    paid_twice,
    pay,
    person,
    the_matter,
    the_payment,
    the_world,
    timeline,
)
from cast import Cast
from flask import Flask
from refunding import limit_refunds
from sqlalchemy import select

from models.activity import Activity, AuditEntry
from models.attention import Attention
from models.base import db
from models.checkout import Checkout
from models.credit_note import CreditNote
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.refund import Refund
from models.refusal import Conflict, NotAllowed, Refused
from models.revenue import DailyTotal
from tasks.accounts import record_revoked
from tasks.attention import dismiss, match_payment, move_payment
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.invoices import void_invoice
from tasks.manual_refunds import record_manual_refund
from tasks.refunds import refund_payment
from tasks.revenue import add_up_dirty_days

pytestmark = pytest.mark.both_databases


def again(row: Any) -> Any:
    """The row as it is saved now."""
    db.session.rollback()
    return db.session.get_one(type(row), row.id, populate_existing=True)


def waiting() -> int:
    db.session.rollback()
    return db.session.query(Attention).filter(Attention.resolved_at.is_(None)).count()


def captured(invoices: list[int]) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Invoice.captured).where(Invoice.id.in_(invoices)).order_by(Invoice.id)))


def told(invoice: Invoice, kind: str) -> Activity:
    db.session.rollback()
    return db.session.scalars(select(Activity).where(Activity.invoice_id == invoice.id, Activity.kind == kind)).one()


# Matching


def test_matched_money_pays_the_invoice_and_its_customer_gets_the_receipt(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00"), a_sent_invoice()
    match_payment(payment.id, invoice.id, person("finance"), "The number is in its note")
    come_home()
    assert (again(invoice).status, again(payment).problem, waiting()) == ("Paid", None, 0)
    entry = told(invoice, "payment_matched")
    assert (entry.user_id, entry.money) == (person("finance").id, Money(10000, "USD"))
    receipt = db.session.scalars(select(Mail).where(Mail.kind == "receipt")).one()
    assert (receipt.cause, receipt.state) == (f"receipt:payment:{payment.id}", "sent")
    assert audit() == []


def test_matched_money_counts_among_the_takings_of_its_day(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00"), a_sent_invoice()
    add_up_dirty_days()
    assert db.session.query(DailyTotal).filter_by(basis="cash").one().collected == 0
    match_payment(payment.id, invoice.id, person("finance"))
    add_up_dirty_days()
    db.session.expire_all()
    assert db.session.query(DailyTotal).filter_by(basis="cash").one().collected == 10000


def test_what_was_given_back_before_the_match_gets_its_documents_then(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00"), a_sent_invoice()
    refund_payment(payment.id, Money(3000, "USD"), person("finance"), new_operation())
    come_home()
    assert (the_matter().kind, the_matter().amount) == ("unmatched", 7000)
    match_payment(payment.id, invoice.id, person("finance"))
    come_home()
    assert (again(invoice).status, invoice.refunded) == ("Paid", 3000)
    assert db.session.query(CreditNote).one().invoice_id == invoice.id
    assert sorted(mail.kind for mail in db.session.query(Mail)) == ["invoice", "receipt", "refund"]
    assert audit() == []


def test_matching_does_not_announce_what_was_recorded_without_a_notice(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00"), a_sent_invoice()
    record_revoked(STUDIO)
    today = the_organization(db.session).today()
    db.session.rollback()
    record_manual_refund(payment.id, Money(3000, "USD"), today, person("finance"), new_operation())
    match_payment(payment.id, invoice.id, person("finance"))
    assert sorted(mail.kind for mail in db.session.query(Mail)) == ["invoice", "receipt"]


def test_unmatched_money_that_is_all_given_back_is_over(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00"), a_sent_invoice()
    refund_payment(payment.id, None, person("staff"), new_operation())
    come_home()
    assert (waiting(), db.session.query(Attention).one().resolution) == (0, "refunded")
    with pytest.raises(Refused, match="given back"):
        match_payment(payment.id, invoice.id, person("finance"))


def test_unmatched_money_that_arrives_later_is_announced_at_its_invoice(app: Flask) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice, "us_bank_account")
    forget(checkout)
    come_home()
    payment = db.session.query(Payment).one()
    assert (payment.status, payment.invoice_id, waiting()) == ("processing", None, 0)
    match_payment(payment.id, invoice.id, person("finance"))
    assert again(invoice).processing == 10000
    the_world().settle(payment.payment_intent_id)
    come_home()
    assert (again(invoice).status, timeline(invoice).count("payment_received")) == ("Paid", 1)
    assert audit() == []


def forget(checkout: Checkout) -> None:
    """As in a backup that is older than the checkout."""
    db.session.rollback()
    db.session.delete(db.session.get_one(Checkout, checkout.id))
    db.session.commit()


@pytest.mark.parametrize("kind", ["draft", "void", "euro"])
def test_money_is_matched_only_to_an_invoice_that_can_take_it(app: Flask, kind: str) -> None:
    connected()
    payment = an_unmatched_payment("100.00")
    invoice = a_draft_invoice() if kind == "draft" else a_sent_invoice(currency="EUR" if kind == "euro" else "USD")
    if kind == "void":
        void_invoice(invoice.id, person("staff"))
    with pytest.raises(Refused, match=r"not issued yet|is void|is in EUR; this payment is in USD"):
        match_payment(payment.id, invoice.id, person("finance"))
    assert (again(payment).invoice_id, waiting()) == (None, 1)


# Moving


def test_a_moved_payment_counts_for_the_other_invoice_and_both_tell_of_it(app: Flask, cast: Cast) -> None:
    invoice, _, second = paid_twice()
    other = a_sent_invoice("100.00")
    move_payment(second.id, other.id, cast.finance, "Meant for the second job")
    assert (again(invoice).status, again(invoice).captured) == ("Paid", 10000)
    assert (again(other).status, again(other).captured, waiting()) == ("Paid", 10000, 0)
    for one, kind, words in (
        (invoice, "payment_moved_away", other.title),
        (other, "payment_moved_here", invoice.title),
    ):
        entry = told(one, kind)
        assert (entry.user_id, entry.money) == (cast.finance.id, Money(10000, "USD"))
        assert words in entry.detail
        assert "Meant for the second job" in entry.detail
    logged = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "payment.move")).one()
    assert (logged.before, logged.after["invoice"]) == ({"invoice": invoice.number}, other.number)
    assert audit() == []


def test_refunds_and_disputes_go_with_their_payment(app: Flask) -> None:
    invoice, other = a_paid_invoice(), a_sent_invoice("100.00")
    payment = the_payment(invoice)
    a_refund(invoice, "30.00")
    come_home()
    the_world().dispute(str(payment.charge_id), amount=5000)
    come_home()
    move_payment(payment.id, other.id, person("finance"), "Paid under the wrong number")
    assert (again(invoice).captured, invoice.refunded, invoice.disputed, invoice.status) == (0, 0, 0, "Sent")
    assert (again(other).captured, other.refunded, other.disputed, other.status) == (10000, 3000, 5000, "Paid")
    assert audit() == []


def test_a_refund_that_is_on_its_way_comes_home_to_where_its_payment_was_moved(app: Flask) -> None:
    invoice, other = a_paid_invoice(), a_sent_invoice("100.00")
    a_refund(invoice, "30.00")
    move_payment(the_payment(invoice).id, other.id, person("finance"), "Paid under the wrong number")
    come_home()
    assert (again(other).refunded, again(invoice).refunded) == (3000, 0)
    assert "refunded" in timeline(other)
    assert audit() == []


def test_a_payment_moved_back_is_too_much_again(app: Flask) -> None:
    invoice, _, second = paid_twice()
    other = a_sent_invoice("100.00")
    move_payment(second.id, other.id, person("finance"), "Meant for it")
    move_payment(second.id, invoice.id, person("finance"), "It was not")
    assert (the_matter().kind, the_matter().invoice_id) == ("duplicate", invoice.id)


def test_an_open_checkout_of_the_other_invoice_is_closed_before_it_is_paid_by_moving(app: Flask) -> None:
    _, _, second = paid_twice()
    other = a_sent_invoice("100.00")
    open_checkout(other.id, new_operation())
    move_payment(second.id, other.id, person("finance"), "Meant for it")
    db.session.rollback()
    states = db.session.scalars(select(Checkout.state).where(Checkout.invoice_id == other.id)).all()
    assert (list(states), again(other).status) == (["expired"], "Paid")


@pytest.mark.parametrize("kind", ["draft", "void", "euro", "same"])
def test_a_payment_is_moved_only_to_another_invoice_that_can_take_it(app: Flask, kind: str) -> None:
    invoice = a_paid_invoice()
    other = {"draft": a_draft_invoice, "same": lambda: invoice}.get(kind, lambda: a_sent_invoice(**in_euro(kind)))()
    if kind == "void":
        void_invoice(other.id, person("staff"))
    with pytest.raises(Refused, match=r"not issued yet|is void|is in EUR|already"):
        move_payment(the_payment(invoice).id, other.id, person("finance"), "Why not")
    assert (again(invoice).status, audit()) == ("Paid", [])


def in_euro(kind: str) -> dict[str, str]:
    return {"currency": "EUR"} if kind == "euro" else {}


@pytest.mark.parametrize("moved_first", [True, False])
def test_who_has_a_limit_does_not_pass_it_by_moving_payments(app: Flask, moved_first: bool) -> None:
    limit_refunds("100.00", role="finance")
    _, first, second = paid_twice()
    other, finance = a_sent_invoice(), person("finance")
    if moved_first:
        move_payment(second.id, other.id, finance, "Meant for it")
    refund_payment(first.id, Money(10000, "USD"), finance, new_operation())
    if not moved_first:
        move_payment(second.id, other.id, finance, "Meant for it")
    refund = refund_payment(second.id, Money(10000, "USD"), finance, new_operation())
    assert db.session.get_one(Refund, refund).is_waiting


def test_what_was_moved_away_with_its_credit_note_is_not_credited_again(app: Flask) -> None:
    invoice, other = a_paid_invoice(), a_sent_invoice("100.00")
    a_refund(invoice, "30.00")
    come_home()
    move_payment(the_payment(invoice).id, other.id, person("finance"), "Paid under the wrong number")
    pay(again(invoice))
    come_home()
    refund_payment(the_payment(invoice).id, None, person("admin"), new_operation())
    come_home()
    documents = db.session.query(CreditNote).filter_by(invoice_id=invoice.id).order_by(CreditNote.id)
    assert [(note.amount, note.content["overpaid"]) for note in documents] == [(3000, 0), (10000, 0)]


def test_money_that_has_all_been_given_back_is_not_moved(app: Flask) -> None:
    invoice, other = a_paid_invoice(), a_sent_invoice()
    a_refund(invoice, "100.00")
    come_home()
    with pytest.raises(Refused, match="given back"):
        move_payment(the_payment(invoice).id, other.id, person("finance"), "Meant for it")


# Dismissing


def test_a_dismissed_matter_keeps_who_and_why_and_does_not_come_back(app: Flask, cast: Cast) -> None:
    invoice, _, second = paid_twice()
    matter = the_matter()
    dismiss(matter.id, cast.finance, "A credit for the next job")
    assert (again(matter).resolution, matter.resolved_by_id, matter.reason) == (
        "dismissed",
        cast.finance.id,
        "A credit for the next job",
    )
    assert "A credit for the next job" in told(invoice, "dismissed").detail
    the_world().refund(str(second.charge_id), 1000)
    come_home()
    assert waiting() == 0


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_moved_or_dismissed_without_a_reason(app: Flask, reason: str) -> None:
    _, _, second = paid_twice()
    other = a_sent_invoice(contact=a_contact())
    with pytest.raises(Refused, match="Say why"):
        dismiss(the_matter().id, person("finance"), reason)
    with pytest.raises(Refused, match="Say why"):
        move_payment(second.id, other.id, person("finance"), reason)
    assert waiting() == 1


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_only_those_who_record_payments_decide(app: Flask, role: str) -> None:
    _, _, second = paid_twice()
    other, matter = a_sent_invoice(), the_matter().id
    for press in (
        lambda by: dismiss(matter, by, "Never mind"),
        lambda by: move_payment(second.id, other.id, by, "Meant for it"),
        lambda by: match_payment(second.id, other.id, by),
    ):
        with pytest.raises(NotAllowed):
            press(person(role))


def test_what_was_seen_elsewhere_is_a_conflict(app: Flask) -> None:
    _, _, second = paid_twice()
    other, third = a_sent_invoice(), a_sent_invoice()
    with pytest.raises(Conflict):
        move_payment(second.id, other.id, person("finance"), "Meant for it", seen_on=third.id)
