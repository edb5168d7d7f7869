"""What arrives of Stripe's events is told by a constant number of queries, each of which an index serves."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from models.base import db
from models.clock import now
from models.stripe_event import StripeEvent
from models.traffic import PARKED, RETRIED, arrivals, last_of_mode, pile_of
from tasks import transaction


def arrived(kind: str, days_ago: float, lag: int = 2, **fields: object) -> None:
    received = now() - timedelta(days=days_ago)
    with transaction() as session:
        number = session.query(StripeEvent).count()
        known = {"event_id": f"evt_{number}", "type": kind, "account": "acct_1", "body": "{}", "received_at": received}
        session.add(StripeEvent(**known | {"created_at": received - timedelta(seconds=lag)} | fields))


@pytest.mark.both_databases
def test_of_each_type_the_last_is_told_with_its_lag_and_how_many_came_lately(app: Flask) -> None:
    for days_ago in (9, 8, 3, 1):
        arrived("payment_intent.succeeded", days_ago, lag=int(days_ago))
    arrived("refund.created", 20, lag=86_400 * 3)
    arrived("payout.paid", 0, lag=-30)
    told = [(one.type, one.lag, one.lately, (now() - one.last).days) for one in arrivals(db.session)]
    assert told == [
        ("payment_intent.succeeded", "1 second", 2, 1),
        ("payout.paid", "0 seconds", 1, 0),
        ("refund.created", "3 days", 0, 20),
    ]


@pytest.mark.both_databases
def test_no_event_is_no_type(app: Flask) -> None:
    assert arrivals(db.session) == []


@pytest.mark.both_databases
def test_piles_are_those_that_wait_and_those_that_are_tried_again(app: Flask) -> None:
    arrived("a", 1)
    arrived("b", 1, parked_at=now(), last_error="x")
    arrived("c", 1, due_at=now(), last_error="y")
    arrived("d", 1, due_at=now())
    parked, retried = pile_of(db.session, PARKED), pile_of(db.session, RETRIED)
    assert ([one.type for one in parked.events], parked.count) == (["b"], 1)
    assert ([one.type for one in retried.events], retried.count) == (["c"], 1)


def plans(work: object) -> list[str]:
    """How the database goes about each query of this work."""
    asked: list[tuple[str, object]] = []

    def note(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()  # type: ignore[operator]
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    with db.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        found = []
        for statement, parameters in asked:
            cursor = raw.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append("\n".join(str(row) for row in cursor.fetchall()))
    return found


def test_no_query_walks_through_all_events(app: Flask) -> None:
    """On SQLite: PostgreSQL chooses by statistics, which an empty table has not."""
    session = db.session

    def look() -> None:
        arrivals(session)
        pile_of(session, PARKED)
        pile_of(session, RETRIED)
        last_of_mode(session, livemode=True)

    looked = plans(look)
    assert len(looked) == 4
    assert [plan for plan in looked if "SCAN stripe_event" in plan] == []


def test_a_body_is_shown_without_what_opens_anything() -> None:
    body = '{"client_secret": "pi_1_secret_2", "success_url": "https://p.example/pay/abc-DEF/return?x=1", "id": "pi_1"}'
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    shown = StripeEvent(type="x", body=body, created_at=at, received_at=at).shown_body
    assert ("secret_2" in shown, "abc-DEF" in shown, '"id": "pi_1"' in shown) == (False, False, True)
