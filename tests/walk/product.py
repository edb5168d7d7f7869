"""The product as `make run` starts it, in a fresh copy of what the repository holds."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "instance", "__pycache__", ".*_cache", ".hypothesis", "gallery")
PORTS = ("PORT", "SANDBOX_PORT", "VALKEY_PORT", "SMTP_PORT")
DEADLINE = 120.0


def _hear_ctrl_c() -> None:
    """Tests that were started in the background ignore it, and so would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Product:
    """One folder with its own ports; it can be started again after it was stopped."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder / "paydesk"
        shutil.copytree(ROOT, self.folder, ignore=NOT_COPIED)
        (self.folder / "instance").mkdir()
        ports = {name: str(free_port()) for name in PORTS}
        self.web = f"http://127.0.0.1:{ports['PORT']}"
        self.sandbox = f"http://127.0.0.1:{ports['SANDBOX_PORT']}"
        self.env = {**os.environ, **settings, **ports, "PYTHONDONTWRITEBYTECODE": "1"}
        self.lines: list[str] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "demo.run"]
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_hear_ctrl_c,
        )
        ready = threading.Event()
        threading.Thread(target=self._listen, args=[ready], daemon=True).start()
        ended = time.monotonic() + DEADLINE
        while not ready.wait(0.1):
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < ended, self.output()

    def _listen(self, ready: threading.Event) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)
            if "Paydesk is running" in line:
                ready.set()

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=DEADLINE)

    def output(self) -> str:
        return "".join(self.lines[-60:])

    def password(self, who: str) -> str:
        people = json.loads((self.folder / "instance" / "demo-sign-ins.json").read_text())
        return str(people[f"{who}@northwind.example"])

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command as an operator runs it beside the product."""
        line = [sys.executable, "-m", "demo.command", *words]
        return subprocess.run(
            line, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120, check=False
        )
