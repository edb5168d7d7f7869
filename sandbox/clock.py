from __future__ import annotations

import time

from sandbox.store import Store


class Clock:
    """The world's time. Moved, it stands still until it is moved again or let go with `set(None)`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        saved = store.setting("clock")
        self._moved = None if saved is None else int(saved)

    @property
    def moved(self) -> int | None:
        return self._moved

    def now(self) -> int:
        return int(time.time()) if self._moved is None else self._moved

    def set(self, epoch: int | None) -> None:
        self._moved = epoch
        self._store.set_setting("clock", None if epoch is None else str(epoch))

    def advance(self, seconds: int) -> None:
        self.set(self.now() + seconds)
