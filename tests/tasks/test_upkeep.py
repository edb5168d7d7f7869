"""Books that an earlier version kept are completed."""

import pytest
from builders import a_paid_invoice, a_refund, come_home
from flask import Flask
from sqlalchemy import delete, select, text

from models.attention import Attention
from models.base import db
from models.credit_note import CreditNote
from sandbox.world import World
from tasks import transaction
from tasks.upkeep import complete_books

pytestmark = pytest.mark.both_databases


def test_a_refund_of_an_earlier_version_gets_its_credit_note(app: Flask) -> None:
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    with transaction() as session:
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


def test_complete_books_are_left_alone(app: Flask) -> None:
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    before = db.session.scalars(select(CreditNote.number)).all()
    complete_books()
    assert db.session.scalars(select(CreditNote.number)).all() == before
