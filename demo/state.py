"""What a start leaves in `instance/`, who may touch it, and how to begin anew."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from demo import INSTANCE, Trouble

# There from the first moment of a first start to its last: a half-filled database is not worth keeping.
SETTING_UP = INSTANCE / "setting-up"
MADE_BY_A_START = (
    "paydesk.db",
    "paydesk.db-wal",
    "paydesk.db-shm",
    "valkey",
    "sandbox",
    "demo-sign-ins.json",
    SETTING_UP.name,
)


@contextmanager
def held_alone() -> Iterator[None]:
    """Two starts at once would share a database, a queue and a sandbox."""
    with (INSTANCE / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble("Paydesk is running from this folder already; stop it first, with Ctrl-C.") from None
        yield


def wipe() -> None:
    for name in MADE_BY_A_START:
        path = INSTANCE / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
