"""The child processes of `make run`. None of them outlives it.

honcho reads the Procfile and prints; its Manager is not used, because it loses children when Ctrl-C comes
while they start, and RQ's work-horses when it has to kill their worker.
"""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from demo import ROOT, Trouble

GRACE = 5.0
TICK = 0.05
SHORTEST_LIFE = 5.0


class Stopped(Exception):
    """Somebody asked us to end."""


class Child:
    """A command in a session of its own, and the thread that passes on what it prints."""

    def __init__(self, name: str, command: str, env: Mapping[str, str], show: Callable[[str], None]) -> None:
        self.name, self.command, self.started_at = name, command, time.monotonic()
        self.lines: deque[str] = deque(maxlen=100)
        self.process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=[show], daemon=True)
        self._reader.start()

    def _read(self, show: Callable[[str], None]) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.decode(errors="replace").rstrip())
            show(self.lines[-1])

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> str:
        return f"exit code {self.process.returncode}"

    def terminate(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGTERM)

    def wait_for_output(self) -> None:
        self._reader.join(timeout=1)


class Processes:
    """Children in stages; the last stage started is the first one stopped."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._stages: list[list[Child]] = []
        self._colors = get_colours()
        self._printer = Printer(sys.stdout, width=len("sandbox"))
        self._printing = threading.Lock()
        self._asked_to_stop = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # A shell's `&` and nohup ignore signals on purpose.
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)

    def start(self, commands: Mapping[str, str]) -> None:
        self._stages.append([])
        for name, command in commands.items():
            self._stages[-1].append(self._child(name, command))

    def finish(self, name: str, command: str, *, quiet: bool = False) -> str:
        """Run one step to its end and return the last lines that it printed."""
        step = self._child(name, command, quiet=quiet)
        self._stages.append([step])
        while not step.has_ended():
            self.pause(besides=step)
        self._stages.pop()
        _kill_sessions([step])
        step.wait_for_output()
        if step.process.returncode:
            raise Trouble("\n".join([*(step.lines if quiet else ()), f"This step failed: {command}"]))
        return "\n".join(step.lines)

    def pause(self, besides: Child | None = None) -> None:
        """Wait a moment; a signal or the death of a child ends the waiting."""
        self._wait()
        for child in self._children():
            if child is not besides and child.has_ended():
                raise Trouble(f"{child.name} ended by itself ({child.end()}), so everything is stopped.")

    def keep_alive(self) -> None:
        """Wait a moment; a child that has died is started again, unless it could not even begin."""
        self._wait()
        for stage in self._stages:
            for number, child in enumerate(stage):
                if not child.has_ended():
                    continue
                if time.monotonic() - child.started_at < SHORTEST_LIFE:
                    raise Trouble(f"{child.name} ends at once ({child.end()}), so everything is stopped.")
                self.say(f"{child.name} ended by itself ({child.end()}); starting it again.")
                _kill_sessions([child])
                stage[number] = self._child(child.name, child.command)

    def _wait(self) -> None:
        time.sleep(TICK)
        if self._asked_to_stop or _nobody_reads():
            raise Stopped

    def stop(self) -> None:
        children = self._children()
        while self._stages:
            stage = self._stages.pop()
            for child in stage:
                child.terminate()
            deadline = time.monotonic() + GRACE
            while time.monotonic() < deadline and not all(child.has_ended() for child in stage):
                time.sleep(TICK)
            _kill_sessions(stage)
        for child in children:
            child.wait_for_output()

    def say(self, text: str) -> None:
        self._print(lambda: print(text, flush=True))

    def _child(self, name: str, command: str, *, quiet: bool = False) -> Child:
        color = next(self._colors)

        def show(line: str) -> None:
            if not quiet:
                message = Message("line", line, datetime.now().astimezone(), name, color)
                self._print(lambda: self._printer.write(message))

        return Child(name, command, self._env, show)

    def _print(self, write: Callable[[], None]) -> None:
        with self._printing:
            try:
                write()
            except OSError:
                # The terminal or the pipe is gone: go on in silence, to the end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self._asked_to_stop = True

    def _children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop = True


def _nobody_reads() -> bool:
    """Whether our terminal was closed; the signal for that reaches `make` alone when no shell is between."""
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in output.poll(0))


def _kill_sessions(children: Iterable[Child]) -> None:
    """Kill what is left of them: it may have lost its parent and left its group, but not its session."""
    sessions = {child.process.pid for child in children}
    for _ in range(5):
        left = [pid for pid in _all_pids() if _session(pid) in sessions]
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            break
        time.sleep(TICK)
    for child in children:
        child.process.wait()


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
