"""The RQ worker and the schedule."""

import logging
import time

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from models.base import db
from tasks import ASKED_TOO_SOON, QUEUE, Verb, later, name_of, note_begun
from tasks.events import handle_due
from tasks.exports import drop_old_exports
from tasks.idle_checkouts import close_idle_checkouts
from tasks.news import send_news
from tasks.pay_links import judge_openings
from tasks.reconcile import reconcile_nightly, reconcile_recent
from tasks.reminders import send_reminders
from tasks.revenue import add_up_dirty_days
from tasks.sweep import sweep
from tasks.upkeep import complete_books
from tasks.webhooks import check_webhooks

logger = logging.getLogger("paydesk.clock")

# Verb and seconds between two runs. A key in Redis that lives that long lets one of many clocks act.
SCHEDULE = (
    (sweep, 5),
    (send_news, 5),
    (add_up_dirty_days, 60),
    (send_reminders, 60),
    (judge_openings, 60),
    (reconcile_recent, 300),
    (check_webhooks, 300),
    (reconcile_nightly, 300),
    (drop_old_exports, 3600),
)
# The verbs that work off whatever is due.
WITHOUT_IDS = (handle_due, complete_books, close_idle_checkouts, *(verb for verb, _ in SCHEDULE))
TICK = 1.0
PATIENCE_WITH_REDIS = 2.0


class _Worker(Worker):
    """Runs each verb inside the application, in a fork that shares no database connection."""

    app: Flask
    # RQ would wait for up to a minute after Redis is back.
    max_connection_wait_time = 5.0

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        with self.app.app_context():
            db.engine.dispose(close=False)
            note_begun(self.connection, str(job.func_name), job.args)
            super().main_work_horse(job, queue)


def work() -> None:
    """Run jobs until told to stop; waits for Redis when it is away."""
    connection = Redis.from_url(current_app.config["REDIS_URL"])
    while not _answers(connection):
        time.sleep(PATIENCE_WITH_REDIS)
    worker = _Worker([Queue(QUEUE, connection=connection, serializer=JSONSerializer)], serializer=JSONSerializer)
    worker.app = current_app._get_current_object()  # type: ignore[attr-defined]
    worker.work(logging_level="WARNING")


def tick_for_ever() -> None:
    """Ask for each scheduled verb in its time."""
    connection = Redis.from_url(current_app.config["REDIS_URL"], socket_timeout=PATIENCE_WITH_REDIS)
    while True:
        try:
            tick(connection)
        except RedisError as error:
            logger.warning("Redis is out of reach: %s", error)
        time.sleep(TICK)


def tick(connection: Redis) -> None:
    """Ask for what is scheduled now, and for what was asked for too soon after it had begun."""
    for verb, seconds in SCHEDULE:
        if connection.set(turn_key(verb), 1, nx=True, px=int(seconds * 1000)):
            later(verb)
    for verb in WITHOUT_IDS:
        if connection.srem(ASKED_TOO_SOON, name_of(verb)):
            later(verb)


def turn_key(verb: Verb) -> str:
    """The Redis key that lives from one run of a scheduled verb until its next one is due."""
    return f"paydesk:schedule:{verb.__name__}"


def _answers(connection: Redis) -> bool:
    try:
        return bool(connection.ping())
    except RedisError:
        return False
