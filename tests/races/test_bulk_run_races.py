"""A worker that is slower than its claim, and who deletes what is being asked for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import a_draft_invoice, a_sent_invoice, in_a_while, person, timeline
from flask import Flask
from forms import again
from sqlalchemy import delete, event, text
from sqlalchemy.exc import OperationalError

from models.base import db
from models.bulk_run import BulkRun
from models.invoice import Invoice, new_operation
from sandbox.world import World
from tasks.audit import audit
from tasks.bulk_runs import begin_bulk, work_bulk
from tasks.checkouts import open_checkout

EXPIRE = "POST /v1/checkout/sessions/*/expire"


@pytest.fixture
def aside(world: World) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool
        world.faults.clear()


@pytest.mark.both_databases
def test_what_a_slow_worker_is_voiding_is_not_refused_by_the_next(
    app: Flask, world: World, aside: ThreadPoolExecutor
) -> None:
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    run_id = begin_bulk("void", [invoice.id], person("staff"), new_operation())

    def work() -> None:
        with app.app_context():
            work_bulk(run_id)

    db.session.rollback()
    world.faults.add(EXPIRE, "hang")
    slow = aside.submit(work)
    world.faults.wait_until_hanging(1)
    with in_a_while(seconds=41):
        work_bulk(run_id)
    world.faults.release()
    slow.result(30)
    with in_a_while(seconds=90):
        work_bulk(run_id)
    run = db.session.get_one(BulkRun, run_id, populate_existing=True)
    assert (run.state, run.done, run.refused) == ("Done", 1, 0)
    assert (again(invoice).status, timeline(invoice).count("voided"), audit()) == ("Void", 1, [])


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_draft_cannot_be_deleted_between_being_chosen_and_being_taken(app: Flask) -> None:
    draft_id, refused = a_draft_invoice().id, []

    def interfere(connection: object, cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("INSERT INTO bulk_run_item"):
            return
        try:
            with db.engine.begin() as rival:
                rival.execute(text("SET LOCAL lock_timeout = '10ms'"))
                rival.execute(delete(Invoice).where(Invoice.id == draft_id))
        except OperationalError as error:
            refused.append(str(error.orig))

    event.listen(db.engine, "before_cursor_execute", interfere)
    try:
        run_id = begin_bulk("send", [draft_id], person("staff"), new_operation())
    finally:
        event.remove(db.engine, "before_cursor_execute", interfere)
    assert (db.session.get_one(BulkRun, run_id).total, len(refused)) == (1, 1)
