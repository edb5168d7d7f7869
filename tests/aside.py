"""Beside the browser, whose loop runs in the thread of its test: Flask can end no request there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Made = TypeVar("Made")


def aside(make: Callable[[], Made]) -> Made:
    """What that makes, in a thread of its own, with the session of this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(copy_context().run, make).result()
