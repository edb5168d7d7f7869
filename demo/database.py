"""What a database says of itself, found without loading the product: a warm start has no time for that."""

import ast
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from demo import INSTANCE, ROOT, Trouble

DEFAULT_URL = f"sqlite:///{INSTANCE / 'paydesk.db'}"


def wanted_revisions() -> set[str]:
    """The heads of `migrations/`: what is a revision and nobody's parent."""
    revisions: set[str] = set()
    parents: set[str] = set()
    for path in (ROOT / "migrations").glob("**/*.py"):
        for name, value in _assignments(path.read_text()):
            known = revisions if name == "revision" else parents
            known.update([value] if isinstance(value, str) else value)
    return revisions - parents


def _assignments(source: str) -> Iterator[tuple[str, Any]]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                yield target.id, ast.literal_eval(node.value) or ()


def stored_revisions(url: str) -> set[str]:
    """What the database says of itself; nothing when it is empty or not there."""
    return _values(url, "alembic_version", "version_num")


def addresses(url: str) -> set[str]:
    """Of the people who may sign in."""
    return _values(url, "user_account", "email")


def _values(url: str, table: str, column: str) -> set[str]:
    query = f"SELECT {column} FROM {table}"  # noqa: S608 - both are written above
    if url.startswith("sqlite:///"):
        return _sqlite_values(url.removeprefix("sqlite:///"), table, query)
    return _server_values(url, table, query)


def _sqlite_values(name: str, table: str, query: str) -> set[str]:
    path = INSTANCE / name
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone():
            return set()
        return {row[0] for row in connection.execute(query)}


def _server_values(url: str, table: str, query: str) -> set[str]:
    # Imported here: only those who bring their own server pay for it.
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import SQLAlchemyError

    from settings import with_driver

    try:
        with create_engine(with_driver(url)).connect() as connection:
            if not inspect(connection).has_table(table):
                return set()
            return set(connection.scalars(text(query)))
    except SQLAlchemyError as error:
        raise Trouble(f"The database at DATABASE_URL cannot be used: {error}") from error
