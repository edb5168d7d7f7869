"""A worker that is slower than its claim, and another one that has taken the run over meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import a_sent_invoice, in_a_while, person, timeline
from flask import Flask
from forms import again

from models.base import db
from models.bulk_run import BulkRun
from models.invoice import new_operation
from sandbox.world import World
from tasks.audit import audit
from tasks.bulk_runs import begin_bulk, work_bulk
from tasks.checkouts import open_checkout

pytestmark = pytest.mark.both_databases
EXPIRE = "POST /v1/checkout/sessions/*/expire"


@pytest.fixture
def aside(world: World) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool
        world.faults.clear()


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
