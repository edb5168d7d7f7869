"""What an invariant is: a sentence that is always true of the books, and the query that finds what breaks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

# Each row that is not as it must be, and what is wrong with it.
Rows = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Broken:
    """One row that breaks one invariant."""

    invariant: str
    row: str
    detail: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """`breaks` runs a number of queries that does not grow with the books."""

    name: str
    sentence: str
    breaks: Callable[[Session], Rows]

    def broken(self, session: Session) -> list[Broken]:
        return [Broken(self.name, row, detail) for row, detail in self.breaks(session)]
