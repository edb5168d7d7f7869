"""Verbs: each public function of a file here is one thing the system does. This file imports none of them."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.base import db

logger = logging.getLogger("paydesk.queue")

QUEUE = "paydesk"
REDIS_PATIENCE = 0.2
_REST = 5.0
# A worker may die between taking a job and beginning it; then the row is asked for again after this time.
MARK_LIVES = 20
# A verb without ids works off whatever is due: it begins at most twice a second, however often it is asked for.
BREATH = timedelta(seconds=0.5)
ASKED_TOO_SOON = "paydesk:again"
_WAITING, _BEGUN = b"waiting", b"begun"
LONG_QUEUE = 1000

Verb = Callable[..., object]
P = ParamSpec("P")
T = TypeVar("T")
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


@contextmanager
def reading() -> Iterator[Session]:
    """Look without taking SQLite's write lock; no transaction is left open afterwards. Rows read here are not saved."""
    session = db.session
    if _woken.get() is not None:
        raise RuntimeError("reading inside a transaction needs no other one")
    session.rollback()
    session.expire_all()
    try:
        yield session
    finally:
        session.rollback()


@contextmanager
def snapshot() -> Iterator[Session]:
    """Look at the database as it is now, however long it takes and whatever others save meanwhile."""
    with reading() as session:
        if session.get_bind().dialect.name == "postgresql":  # SQLite's readers see one state anyway
            session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        yield session


def once_more(step: Callable[P, T]) -> Callable[P, T]:
    """A step that is one transaction is taken again, once, when the database chose it to give way to another.

    Nothing of it was saved then, so the second try is the first one. It stands on functions that do nothing but
    one transaction: no call to Stripe or the mail server, which would happen twice, and no second transaction.
    """

    @wraps(step)
    def taken(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(*args, **kwargs)
        except DBAPIError as error:
            if not _gave_way(error):
                raise
            logger.warning("%s gave way to another transaction and is tried again", step.__name__)
            return step(*args, **kwargs)

    return taken


def _gave_way(error: DBAPIError) -> bool:
    """Serialization failures and deadlocks on PostgreSQL, a lock that was not given in time on SQLite."""
    state = getattr(error.orig, "sqlstate", "") or getattr(error.orig, "sqlite_errorname", "")
    return state in ("40001", "40P01") or state.startswith("SQLITE_BUSY")


def later(verb: Verb, *ids: int) -> None:
    """Ask a worker to run a public verb soon: after the commit when inside a transaction, else now.

    It is only a wake-up. What is to be done stands in a row; when Redis is down the sweep finds it.
    The same verb with the same ids is woken once, however often it is asked for before it begins; one
    without ids at most twice a second.
    """
    woken = _woken.get()
    if woken is None:
        _wake(verb, ids)
    else:
        woken.append((verb, ids))


def is_queue_long(jobs: int = LONG_QUEUE) -> bool:
    """Whether workers have more to do than they could do soon, or than so many jobs; also when Redis cannot say."""
    alarm: _Alarm = current_app.extensions["alarm"]
    return alarm.is_long(jobs)


def wake_mark(verb: str, ids: Iterable[int]) -> str:
    """The Redis key which says that this is already asked for."""
    return ":".join(["paydesk:wake", verb, *map(str, ids)])


def note_begun(redis: Redis, verb: str, ids: Iterable[int]) -> None:
    """It may be asked for again: at once, or half a second later when it works off whatever is due."""
    if ids:
        redis.delete(wake_mark(verb, ids))
    else:
        redis.set(wake_mark(verb, ids), _BEGUN, px=BREATH)


def name_of(verb: Verb) -> str:
    """The path by which a worker finds it."""
    return f"{verb.__module__}.{verb.__name__}"


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
        name = name_of(verb)
        try:
            mark = wake_mark(name, ids)
            if self.redis.set(mark, _WAITING, nx=True, ex=MARK_LIVES):
                # Stripe's events do not wait behind the thousand mails of a bulk run: what works off whatever is due
                # comes first, and there is one of it at most.
                self.queue.enqueue_call(name, args=ids, result_ttl=0, failure_ttl=86400, timeout=180, at_front=not ids)
            elif not ids and self.redis.get(mark) != _WAITING:
                self.redis.sadd(ASKED_TOO_SOON, name)
        except RedisError as error:
            self._rest(f"the sweep will find {name}{ids}", error)

    def is_long(self, jobs: int) -> bool:
        try:
            return self.queue.count > jobs
        except RedisError as error:
            self._rest("the next sweep will wake what is due", error)
            return True

    def _rest(self, consolation: str, error: RedisError) -> None:
        self.resting_until = time.monotonic() + _REST
        logger.warning("Redis is out of reach, %s: %s", consolation, error)


def init_app(app: Flask) -> None:
    app.extensions["alarm"] = _Alarm(app.config["REDIS_URL"])
