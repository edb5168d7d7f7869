"""Which rows a transaction locks first: everybody in the same order, so that nobody waits in a circle."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event

from models.base import db

ORDER = ("organization", "stripe_account", "invoice", "payment", "refund", "attention", "number_series", "daily_total")
# Also what INSERT … ON CONFLICT DO UPDATE finds is locked.
LOCKING = re.compile(
    r"(?:UPDATE|DELETE FROM) (\w+)|INSERT INTO (\w+).*DO UPDATE|SELECT.*FROM (\w+).* FOR (?:NO KEY )?UPDATE", re.DOTALL
)


@contextmanager
def watching_locks() -> Iterator[list[str]]:
    """What is locked out of order while this lasts. SQLite has one lock for all, and nothing to say."""
    taken: dict[int, list[str]] = {}
    wrong: list[str] = []

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        found = LOCKING.match(statement.strip())
        table = next(filter(None, found.groups()), "") if found else ""
        mine = taken.setdefault(id(connection.connection.dbapi_connection), [])
        if table in ORDER and table not in mine:
            wrong.extend(f"{table} after {other}" for other in mine if ORDER.index(table) < ORDER.index(other))
            mine.append(table)

    def forget(connection: Connection) -> None:
        taken.pop(id(connection.connection.dbapi_connection), None)

    if db.engine.dialect.name == "sqlite":
        yield wrong
        return
    heard = (("before_cursor_execute", note), ("commit", forget), ("rollback", forget))
    for name, hear in heard:
        event.listen(db.engine, name, hear)
    try:
        yield wrong
    finally:
        for name, hear in heard:
            event.remove(db.engine, name, hear)
