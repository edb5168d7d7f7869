"""Twenty who press Retry on what was given up: it is tried again once."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import a_paid_invoice, a_refund, a_sent_invoice, connected, crowd, person
from flask import Flask

from models.activity import AuditEntry
from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import new_operation
from models.people import User
from models.refund import Refund
from models.stripe_event import StripeEvent
from tasks import transaction
from tasks.checkouts import open_checkout
from tasks.events import retry_event
from tasks.retries import retry_checkout, retry_refund

pytestmark = pytest.mark.both_databases


def a_refund_to_be() -> Refund:
    return db.session.get_one(Refund, a_refund(a_paid_invoice(), "30.00")[0])


def a_checkout_to_be() -> Checkout:
    open_checkout(a_sent_invoice().id, new_operation())
    with transaction() as session:
        checkout = session.query(Checkout).one()
        checkout.state, checkout.stripe_id = "creating", None
    return checkout


def an_event() -> StripeEvent:
    connected()
    return StripeEvent(event_id="evt_1", type="charge.succeeded", object_id="pi_1", created_at=now(), body="{}")


WAITING: list[tuple[Callable[[], Any], Callable[[int, User], None]]] = [
    (a_refund_to_be, retry_refund),
    (a_checkout_to_be, retry_checkout),
    (an_event, retry_event),
]


@pytest.mark.parametrize(("make", "retry"), WAITING)
def test_one_of_twenty_wakes_what_waits_for_a_person(
    app: Flask, make: Callable[[], Any], retry: Callable[[int, User], None]
) -> None:
    row = make()
    db.session.rollback()
    with transaction() as session:
        session.add(row)
        row.due_at, row.parked_at, row.last_error = None, now(), "ZeroDivisionError"
    person("finance")
    row_id, logged = row.id, db.session.query(AuditEntry).count()
    answers = crowd(lambda _: retry(row_id, person("finance")))
    assert (answers.count(None), sum("wait" in str(answer) for answer in answers)) == (1, 19)
    assert (row.parked_at, row.due_at is not None) == (None, True)
    assert db.session.query(AuditEntry).count() == logged + 1
