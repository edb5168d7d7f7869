"""Where processes come from: all is loaded once, then each process of the product and of the sandbox is a fork.

`python -m tests.chaos.nursery` reads one order a line and answers with the process id. What is started is the real
entry point: gunicorn, `flask worker`, `flask clock`, any other command, `python -m sandbox`, or another program.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Nursery:
    """Starts processes, each the leader of a session of its own; all of them end with it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.nursery"]
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    def start(self, role: str, command: list[str], env: Mapping[str, str], log: Path, **account: Any) -> int:
        """The process id. `role` is one of web, flask, sandbox, program; `account` is whose a program shall be."""
        order = {"role": role, "command": command, "env": dict(env), "log": str(log), **account}
        with self._asking:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def members(leader: int) -> list[int]:
    """The processes of this leader's session, itself among them; whoever lost its parent still belongs to it."""
    return [pid for pid in _all_pids() if _session(pid) == leader]


def kill_sessions(*leaders: int) -> None:
    """All their members, also those that are just being started."""
    while left := [pid for pid in _all_pids() if _session(pid) in leaders]:
        for pid in left:
            kill(pid)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _all_pids() -> list[int]:
    if Path("/proc/self").exists():
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    listing = subprocess.run(["ps", "-axo", "pid="], capture_output=True, text=True, check=True)
    return [int(pid) for pid in listing.stdout.split()]


def main() -> None:
    """Fork for each order until nobody gives orders any more; then end what is left."""
    leaders: set[int] = set()
    # Whoever has died is forgotten at once: its number may soon be somebody else's.
    signal.signal(signal.SIGCHLD, lambda *_: _bury(leaders))
    _load()
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        if (pid := os.fork()) == 0:
            _become(**json.loads(line))
        leaders.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    kill_sessions(*leaders)


def _bury(leaders: set[int]) -> None:
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            leaders.discard(pid)


def _load() -> None:
    """What takes long to import, imported before anybody is forked."""
    for name in ("app", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "sandbox.__main__", "tests.chaos.meddling"):
        __import__(name)


def _become(role: str, command: list[str], env: dict[str, str], log: str, **account: int) -> None:
    """Be that process, and never return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    os.setsid()
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    _redirect(log)
    os.environ.update(env)
    random.seed()
    sys.argv = command
    status: Any = 1
    try:
        ROLES[role](**account)
    except SystemExit as end:
        status = end.code or 0
    finally:
        sys.stdout.flush()
        Path(f"{log}.status").write_text(str(status))
        os._exit(0)


def _redirect(log: str) -> None:
    sys.stdin.close()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _web() -> None:
    from gunicorn.app.wsgiapp import run

    from tests.chaos import meddling

    meddling.begin()
    run()


def _flask() -> None:
    from flask.cli import main as flask

    from tests.chaos import meddling

    meddling.begin()
    flask()


def _sandbox() -> None:
    from sandbox.__main__ import main as sandbox

    sys.exit(sandbox(os.environ))


def _program(user: int | None = None, group: int | None = None) -> None:
    if user is not None and group is not None:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    os.execv(sys.argv[0], sys.argv)  # noqa: S606 - no shell is wanted


ROLES: dict[str, Callable[..., None]] = {"web": _web, "flask": _flask, "sandbox": _sandbox, "program": _program}

if __name__ == "__main__":
    main()
