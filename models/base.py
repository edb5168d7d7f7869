"""The database handle, column types, keys and UTC timestamps."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar

from cryptography.fernet import Fernet, MultiFernet
from flask import Flask, current_app
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from models.language import gettext
from models.refusal import NotFound

db = SQLAlchemy(session_options={"expire_on_commit": False})


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC: TIMESTAMPTZ on PostgreSQL, zoneless text on SQLite. Naive moments are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Scaled(TypeDecorator[Decimal]):
    """A decimal number of three places kept as an integer: exact on SQLite too, which has no decimals.

    A fourth place is refused: cut off in silence, it would part the lines from the total made of them.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        thousandths = Decimal(value).scaleb(3)
        if thousandths != thousandths.to_integral_value():
            raise ValueError(f"{value} has more than three decimal places")
        return int(thousandths)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-3)


class Encrypted(TypeDecorator[str]):
    """Text that lies in the database encrypted with ENCRYPTION_KEY, the newest of its keys first."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _cipher().encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _cipher().decrypt(value.encode()).decode()


def _cipher() -> MultiFernet:
    cipher: MultiFernet = current_app.extensions["cipher"]
    return cipher


# SQLite counts up only an INTEGER primary key.
Key = BigInteger().with_variant(Integer(), "sqlite")
Minor = Annotated[int, mapped_column(BigInteger, default=0)]


AnyRow = TypeVar("AnyRow", bound="Base")
# `with_for_update` of a row to which others may refer meanwhile.
BESIDE_REFERENCES = {"key_share": True}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        Decimal: Scaled,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
        list[dict[str, Any]]: JSON,
    }

    id: Mapped[int] = mapped_column(Key, primary_key=True, sort_order=-1)


def locked(session: Session, table: type[AnyRow], row_id: int | None) -> AnyRow:
    """This row, nobody else's until the transaction ends, and as it is now, whatever the session has read before."""
    row = session.get(table, row_id, with_for_update=True, populate_existing=True) if row_id else None
    if row is None:
        raise NotFound(gettext("There is nothing like that here any more."))
    return row


def insert_or(session: Session, table: type[Base]) -> Any:
    """INSERT with ON CONFLICT, which both engines have and SQLAlchemy spells per engine."""
    dialect = session.get_bind().dialect.name
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)


def init_app(app: Flask) -> None:
    """Bind the database handle to the application and give SQLite the manners of a server."""
    app.extensions["cipher"] = MultiFernet([Fernet(key) for key in app.config["ENCRYPTION_KEY"].split(",")])
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
            event.listen(db.engine, "checkin", _guard_references)


def migration_engine() -> Engine:
    """The engine for migrations. SQLite changes a rule by building the table anew, which must delete nothing else."""
    return db.engine.execution_options(rebuilding=True)


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver would start transactions too late; we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "busy_timeout=10000", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: one that has read first could fail in spite of busy_timeout."""
    options = connection.get_execution_options()
    if options.get("rebuilding"):
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")  # has no effect once a transaction is open
        # A table that is built anew is missing for a moment, also to the triggers that look into it.
        connection.exec_driver_sql("PRAGMA legacy_alter_table=ON")
    writing = options.get("writing", False) or options.get("rebuilding", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _guard_references(connection: Any, record: object) -> None:
    if connection is not None:  # None when it was cut
        for pragma in ("foreign_keys=ON", "legacy_alter_table=OFF"):
            connection.execute(f"PRAGMA {pragma}")
