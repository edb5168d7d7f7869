"""Numbers of documents: one series a kind and year, without gaps and without twins."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, insert_or

PREFIXES = {"invoice": "", "credit_note": "CN-"}


class NumberSeries(Base):
    """The last number of a kind and year; its row is locked while a number is taken, so there are no gaps."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("kind", "year"),)

    kind: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    last: Mapped[int]


def next_number(session: Session, kind: str, year: int) -> str:
    """`2026-0001` for invoices, `CN-2026-0001` for credit notes."""
    insert = insert_or(session, NumberSeries).values(kind=kind, year=year, last=1)
    counted = insert.on_conflict_do_update(index_elements=["kind", "year"], set_={"last": NumberSeries.last + 1})
    return document_number(kind, year, session.execute(counted.returning(NumberSeries.last)).scalar_one())


def document_number(kind: str, year: int, count: int) -> str:
    """The number of the n-th document of a kind in a year, n being `count`."""
    return f"{PREFIXES[kind]}{year}-{count:04d}"
