"""A step to which the database says no, because another transaction was in its way, is taken once more."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from builders import a_paid_invoice, a_refund, come_home, person, the_payment
from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from models.base import db
from models.invoice import Invoice, new_operation
from models.money import Money
from tasks import refunds
from tasks.audit import audit

TASKS = Path(__file__).parents[2] / "tasks"


@contextmanager
def listening(what: str, hear: Any) -> Iterator[None]:
    event.listen(db.engine, what, hear)
    try:
        yield
    finally:
        event.remove(db.engine, what, hear)


class Rival:
    """Somebody else's transaction: it holds the payment, and asks for the invoice once the verb holds that."""

    def __init__(self, invoice: Invoice, payment_id: int) -> None:
        self.connection: Connection = db.engine.connect()
        self.watch: Connection = db.engine.connect()
        self.pid = self.connection.scalar(text("SELECT pg_backend_pid()"))
        self.connection.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        self.lock("payment", payment_id)
        self.thread = Thread(target=self.go_on, args=(invoice.id,))
        self.times = 0

    def lock(self, table: str, row_id: int) -> None:
        self.connection.execute(text(f"SELECT 1 FROM {table} WHERE id = {row_id} FOR UPDATE"))  # noqa: S608

    def go_on(self, invoice_id: int) -> None:
        self.lock("invoice", invoice_id)
        self.connection.rollback()

    def meet(self, connection: Connection, cursor: object, statement: str, *_: object) -> None:
        """The verb has locked the invoice: let it go on when the rival waits for that."""
        if self.times or "FROM invoice" not in statement or "FOR UPDATE" not in statement:
            return
        self.times += 1
        connection.exec_driver_sql("SET LOCAL deadlock_timeout = '10ms'")
        self.thread.start()
        while not self.watch.scalar(text(f"SELECT cardinality(pg_blocking_pids({self.pid}))")):
            self.watch.rollback()
        self.watch.rollback()

    def go_first(self, _: object) -> None:
        """On a busy machine the second try would be there before the rival wakes up, and meet it once more."""
        self.thread.join()

    def leave(self) -> None:
        self.connection.close()
        self.watch.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_refund_that_gives_way_in_a_deadlock_is_reserved_once(app: Flask) -> None:
    invoice = a_paid_invoice()
    rival = Rival(invoice, the_payment(invoice).id)
    with listening("after_cursor_execute", rival.meet), listening("handle_error", rival.go_first):
        made = refunds.issue_refund(invoice.id, Money(4000, "USD"), person("staff"), new_operation())
    rival.leave()
    assert (rival.times, len(made), the_payment(invoice).reserved) == (1, 1, 4000)
    come_home()
    assert (invoice.refunded, audit()) == (4000, [])


def test_a_locked_sqlite_is_asked_a_second_time(app: Flask) -> None:
    invoice = a_paid_invoice()
    with somebody_writing() as other, listening("handle_error", lambda _: other.rollback()):
        a_refund(invoice, "40.00")
    assert the_payment(invoice).reserved == 4000


def test_a_sqlite_that_stays_locked_is_asked_no_third_time(app: Flask) -> None:
    invoice, errors = a_paid_invoice(), []
    with somebody_writing(), listening("handle_error", errors.append), pytest.raises(OperationalError, match="locked"):
        a_refund(invoice, "40.00")
    assert (len(errors), the_payment(invoice).reserved) == (2, 0)


@contextmanager
def somebody_writing() -> Iterator[Connection]:
    """Somebody else's transaction, for which nobody waits."""
    db.session.rollback()
    db.engine.dispose()
    with listening("connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0")):
        with db.engine.connect().execution_options(writing=True) as other, other.begin():
            yield other
        db.session.rollback()
    db.engine.dispose()


def test_it_stands_on_functions_that_are_one_transaction() -> None:
    steps = [
        (file.stem, node.name, [ast.unparse(line) for line in node.body])
        for file in TASKS.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and "once_more" in [ast.unparse(one) for one in node.decorator_list]
    ]
    wrong = [(file, name) for file, name, body in steps if "\n".join(body).count("with transaction()") != 1]
    assert (wrong, len(steps) > 20) == ([], True)
