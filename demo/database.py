"""How far a database is migrated, found without loading the product: a warm start has no time for that."""

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
    if url.startswith("sqlite:///"):
        return _sqlite_revisions(url.removeprefix("sqlite:///"))
    return _server_revisions(url)


def _sqlite_revisions(name: str) -> set[str]:
    path = INSTANCE / name
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return set()
        return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}


def _server_revisions(url: str) -> set[str]:
    # Imported here: only those who bring their own server pay for it.
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with create_engine(url).connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return set()
            return set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    except SQLAlchemyError as error:
        raise Trouble(f"The database at DATABASE_URL cannot be used: {error}") from error
