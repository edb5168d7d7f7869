from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.shapes import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL, status TEXT, parent TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, account, created, seq);
CREATE INDEX IF NOT EXISTS objects_status ON objects (kind, status);
CREATE INDEX IF NOT EXISTS objects_parent ON objects (parent);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS timers (
    seq INTEGER PRIMARY KEY, due INTEGER NOT NULL, verb TEXT NOT NULL, target TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    account TEXT NOT NULL, key TEXT NOT NULL, endpoint TEXT NOT NULL, fingerprint TEXT NOT NULL,
    created INTEGER NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, request TEXT NOT NULL,
    PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, account TEXT NOT NULL, type TEXT NOT NULL,
    created INTEGER NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'pending', answer TEXT, UNIQUE (event, endpoint));
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (outcome, due);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, received INTEGER NOT NULL, sender TEXT NOT NULL, recipients TEXT NOT NULL,
    raw BLOB NOT NULL);
"""
_VERSION = 1  # of the tables; a folder of an older sandbox loses what it had not delivered yet


class Store:
    """Everything the world remembers: one SQLite connection behind one lock; a folder, or memory."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if folder is None else str(folder / "stripe.db")
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        if self._db.execute("PRAGMA user_version").fetchone()[0] < _VERSION:
            self._db.execute("DROP TABLE IF EXISTS deliveries")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also when the process is killed. May be nested; the outermost one commits."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave("ROLLBACK")
                raise
            self._leave("COMMIT")

    def _leave(self, statement: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._db.execute(statement)

    def run(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, arguments).fetchall()

    def setting(self, name: str) -> str | None:
        rows = self.run("SELECT value FROM settings WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: str | None) -> None:
        if value is None:
            self.run("DELETE FROM settings WHERE name = ?", name)
        else:
            self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)

    def add(self, account: str, body: Json, kind: str | None = None) -> Json:
        self.run(
            "INSERT INTO objects (kind, account, id, created, status, body) VALUES (?, ?, ?, ?, ?, ?)",
            kind or body["object"],
            account,
            body["id"],
            body.get("created", 0),
            body.get("status"),
            json.dumps(body),
        )
        return body

    def save(self, body: Json) -> Json:
        text = json.dumps(body)
        self.run("UPDATE objects SET body = ?, status = ? WHERE id = ?", text, body.get("status"), body["id"])
        return body

    def remove(self, identifier: str) -> None:
        self.run("DELETE FROM objects WHERE id = ?", identifier)

    def find(self, identifier: str, kind: str, account: str | None = None) -> Json | None:
        where = "id = ? AND kind = ? AND (? IS NULL OR account = ?)"
        rows = self.run(f"SELECT body FROM objects WHERE {where}", identifier, kind, account, account)  # noqa: S608
        return json.loads(rows[0][0]) if rows else None

    def get(self, identifier: str) -> Json:
        body: Json = json.loads(self.run("SELECT body FROM objects WHERE id = ?", identifier)[0][0])
        return body

    def account_of(self, identifier: str) -> str | None:
        rows = self.run("SELECT account FROM objects WHERE id = ?", identifier)
        return str(rows[0][0]) if rows else None

    def position(self, identifier: str, kind: str, account: str) -> tuple[int, int] | None:
        where = "id = ? AND kind = ? AND account = ?"
        rows = self.run(f"SELECT created, seq FROM objects WHERE {where}", identifier, kind, account)  # noqa: S608
        return (rows[0][0], rows[0][1]) if rows else None

    def adopt(self, identifier: str, parent: str) -> None:
        self.run("UPDATE objects SET parent = ? WHERE id = ?", parent, identifier)

    def select(
        self, kind: str, where: Mapping[str, Any] | None = None, order: str = "DESC", limit: int = -1
    ) -> list[Json]:
        """Bodies, newest first. The keys of `where` are SQL conditions written in the sandbox, one `?` each."""
        conditions = {"kind = ?": kind, **(where or {})}
        arguments = [part for value in conditions.values() for part in _parts(value)]
        sql = (
            f"SELECT body FROM objects WHERE {' AND '.join(conditions)} "  # noqa: S608
            f"ORDER BY created {order}, seq {order} LIMIT ?"
        )
        return [json.loads(row[0]) for row in self.run(sql, *arguments, limit)]


def _parts(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
