"""The first rows of a query, and how many it has beyond these: a list that is cut off says so."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Newest(Generic[Row]):
    """`more` is how many are not among the rows."""

    rows: list[Row]
    more: int


def newest(session: Session, query: Select[Row], most: int | None) -> Newest[Row]:
    """So many rows at most, in the order of the query; None: all of them. Only what is cut off is counted."""
    rows = list(session.scalars(query.limit(None if most is None else most + 1)))
    if most is None or len(rows) <= most:
        return Newest(rows, 0)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return Newest(rows[:most], max(1, total - most))
