"""Books that an earlier version kept are completed."""

import pytest
from builders import a_paid_invoice, a_refund, come_home, the_matter, the_payment
from flask import Flask
from sqlalchemy import delete, select, text, update

from models.attention import Attention, keep_open, resolve
from models.base import db
from models.clock import now
from models.credit_note import CreditNote
from models.document import Document
from models.invoice import Invoice
from models.money import Money
from sandbox.world import World
from tasks import transaction
from tasks.audit import audit
from tasks.upkeep import complete_books

pytestmark = pytest.mark.both_databases

# As before there were documents: what is made is never deleted.
UNGUARDED = {"sqlite": "DROP TRIGGER document_no_delete", "postgresql": "SET LOCAL session_replication_role = replica"}


def test_a_refund_of_an_earlier_version_gets_its_credit_note(app: Flask) -> None:
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    with transaction() as session:
        session.execute(text(UNGUARDED[db.engine.dialect.name]))
        session.execute(text("UPDATE mail SET document_id = NULL"))
        session.execute(delete(Document))
        session.execute(delete(CreditNote))
        session.execute(text("DELETE FROM number_series WHERE kind = 'credit_note'"))
    complete_books()
    assert db.session.scalars(select(CreditNote.amount)).all() == [1000]


def test_money_that_fits_nowhere_is_laid_before_staff(app: Flask, world: World) -> None:
    invoice = a_paid_invoice()
    with transaction() as session:
        session.execute(text("UPDATE payment SET invoice_id = NULL, problem = 'No checkout of ours'"))
        session.execute(delete(Attention))
    complete_books()
    assert db.session.scalars(select(Attention.kind)).all() == ["unmatched"]
    assert invoice.total == 10000


def test_a_smaller_matter_that_was_dismissed_is_no_answer_about_all_the_money_of_a_void_invoice(app: Flask) -> None:
    invoice, payment = (paid := a_paid_invoice()).id, the_payment(paid).id
    about = {"payment_id": payment, "invoice_id": invoice}
    with transaction() as session:
        keep_open(session, "overpaid", f"excess:payment:{payment}:invoice:{invoice}", Money(100, "USD"), **about)
        resolve(session, "dismissed")
        session.execute(update(Invoice).values(voided_at=now(), status="Void"))
    assert "void and paid" in [broken.invariant for broken in audit()]
    complete_books()
    assert (the_matter().kind, the_matter().amount) == ("paid_void", 10000)
    assert "void and paid" not in [broken.invariant for broken in audit()]


def test_complete_books_are_left_alone(app: Flask) -> None:
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    before = db.session.scalars(select(CreditNote.number)).all()
    complete_books()
    assert db.session.scalars(select(CreditNote.number)).all() == before
