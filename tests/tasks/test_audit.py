"""The audit proves the books: each of its invariants can fail, and says which row breaks it."""

import json
from datetime import timedelta

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    in_a_while,
    person,
    the_payment,
    the_world,
)
from flask import Flask
from late_failures import a_failed_debit, a_refund_that_comes_back
from sqlalchemy import event
from workers import work_off

from models.base import db
from models.clock import moved_to, now
from models.invariants import ALERTS, INVARIANTS
from models.invariants.schema import APPEND_ONLY
from models.invoice import new_operation
from models.mail import Mail
from sandbox.accounts import EUROPE
from tasks import transaction
from tasks.audit import Audit, audit, examine
from tasks.bulk_runs import begin_bulk, work_bulk
from tasks.doctor import examine as ask_the_doctor
from tasks.findings import Finding
from tasks.reconcile import reconcile

pytestmark = pytest.mark.both_databases

BY_NAME = {invariant.name: invariant for invariant in (*INVARIANTS, *ALERTS)}
# A step of a reminder without message and reason.
DECIDED = (
    "INSERT INTO reminder (invoice_id, due_date, days, decided_on, outcome, why) "
    "VALUES (1, '2026-12-24', 0, '2026-12-24', '{}', '')"
)
# What breaks each invariant, behind the product's back and the schema's.
TAMPERED = [
    ("invoice figures", "UPDATE invoice SET captured = captured + 1"),
    ("invoice figures", "UPDATE invoice SET refunded = 0"),
    ("invoice figures", "UPDATE invoice SET processing = 5"),
    ("invoice figures", "UPDATE invoice SET disputed = 5"),
    ("invoice status", "UPDATE invoice SET status = 'Refunded'"),
    ("invoice status", "UPDATE invoice SET total = total + 1"),
    ("promises", "UPDATE invoice SET promised_for = '2026-12-24'"),
    ("payment figures", "UPDATE payment SET reserved = reserved + 1"),
    ("payment figures", "UPDATE payment SET refunded = refunded + 1"),
    ("payment figures", "UPDATE payment SET withdrawn = withdrawn + 1"),
    ("captured money", "UPDATE payment SET status = 'failed'"),
    ("captured money", "UPDATE payment SET captured = 0"),
    ("reversals", "UPDATE payment SET status = 'reversed'"),
    (
        "reversals",
        "INSERT INTO reversal (payment_id, reason, made_by_id, created_at) SELECT id, '', 1, paid_at FROM payment",
    ),
    ("reserved refunds", "UPDATE refund SET amount = 10001"),
    ("daily totals", "UPDATE daily_total SET collected = collected + 1"),
    ("daily totals", "DELETE FROM daily_total"),
    ("one currency", "UPDATE payment SET currency = 'EUR'"),
    ("one currency", "UPDATE refund SET currency = 'EUR'"),
    ("one account", "UPDATE checkout SET account_id = 3 - account_id"),
    ("one account", "UPDATE dispute SET account_id = 3 - account_id"),
    ("unmatched money", "UPDATE payment SET invoice_id = NULL, problem = 'It is lost.'"),
    ("overpaid money", "UPDATE invoice SET total = 1"),
    ("void and paid", "UPDATE invoice SET voided_at = issued_at"),
    ("one open checkout", "DROP INDEX uq_checkout_open; UPDATE checkout SET invoice_id = 1, state = 'open'"),
    ("numbers", "UPDATE invoice SET number = '1999-0001' WHERE id = 1"),
    ("numbers", "UPDATE number_series SET last = last + 1"),
    ("credit notes", "UPDATE refund SET state = 'failed'"),
    ("versions", "UPDATE mail SET document_id = NULL; DELETE FROM document; DELETE FROM invoice_version"),
    ("versions", "UPDATE invoice SET version = 2"),
    ("versions", "UPDATE invoice_version SET version = 7"),
    ("version totals", "UPDATE invoice_version SET total = 5"),
    ("version currencies", "UPDATE invoice SET currency = 'EUR'"),
    ("credit notes", "UPDATE refund SET created_at = '2999-12-31'; UPDATE credit_note SET canceled_at = created_at"),
    ("credited amounts", "UPDATE credit_note SET amount = amount + 1"),
    ("numbers", "UPDATE mail SET document_id = NULL; DELETE FROM document; DELETE FROM credit_note"),
    ("files", "UPDATE document SET size = size + 1"),
    ("papers", "UPDATE mail SET document_id = NULL; DELETE FROM document WHERE kind = 'invoice' AND version_id > 1"),
    ("papers", "UPDATE mail SET document_id = NULL; DELETE FROM document WHERE kind = 'credit_note'"),
    ("papers", "UPDATE document SET invoice_id = 3 - invoice_id"),
    ("one receipt a payment", "DELETE FROM mail WHERE kind = 'receipt'"),
    ("one receipt a payment", "UPDATE mail SET kind = 'receipt' WHERE kind = 'invoice'"),
    ("one receipt a payment", "UPDATE mail SET cause = 'x' || cause WHERE kind = 'receipt'"),
    ("one notice a refund", "DELETE FROM mail WHERE kind = 'refund'"),
    ("one notice a refund", "UPDATE mail SET kind = 'refund' WHERE kind = 'invoice'"),
    ("one message a reminder", DECIDED.format("sent")),
    ("one message a reminder", DECIDED.format("skipped")),
    ("one message a reminder", "UPDATE mail SET kind = 'reminder', made_by_id = NULL WHERE kind = 'invoice'"),
    ("failed before it is told", "UPDATE mail SET kind = 'payment_failed' WHERE kind = 'invoice'"),
    ("failed before it is told", "UPDATE mail SET kind = 'refund_failed' WHERE kind = 'invoice'"),
    ("sent means accepted", "UPDATE mail SET sent_at = NULL"),
    ("sent means accepted", "UPDATE invoice SET sent_at = NULL"),
    ("one end a message", "UPDATE mail SET superseded_at = sent_at"),
    ("one end a message", "UPDATE mail SET due_at = sent_at"),
    ("every fact is told", "DELETE FROM activity WHERE kind = 'refunded'"),
    ("every fact is told", "UPDATE activity SET cause = cause || 'x' WHERE kind = 'payment_received'"),
    ("causes are there", "UPDATE activity SET cause = 'payment:99:succeeded' WHERE id = 1"),
    ("causes are there", "UPDATE activity SET cause = 'nothing' WHERE id = 1"),
    ("subjects are there", "UPDATE audit_entry SET subject = 'invoice:99'"),
    ("nothing is stuck", "UPDATE mail SET due_at = created_at"),
    ("nothing is stuck", "UPDATE checkout SET due_at = created_at"),
    ("nothing is forgotten", "UPDATE stripe_event SET outcome = ''"),
    ("nothing is forgotten", "UPDATE refund SET state = 'requested'"),
    ("nothing is forgotten", "UPDATE checkout SET state = 'creating'"),
    ("bulk runs", "UPDATE bulk_run SET done = done + 1"),
    ("bulk runs", "UPDATE bulk_run_item SET state = 'waiting', words = ''; UPDATE bulk_run SET refused = 0"),
    ("two people", "UPDATE refund SET approved_by_id = made_by_id, approved_at = created_at"),
    ("two people", "UPDATE refund SET approved_at = created_at"),
    ("two people", "UPDATE refund SET state = 'awaiting_approval'"),
    ("looks", "UPDATE payment SET looked_at = NULL"),
    ("looks", "UPDATE dispute SET created_at = '2999-12-31 00:00:00'"),
    ("rules of the schema", "DROP INDEX uq_checkout_open"),
]
# The same of what is told of failures.
UNTOLD = [
    ("failed and told", "DELETE FROM mail WHERE cause = 'failed:payment:2'"),
    ("failed and told", "DELETE FROM mail WHERE cause = 'refund_failed:refund:2'"),
]
ALERTED = [
    ("more given back than taken", "UPDATE refund SET origin = 'dashboard', amount = 10001"),
    ("late work", "UPDATE mail SET sent_at = NULL, due_at = '2999-12-31 00:00:00'"),
    ("late work", "UPDATE refund SET state = 'requested', due_at = '2999-12-31 00:00:00'"),
]
UNGUARDED = {
    "sqlite": ["DROP TRIGGER audit_entry_no_delete"],
    "postgresql": ["DROP TRIGGER audit_entry_no_delete ON audit_entry", "ALTER TABLE activity DISABLE TRIGGER ALL"],
}
# The schema looks away for the rest of the transaction.
LOOK_AWAY = {
    "sqlite": [f"DROP TRIGGER {table}_no_{change}" for table in APPEND_ONLY for change in ("update", "delete")],
    "postgresql": ["SET LOCAL session_replication_role = replica"],
}


@pytest.fixture
def books(app: Flask) -> None:
    """An invoice paid and partly refunded, and a disputed one, in vain reminded; before, another account."""
    connected(EUROPE)
    connected(STUDIO)
    a_refund(a_paid_invoice(), "10.00")
    disputed = a_paid_invoice("50.00")
    the_world().dispute(str(the_payment(disputed).charge_id))
    come_home()
    work_bulk(begin_bulk("remind", [disputed.id], person("staff"), new_operation()))
    with in_a_while(minutes=11):
        assert examine() == Audit([], [])


@pytest.fixture
def told(app: Flask) -> None:
    """Two debits that failed, and two refunds that came back."""
    for _ in range(2):
        a_failed_debit()
    for _ in range(2):
        a_refund_that_comes_back()
    come_home()
    with in_a_while(minutes=11):
        assert examine() == Audit([], [])


def engine() -> str:
    return db.engine.dialect.name


def breaks(name: str, *statements: str) -> bool:
    """Whether the audit would say so once this was done; then it is taken back."""
    db.session.rollback()
    try:
        for statement in statements:
            db.session.connection().exec_driver_sql(statement)
        with in_a_while(minutes=11):
            return bool(BY_NAME[name].broken(db.session))
    finally:
        db.session.rollback()


def test_what_breaks_an_invariant_is_found(books: None) -> None:
    away = LOOK_AWAY[engine()]
    unseen = [case for case in TAMPERED + ALERTED if not breaks(case[0], *away, *case[1].split("; "))]
    assert unseen == []


def test_a_failure_that_nobody_is_told_of_is_found(told: None) -> None:
    unseen = [case for case in UNTOLD if not breaks(case[0], *LOOK_AWAY[engine()], case[1])]
    assert unseen == []


def test_a_history_that_could_be_changed_is_found(books: None) -> None:
    assert all(breaks("history", statement) for statement in UNGUARDED[engine()])


def test_each_invariant_has_been_seen_to_break() -> None:
    seen = {name for name, _ in TAMPERED + UNTOLD + ALERTED} | {"history"}
    assert set(BY_NAME) == seen


def test_each_invariant_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len(BY_NAME) == len((*INVARIANTS, *ALERTS))
    assert all(invariant.sentence.endswith(".") for invariant in BY_NAME.values())


def tamper(statement: str) -> None:
    """For good, in a connection of its own."""
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql(statement)


def test_what_is_stuck_is_found_with_its_error(app: Flask) -> None:
    a_sent_invoice()
    with transaction() as session:
        session.query(Mail).one().due_at = now() - timedelta(minutes=11)
    assert [(broken.row, broken.detail) for broken in audit() if broken.invariant == "nothing is stuck"] == [
        ("mail:1", "not worked on")
    ]


def test_the_command_fails_with_the_rows_that_break(app: Flask) -> None:
    a_paid_invoice()
    db.session.rollback()
    clean = app.test_cli_runner().invoke(args=["audit"])
    assert (clean.exit_code, clean.output) == (0, f"{len(INVARIANTS)} invariants checked, 0 differences\n")
    tamper("UPDATE invoice SET captured = 10001")
    answer = app.test_cli_runner().invoke(args=["audit", "--json"])
    found = json.loads(answer.stdout)["broken"][0]
    assert (answer.exit_code, found["row"]) == (1, "invoice:1")
    assert found["sentence"] == "The figures of an invoice are the sums of its facts."


def test_what_was_given_back_outside_alarms_and_breaks_nothing(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().deliveries.mode = "hold"
    a_refund(invoice, "60.00")
    the_world().refund(str(the_payment(invoice).charge_id), 6000)
    the_world().deliveries.mode = "normal"
    reconcile()
    assert [broken.row for broken in examine().alerts] == ["payment:1"]
    assert app.test_cli_runner().invoke(args=["audit"]).exit_code == 0
    come_home()
    assert examine() == Audit([], [])  # ours was refused


def test_an_outage_is_told_as_what_it_is_and_breaks_nothing(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "40.00")
    the_world().faults.add("POST /v1/refunds", "reset", times=99)
    began = now()
    for half_minute in range(22):
        with moved_to(began + timedelta(seconds=30 * half_minute)):
            work_off()
            late = [(alert.row, alert.detail.split(": ")[1]) for alert in examine().alerts]
            assert (audit(), bool(late), said("late work").ok) == ([], half_minute >= 20, half_minute < 20)
    assert late == [("refund:1", "Stripe does not answer right now.")]
    the_world().faults.clear()
    with in_a_while(minutes=12):
        come_home()
        assert (examine(), said("late work").ok) == (Audit([], []), True)


def said(step: str) -> Finding:
    db.session.rollback()
    return next(finding for finding in ask_the_doctor() if finding.step == step)


def test_time_alone_breaks_nothing(app: Flask) -> None:
    a_paid_invoice()
    with in_a_while(days=400):
        assert audit() == []


def test_the_audit_looks_at_one_moment(books: None) -> None:
    meddled: list[str] = []

    def meddle(connection: object, cursor: object, statement: str, *_: object) -> None:
        if not meddled and statement.startswith("SELECT"):
            meddled.append(statement)
            tamper("UPDATE payment SET reserved = 5000 WHERE id = 2")

    event.listen(db.engine, "after_cursor_execute", meddle)
    try:
        assert audit() == []
    finally:
        event.remove(db.engine, "after_cursor_execute", meddle)
    assert {broken.invariant for broken in audit()} == {"payment figures"}


def test_more_books_are_not_more_queries(books: None) -> None:
    few = queries_of_an_audit()
    for _ in range(3):
        a_refund(a_paid_invoice(), "10.00")
    come_home()
    assert queries_of_an_audit() == few


def queries_of_an_audit() -> int:
    run: list[object] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *seen: run.append(seen[2]))
    assert audit() == []
    event.remove(db.engine, "before_cursor_execute", note)
    return len(run)
