"""The two databases of a run, and what can happen to them: locked, restarted, put back as they were."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from settings import with_driver
from tests.chaos.machine import PRODUCT, Machine
from tests.chaos.stage import Stage

_LOCKS = {"table": "LOCK TABLE payment", "rows": "SELECT FROM invoice FOR UPDATE"}


class Sqlite:
    """One file, which another process may lock."""

    name = "SQLite"

    def __init__(self, stage: Stage, folder: Path) -> None:
        stage.copy_sqlite(folder)
        self.file, self.backup = folder / "paydesk.db", folder / "backup.db"
        self.url = f"sqlite:///{self.file}"

    def join(self, machine: Machine) -> None:
        """It is no process."""

    def disturb(self, machine: Machine, seconds: float, how: str) -> None:
        """Somebody else holds the write lock for so long; there is no other one."""
        with closing(sqlite3.connect(self.file, timeout=60, isolation_level=None)) as stranger:
            stranger.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)

    def back_up(self) -> None:
        with closing(sqlite3.connect(self.file)) as original, closing(sqlite3.connect(self.backup)) as copy:
            original.backup(copy)

    def put_back(self) -> None:
        """The product does not run meanwhile."""
        for rest in ("-wal", "-shm"):
            Path(f"{self.file}{rest}").unlink(missing_ok=True)
        self.file.write_bytes(self.backup.read_bytes())


class Postgres:
    """A server of one's own, which may be restarted."""

    name = "PostgreSQL"

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.cluster, self.backup = stage.copy_postgres(folder), folder / "backup.sql"
        self.url = self.cluster.url

    def join(self, machine: Machine) -> None:
        account = {name: value for name, value in self.cluster.account.items() if name in ("user", "group")}
        machine.programs["postgres"] = [str(word) for word in self.cluster.command()], account

    def disturb(self, machine: Machine, seconds: float, how: str) -> None:
        """All sessions are cut and the server is away for so long, or somebody else holds a table or rows."""
        if how in _LOCKS:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url) as stranger:  # it may be restarted
                stranger.execute(_LOCKS[how])
                time.sleep(seconds)
            return
        machine.hold("postgres")
        time.sleep(seconds)
        machine.start("postgres")

    def back_up(self) -> None:
        self.backup.write_bytes(self._run("pg_dump"))

    def put_back(self) -> None:
        """The product does not run meanwhile."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
        self._run(
            "psql", "--quiet", "--set=ON_ERROR_STOP=1", given=b"CREATE SCHEMA public;\n" + self.backup.read_bytes()
        )

    def _run(self, program: str, *words: str, given: bytes | None = None) -> bytes:
        command = [self.cluster.programs / program, *words, self.url]
        return subprocess.run(command, input=given, capture_output=True, check=True, **self.cluster.account).stdout


Database = Sqlite | Postgres


@contextmanager
def looking(database: Database) -> Iterator[Session]:
    """The rows as they are now."""
    engine = create_engine(with_driver(database.url), poolclass=NullPool)
    with engine.connect() as connection, Session(connection) as session:
        yield session
    engine.dispose()


def restore(database: Database, machine: Machine) -> None:
    """An older backup takes the place of what the product has written since; the world outside goes on."""
    machine.hold(*PRODUCT)
    database.put_back()
    machine.start(*PRODUCT)
