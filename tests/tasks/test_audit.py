"""The audit proves the books: each of its checks can fail, and says which row breaks what."""

import json
from datetime import timedelta

import pytest
from builders import a_paid_invoice, a_refund, a_sent_invoice, come_home, in_a_while
from flask import Flask

from models.base import db
from models.clock import now
from models.mail import Mail
from tasks import transaction
from tasks.audit import CHECKS, audit

pytestmark = pytest.mark.both_databases

TAMPERED = [
    ("invoice figures", "UPDATE invoice SET captured = captured + 1"),
    ("invoice figures", "UPDATE invoice SET refunded = 0"),
    ("invoice figures", "UPDATE invoice SET status = 'Refunded'"),
    ("invoice figures", "UPDATE invoice SET disputed = 5"),
    ("reserved refunds", "UPDATE payment SET reserved = reserved + 1"),
    ("reserved refunds", "UPDATE payment SET refunded = refunded + 1, reserved = reserved + 1"),
    ("payment belongs", "UPDATE payment SET currency = 'EUR'"),
    ("payment belongs", "UPDATE checkout SET account_id = 99"),
    ("one receipt a payment", "DELETE FROM mail WHERE kind = 'receipt'"),
    ("daily totals", "UPDATE daily_total SET collected = collected + 1"),
]


def tamper(statement: str) -> None:
    """Behind the product's back, and the schema's."""
    connection = db.engine.raw_connection()
    is_sqlite = db.engine.dialect.name == "sqlite"
    for command in ("PRAGMA foreign_keys=OFF" if is_sqlite else "SET session_replication_role=replica", statement):
        connection.cursor().execute(command)
    connection.commit()
    connection.invalidate()


@pytest.mark.parametrize(("invariant", "statement"), TAMPERED)
def test_a_tampered_row_is_found(app: Flask, invariant: str, statement: str) -> None:
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    assert audit() == []
    db.session.rollback()
    tamper(statement)
    assert invariant in {broken.invariant for broken in audit()}


def test_what_is_stuck_is_found(app: Flask) -> None:
    a_sent_invoice()
    with transaction() as session:
        session.query(Mail).one().due_at = now() - timedelta(minutes=11)
    assert [(broken.invariant, broken.detail) for broken in audit()] == [("stuck", "not worked on")]


def test_each_check_has_been_seen_to_fail() -> None:
    assert len({invariant for invariant, _ in TAMPERED} | {"stuck"}) == len(CHECKS)


def test_the_command_fails_with_the_rows_that_break(app: Flask) -> None:
    a_paid_invoice()
    db.session.rollback()
    assert app.test_cli_runner().invoke(args=["audit"]).exit_code == 0
    tamper("UPDATE invoice SET captured = 5")
    answer = app.test_cli_runner().invoke(args=["audit", "--json"])
    assert (answer.exit_code, json.loads(answer.stdout)[0]["row"]) == (1, "invoice:1")


def test_time_alone_breaks_nothing(app: Flask) -> None:
    a_paid_invoice()
    with in_a_while(days=400):
        assert audit() == []
