"""The first rows of a query, and how many it has beyond these: a list that is cut off says so."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Newest(Generic[Row]):
    """`more` is how many are not among the rows."""

    rows: list[Row]
    more: int


def newest(session: Session, query: Select[tuple[Row]], most: int | None) -> Newest[Row]:
    """So many rows at most, in the order of the query; None: all of them. One query."""
    found = session.execute(query.add_columns(func.count().over()).limit(most)).all()
    return Newest([row[0] for row in found], found[0][1] - len(found) if found else 0)
