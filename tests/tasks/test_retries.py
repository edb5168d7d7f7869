"""What was given up is tried again by those who may, and settles."""

from typing import Any

import pytest
from builders import a_paid_invoice, a_refund, a_sent_invoice, come_home, connected, person
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import new_operation
from models.refund import Refund
from models.refusal import NotAllowed, Refused
from tasks import transaction
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.retries import retry_checkout, retry_refund

pytestmark = pytest.mark.both_databases


def park(row: Any, **fields: Any) -> int:
    """Something that nobody expected has happened to it."""
    with transaction() as session:
        parked = session.get_one(type(row), row.id)
        parked.due_at, parked.parked_at, parked.last_error = None, now(), "ZeroDivisionError: division by zero"
        for field, value in fields.items():
            setattr(parked, field, value)
    return int(row.id)


def test_a_refund_that_was_given_up_is_made_after_retry(app: Flask) -> None:
    invoice = a_paid_invoice()
    refund_id = park(db.session.get_one(Refund, a_refund(invoice, "30.00")[0]))
    come_home()
    assert db.session.get_one(Refund, refund_id).state_words == "Needs attention"
    retry_refund(refund_id, person("staff"))
    come_home()
    assert (db.session.get_one(Refund, refund_id).state, invoice.refunded) == ("succeeded", 3000)
    assert audit() == []


def test_a_checkout_that_was_given_up_is_made_after_retry(app: Flask) -> None:
    connected()
    open_checkout(a_sent_invoice().id, new_operation())
    checkout = db.session.scalars(select(Checkout)).one()
    park(checkout, state="creating", stripe_id=None, url=None)
    retry_checkout(checkout.id, person("finance"))
    come_home()
    assert db.session.get_one(Checkout, checkout.id).state == "open"


def test_what_waits_for_nothing_is_not_tried_again(app: Flask) -> None:
    invoice = a_paid_invoice()
    with pytest.raises(Refused, match="not waiting"):
        retry_refund(a_refund(invoice, "30.00")[0], person("staff"))
    with pytest.raises(Refused, match="not waiting"):
        retry_checkout(db.session.scalars(select(Checkout.id)).one(), person("finance"))


def test_only_those_who_may_retry(app: Flask) -> None:
    for retry in (retry_refund, retry_checkout):
        with pytest.raises(NotAllowed):
            retry(1, person("viewer"))
