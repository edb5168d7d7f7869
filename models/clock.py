"""The one place that asks what time it is, so that history can be written and outages rehearsed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_shift: ContextVar[timedelta] = ContextVar("shift", default=timedelta(0))


def now() -> datetime:
    """The current moment in UTC, whole microseconds."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Let time in this context go on from `moment`. For rehearsals and demo history only."""
    token = _shift.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)
