"""The database itself refuses twins, rows without what they refer to, and changes of history."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Inspector, Table, UniqueConstraint, inspect, text
from sqlalchemy.orm import Session

from models.base import Base
from models.invariants.invariant import Invariant, Rows

APPEND_ONLY = ("activity", "audit_entry", "invoice_note", "brand_file", "document")
TRIGGERS = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def _rules(session: Session) -> Rows:
    inspector = inspect(session.connection())
    there = dict(_named_rules(inspector))
    for table in Base.metadata.tables.values():
        for rule in sorted(_wanted(table) - there.get(table.name, set())):
            yield f"{table.name}.{rule}", "is not in the database"


def _wanted(table: Table) -> set[str]:
    """What the models ask for: the names of unique rules, checks and references."""
    kinds = (UniqueConstraint, CheckConstraint, ForeignKeyConstraint)
    rules = {str(rule.name) for rule in table.constraints if isinstance(rule, kinds)}
    return rules | {str(index.name) for index in table.indexes if index.unique}


def _named_rules(inspector: Inspector) -> Iterator[tuple[str, set[str]]]:
    """The same of what the database has, for each table."""
    rules: tuple[Any, ...] = (
        inspector.get_multi_unique_constraints(),
        inspector.get_multi_check_constraints(),
        inspector.get_multi_foreign_keys(),
    )
    for key, indexes in inspector.get_multi_indexes().items():
        unique = {str(index["name"]) for index in indexes if index["unique"]}
        yield key[1], unique | {str(rule["name"]) for kind in rules for rule in kind.get(key, ())}


def _history(session: Session) -> Rows:
    there = set(session.scalars(text(TRIGGERS[session.get_bind().dialect.name])))
    wanted = {f"{table}_no_{change}" for table in APPEND_ONLY for change in ("update", "delete")}
    yield from ((trigger, "is not in the database") for trigger in sorted(wanted - there))


INVARIANTS = (
    Invariant("rules of the schema", "The database refuses twins, impossible values and dangling rows.", _rules),
    Invariant("history", "The database refuses changes of timeline, audit log, notes and files.", _history),
)
