"""The process dies at the n-th moment that the world outside can see: around a commit, a call to Stripe, a letter."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect

from sandbox.client import InProcessClient


class Death(BaseException):
    """Nothing in the product may catch it, as nothing catches `kill -9`."""


class Reaper:
    """Counts the moments before and after each step. Who is dead does nothing more until somebody revives it."""

    def __init__(self) -> None:
        self.left = self.commits = 0
        self.is_dead = False

    def come_after(self, moments: int) -> None:
        """At the so-many-th moment from now; 0 is never."""
        self.left = moments

    def revive(self) -> None:
        self.left, self.is_dead = 0, False

    def _pass(self) -> None:
        if self.left:
            self.left -= 1
            self.is_dead = self.left == 0
        if self.is_dead:
            raise Death

    def around(self, seam: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._pass()
            answer = seam(*args, **kwargs)
            self.commits += seam.__name__ == "do_commit"
            self._pass()
            return answer

        return watched


@contextmanager
def reaping() -> Iterator[Reaper]:
    """While this lasts the reaper stands at each of the product's seams with the world."""
    reaper = Reaper()
    seams = ((DefaultDialect, "do_commit"), (InProcessClient, "request"), (smtplib.SMTP, "send_message"))
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in seams:
            patch.setattr(owner, name, reaper.around(getattr(owner, name)))
        yield reaper
