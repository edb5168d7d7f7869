"""Verbs: each public function of a file here is one thing the system does. This file imports none of them."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session

from models.base import db

logger = logging.getLogger("paydesk.queue")

QUEUE = "paydesk"
REDIS_PATIENCE = 0.2
_REST = 5.0

Verb = Callable[..., None]
_woken: ContextVar[list[tuple[Verb, tuple[int, ...]]] | None] = ContextVar("woken", default=None)


@contextmanager
def transaction() -> Iterator[Session]:
    """Everything inside is saved together, or nothing is.

    Ends a read transaction that is still open and refuses to run over unsaved changes or inside another
    one. On SQLite the write lock is taken at once. Wake-ups asked for inside go out after the commit.
    """
    session = db.session
    if _woken.get() is not None:
        raise RuntimeError("a transaction cannot begin inside another one")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a transaction cannot begin over unsaved changes")
    session.rollback()
    session.expire_all()
    woken: list[tuple[Verb, tuple[int, ...]]] = []
    mark = _woken.set(woken)
    try:
        session.connection(execution_options={"writing": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _woken.reset(mark)
    for verb, ids in woken:
        _wake(verb, ids)


def later(verb: Verb, *ids: int) -> None:
    """Ask a worker to run a public verb soon: after the commit when inside a transaction, else now.

    It is only a wake-up. What is to be done stands in a row; when Redis is down the sweep finds it.
    A verb without ids is woken once, however often it is asked for before it begins.
    """
    woken = _woken.get()
    if woken is None:
        _wake(verb, ids)
    else:
        woken.append((verb, ids))


def wake_mark(function: str) -> str:
    """The Redis key which says that this verb without ids is already asked for."""
    return f"paydesk:wake:{function}"


def _wake(verb: Verb, ids: tuple[int, ...]) -> None:
    alarm: _Alarm = current_app.extensions["alarm"]
    alarm.ring(verb, ids)


class _Alarm:
    """The way to the queue; after a failure it rests for five seconds instead of delaying every request."""

    def __init__(self, url: str) -> None:
        patience = {"socket_timeout": REDIS_PATIENCE, "socket_connect_timeout": REDIS_PATIENCE}
        self.redis = Redis.from_url(url, **patience, retry=None)
        self.queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        self.resting_until = 0.0

    def ring(self, verb: Verb, ids: tuple[int, ...]) -> None:
        if time.monotonic() < self.resting_until:
            return
        name = f"{verb.__module__}.{verb.__name__}"
        try:
            if ids or self.redis.set(wake_mark(name), 1, nx=True, ex=10):
                self.queue.enqueue_call(name, args=ids, result_ttl=0, failure_ttl=86400, timeout=180)
        except RedisError as error:
            self.resting_until = time.monotonic() + _REST
            logger.warning("Redis is out of reach, the sweep will find %s%s: %s", name, ids, error)


def init_app(app: Flask) -> None:
    app.extensions["alarm"] = _Alarm(app.config["REDIS_URL"])
