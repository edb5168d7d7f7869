"""The real worker, in a process of its own, on a real queue."""

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from builders import a_draft_invoice, a_sent_invoice, come_home, connected, pay, person
from flask import Flask
from honest import VARIABLE, HeldTransaction
from mail_sink import Mailbox
from redis import Redis
from redis.exceptions import ConnectionError as NoRedis
from rooms import ROOT, modules
from servers import free_port, valkey_server
from werkzeug.serving import make_server

import tasks
from models.base import db
from models.claimable import ABSENCE, CLAIM, LONGEST_WAIT
from models.holding import HOLD
from models.invoice import Invoice, new_operation
from sandbox.world import World
from settings import SETTINGS
from tasks import QUEUE, _Alarm, invoices, later, name_of, note_begun, wake_mark
from tasks.events import handle_due
from tasks.messages import deliver
from tasks.sweep import sweep
from tasks.worker import SCHEDULE, WITHOUT_IDS, _Worker, tick

PATIENCE = 20.0


def wait_until(true: Callable[[], bool]) -> None:
    """Looks often, for as long as a slow machine may need."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        db.session.rollback()
        time.sleep(0.02)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with valkey_server() as url:
        yield url


@pytest.fixture
def stripe_url(sandbox: Flask) -> Iterator[str]:
    """The sandbox over HTTP, as another process needs it."""
    port = free_port()
    server = make_server("127.0.0.1", port, sandbox, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def worker(app: Flask, redis_url: str, stripe_url: str, tmp_path: Path) -> Iterator[None]:
    alarm, app.extensions["alarm"] = app.extensions["alarm"], _Alarm(redis_url)
    changed = {"REDIS_URL": redis_url} | dict.fromkeys(
        ("STRIPE_API_BASE", "STRIPE_CONNECT_BASE", "STRIPE_FILES_BASE"), stripe_url
    )
    config = {setting.name: str(app.config[setting.name]) for setting in SETTINGS} | changed
    config["STRIPE_WEBHOOK_SECRETS"] = "whsec_sandbox"
    config |= {VARIABLE: str(PATIENCE), "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT)])}
    command = [sys.executable, "-m", "flask", "--app", "honest:served()", "worker"]
    with (tmp_path / "worker.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | config, stderr=log)
    yield
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    assert HeldTransaction.__name__ not in (tmp_path / "worker.log").read_text()
    app.extensions["alarm"] = alarm


def status(invoice: Invoice) -> str:
    db.session.refresh(invoice)
    return invoice.status


@pytest.mark.both_databases
def test_a_worker_sends_the_mail_and_brings_the_payment_home(
    worker: None, app: Flask, world: World, mailbox: Mailbox
) -> None:
    connected()
    invoice = a_draft_invoice()
    invoices.send_invoice(invoice.id, person("staff"), new_operation())
    wait_until(lambda: status(invoice) == "Sent")
    pay(invoice)
    door = app.test_client()
    world.deliveries.deliver(
        lambda _, body, headers: door.post("/webhooks/stripe", data=body, headers=headers).status_code
    )
    wait_until(lambda: status(invoice) == "Paid")
    wait_until(lambda: len(mailbox) == 2)


@pytest.fixture
def queue(app: Flask, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Redis:
    """A real queue that is empty, and no worker."""
    connection = Redis.from_url(redis_url)
    connection.flushall()
    monkeypatch.setitem(app.extensions, "alarm", _Alarm(redis_url))
    return connection


def jobs(queue: Redis, verb: str) -> int:
    """How often a worker is asked for this."""
    descriptions = [queue.hget(key, "description") for key in queue.scan_iter("rq:job:*")]
    return sum(verb in str(description) for description in descriptions)


def test_of_many_clocks_one_asks_for_what_is_scheduled(queue: Redis) -> None:
    for _ in range(5):
        tick(queue)
    assert queue.llen("rq:queue:paydesk") == len(SCHEDULE)


def test_a_hundred_webhooks_ask_for_one_job_until_it_begins(queue: Redis) -> None:
    for _ in range(100):
        later(handle_due)
    assert jobs(queue, "handle_due") == 1


def test_what_webhooks_ask_for_begins_at_most_twice_a_second_and_is_not_forgotten(
    queue: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=0.5) == tasks.BREATH
    monkeypatch.setattr(tasks, "BREATH", timedelta(minutes=1))  # a slow machine is not to be hurried
    later(handle_due)
    note_begun(queue, name_of(handle_due), ())
    for _ in range(100):
        later(handle_due)
    assert (jobs(queue, "handle_due"), queue.ttl(wake_mark(name_of(handle_due), ()))) == (1, 60)
    queue.delete(wake_mark(name_of(handle_due), ()))  # the time is over
    for _ in range(5):
        tick(queue)
    assert jobs(queue, "handle_due") == 2


def test_events_do_not_wait_behind_many_mails(queue: Redis) -> None:
    for mail in range(3):
        later(deliver, mail)
    later(handle_due)
    first = queue.lindex("rq:queue:paydesk", 0).decode()
    assert "handle_due" in queue.hget(f"rq:job:{first}", "description").decode()


def test_what_names_its_row_is_asked_for_again_as_soon_as_it_has_begun(queue: Redis) -> None:
    for _ in range(2):
        later(deliver, 7)
        later(deliver, 7)
        note_begun(queue, name_of(deliver), (7,))
    assert jobs(queue, "deliver") == 2


def test_the_clock_knows_every_verb_that_is_asked_for_without_ids() -> None:
    calls = [node for _, source in modules() for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    asked = {ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "later" and len(call.args) == 1}
    assert asked - {"verb"} <= {verb.__name__ for verb in WITHOUT_IDS}


def test_the_longest_waits_add_up_to_less_than_a_minute() -> None:
    swept = timedelta(seconds=dict(SCHEDULE)[sweep])
    absence_is_proven = LONGEST_WAIT + swept + ABSENCE + swept
    dead_worker_is_replaced = CLAIM + swept
    assert max(absence_is_proven, dead_worker_is_replaced, HOLD) < timedelta(minutes=1)


def test_a_worker_asks_for_its_redis_every_few_seconds(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, waits = _Worker([QUEUE], connection=Redis.from_url(redis_url)), list[float]()

    def no_redis(*_: object, **__: object) -> None:
        if len(waits) < 8:
            raise NoRedis

    monkeypatch.setattr("rq.worker.base.time.sleep", waits.append)
    monkeypatch.setattr(worker.queue_class, "dequeue_any", no_redis)
    worker.dequeue_job_and_maintain_ttl(None)
    assert max(waits) <= 5


def test_a_queue_that_was_emptied_loses_nothing(app: Flask, redis_url: str) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    Redis.from_url(redis_url).flushall()
    come_home()
    assert invoice.status == "Paid"
