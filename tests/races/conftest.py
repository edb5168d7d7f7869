"""Real threads of a real server, and a Stripe that is silent for as long as a test wants."""

import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from honest import VARIABLE, HeldTransaction
from rooms import ROOT
from sandbox_builders import over_http
from servers import valkey_server

import tasks
from settings import SETTINGS

LONG = 60.0


@pytest.fixture
def stripe_url(sandbox: Flask) -> Iterator[str]:
    """The sandbox as another process reaches it."""
    with over_http(sandbox) as url:
        yield url


@pytest.fixture
def site(app: Flask, stripe_url: str, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """`site(patience=8)`: where one gunicorn worker with its eight threads serves the product of this test."""
    started: list[tuple[subprocess.Popen[str], list[str]]] = []

    def start(patience: float = LONG) -> str:
        environment = _environment(app, stripe_url) | {VARIABLE: str(patience)}
        command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--bind", "127.0.0.1:0", "honest:served()"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        started.append((process, said := []))
        return _address(process, said)

    yield start
    for process, said in started:
        process.send_signal(signal.SIGQUIT)  # everybody has been answered
        process.wait(LONG)
        assert not [line for line in said if HeldTransaction.__name__ in line]


@pytest.fixture
def clocks(app: Flask, stripe_url: str) -> Iterator[Callable[[int], list[str]]]:
    """`clocks(2)`: two real ones, each with a worker and a queue of its own, so that neither knows of the other.

    Gives the addresses of the queues.
    """
    with ExitStack() as running:

        def begin(number: int) -> list[str]:
            queues = [running.enter_context(valkey_server()) for _ in range(number)]
            for url, verb in itertools.product(queues, ("worker", "clock")):
                _run(running, verb, _environment(app, stripe_url) | {"REDIS_URL": url})
            return queues

        yield begin


@pytest.fixture
def workers(app: Flask, stripe_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], str]]:
    """`workers(2)`: real ones at one queue, which this process wakes too; the test is their clock.

    Gives the address of the queue.
    """
    with ExitStack() as running:

        def begin(number: int) -> str:
            queue = running.enter_context(valkey_server())
            for _ in range(number):
                _run(running, "worker", _environment(app, stripe_url) | {"REDIS_URL": queue})
            monkeypatch.setitem(app.config, "REDIS_URL", queue)
            monkeypatch.setitem(app.extensions, "alarm", None)
            tasks.init_app(app)
            return queue

        yield begin


def _run(running: ExitStack, verb: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "honest:served()", verb]
    process = subprocess.Popen(command, cwd=ROOT, env=environment | {VARIABLE: str(LONG)})
    running.enter_context(process)
    running.callback(process.terminate)


def _environment(app: Flask, stripe_url: str) -> dict[str, str]:
    """The settings of the product under test, for a process of its own."""
    settings = {setting.name: str(app.config[setting.name]) for setting in SETTINGS}
    # Pages for people stay where the sandbox itself says that they are.
    settings |= dict.fromkeys(("STRIPE_API_BASE", "STRIPE_FILES_BASE"), stripe_url)
    settings["STRIPE_WEBHOOK_SECRETS"] = ",".join(app.config["STRIPE_WEBHOOK_SECRETS"])
    paths = [str(ROOT / "tests"), str(ROOT)]
    return os.environ | settings | {"PYTHONPATH": os.pathsep.join(paths)}


def _address(process: "subprocess.Popen[str]", said: list[str]) -> str:
    """Where it listens, once its worker is there; what it says from then on is kept too."""
    listening = ""
    for line in process.stderr or ():
        said.append(line)
        listening = next(iter(re.findall(r"Listening at: (\S+)", line)), listening)
        if "Booting worker" in line:
            Thread(target=said.extend, args=[process.stderr], daemon=True).start()
            return listening
    raise AssertionError("".join(said))
