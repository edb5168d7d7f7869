"""Twenty deliveries, twenty workers: each event is kept once, each object looked at once, each row claimed by one."""

from collections.abc import Mapping

import pytest
from builders import a_paid_invoice, a_sent_invoice, come_home, connected, crowd, pay, the_world
from flask import Flask

from models.base import db
from models.clock import now
from models.revenue import DailyTotal
from models.stripe_event import StripeEvent
from tasks import events, reading, transaction
from tasks.audit import audit
from tasks.revenue import add_up_dirty_days

pytestmark = pytest.mark.both_databases


def delivered() -> list[tuple[bytes, str]]:
    """What Stripe sends now, bodies and signatures."""
    sent: list[tuple[bytes, str]] = []

    def take(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        sent.append((body, headers["Stripe-Signature"]))
        return 200

    the_world().deliveries.deliver(take)
    return sent


def asked() -> list[str]:
    """What Stripe was asked about, each time."""
    return [one["path"] for one in the_world().requests if one["method"] == "GET"]


def test_twenty_deliveries_of_one_event_at_once_are_one(app: Flask) -> None:
    a_sent_invoice()
    body, header = delivered()[0]
    crowd(lambda _: events.receive(body, header))
    assert db.session.query(StripeEvent).count() == 1


def test_a_payment_whose_events_come_four_times_each_at_once_counts_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    sent = delivered()
    crowd(lambda number: events.receive(*sent[number % len(sent)]))
    assert db.session.query(StripeEvent).count() == len(sent) == 6
    come_home()
    assert (invoice.status, invoice.captured, audit()) == ("Paid", 10_000, [])


def test_twenty_workers_look_once_at_each_object(app: Flask) -> None:
    invoice = a_sent_invoice()
    come_home()
    pay(invoice)
    for body, header in delivered():
        events.receive(body, header)
    the_world().requests.clear()
    crowd(lambda _: events.handle_due())
    assert len(asked()) == len(set(asked()))
    assert {row.outcome for row in db.session.query(StripeEvent)} == {"handled", "ignored"}
    come_home()
    assert (invoice.status, audit()) == ("Paid", [])


def test_a_row_that_is_due_is_claimed_by_one_of_twenty(app: Flask) -> None:
    connected()
    with transaction() as session:
        event = StripeEvent(event_id="evt_1", type="x", created_at=now(), body="", due_at=now())
        session.add(event)
    event_id = event.id

    def claim(_: int) -> str | None:
        with transaction() as session:
            return StripeEvent.claim(session, event_id)

    tokens = [token for token in crowd(claim) if token]
    assert len(tokens) == 1
    with reading() as session:
        assert session.get_one(StripeEvent, event_id).claim_token == tokens[0]


def test_twenty_workers_add_up_the_same_days(app: Flask) -> None:
    invoice = a_paid_invoice()
    with transaction() as session:
        session.query(DailyTotal).update({"dirty": True, "collected": 0})
    crowd(lambda _: add_up_dirty_days())
    for found in db.session.query(DailyTotal):
        assert (found.collected, found.payments, found.dirty) == (invoice.captured, 1, False)
    assert audit() == []
