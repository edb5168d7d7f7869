"""Waiting for what other processes do."""

import time
from collections.abc import Callable

PATIENCE = 150.0


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
