"""What is done to a process of the product from outside: its clock is moved, and it dies at a chosen point.

The product knows nothing of it. Its seams with the world (a commit, a call to Stripe, a letter, a wake-up) are wrapped
before it starts, and each passage is noted, so that "the seventh point of send_refund" is the same one in every run.
"""

import json
import mmap
import os
import signal
import smtplib
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import stripe
from flask import has_request_context, request
from rq import Queue, get_current_job
from sqlalchemy.engine.default import DefaultDialect

from models import clock

FOLDER, CRASHES = "CHAOS_FOLDER", "CHAOS_CRASHES"
VALKEY = "valkey.pid"
_SEAMS = (
    (DefaultDialect, "do_commit", "commit"),
    (stripe.RequestsClient, "request", "call"),
    (smtplib.SMTP, "send_message", "letter"),
    (Queue, "enqueue_call", "wake-up"),
)
_WIDTH = 20


class Shift:
    """How far the product's clock is moved, in a file that all its processes see."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(struct.pack("d", 0.0))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), 8)

    def get(self) -> timedelta:
        return timedelta(seconds=struct.unpack("d", self._memory[:8])[0])

    def move(self, by: timedelta) -> None:
        self._memory[:8] = struct.pack("d", (self.get() + by).total_seconds())


def begin() -> None:
    """In the process that is about to become one of the product's."""
    folder, crashes = Path(os.environ[FOLDER]), json.loads(os.environ[CRASHES])
    # Threads begin with an empty context, so a context variable would not reach the threads of the web process.
    clock._shift = Shift(folder / "shift")  # type: ignore[assignment]
    for owner, name, word in _SEAMS:
        setattr(owner, name, _watched(getattr(owner, name), word, folder, crashes))


def _watched(seam: Callable[..., Any], word: str, folder: Path, crashes: list[dict[str, Any]]) -> Callable[..., Any]:
    @wraps(seam)
    def watched(*args: Any, **kwargs: Any) -> Any:
        _pass(f"before {word}", folder, crashes)
        answer = seam(*args, **kwargs)
        _pass(f"after {word}", folder, crashes)
        return answer

    return watched


def _pass(point: str, folder: Path, crashes: list[dict[str, Any]]) -> None:
    verb = _verb()
    number = _note(folder / "points" / verb, point)
    for crash in crashes:
        if (crash["verb"], crash["at"]) == (verb, number):
            _die(f"{verb} {number} {point}", crash["whom"], folder)


def _verb() -> str:
    """What this process is doing: an endpoint, a job, or a command."""
    if has_request_context():
        return str(request.endpoint)
    job = get_current_job()
    return job.func_name.rsplit(".", 1)[-1] if job else Path(sys.argv[-1]).name


def _note(file: Path, point: str) -> int:
    """The number of this passage among all processes: appending is atomic, and tells where it has written."""
    journal = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(journal, f"{point:<{_WIDTH - 1}}\n".encode())
        return os.lseek(journal, 0, os.SEEK_CUR) // _WIDTH
    finally:
        os.close(journal)


def _die(where: str, whom: str, folder: Path) -> None:
    """As by `kill -9`: alone, or together with the leader of its session; or Valkey dies and this process lives on."""
    with (folder / "crashes").open("a") as journal:
        journal.write(f"{where} ({whom})\n")
    if whom == "valkey":
        with suppress(FileNotFoundError, ProcessLookupError):  # it is down already
            os.kill(int((folder / VALKEY).read_text()), signal.SIGKILL)
        return
    if whom == "all":
        os.kill(os.getsid(0), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
