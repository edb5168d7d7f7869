"""Invoice numbers: one series a year, without gaps and without twins."""

from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, insert_or


class NumberSeries(Base):
    """The last invoice number of a year; its row is locked while a number is taken, so there are no gaps."""

    __tablename__ = "number_series"

    year: Mapped[int] = mapped_column(unique=True)
    last: Mapped[int]


def next_number(session: Session, year: int) -> str:
    insert = insert_or(session, NumberSeries).values(year=year, last=1)
    counted = insert.on_conflict_do_update(index_elements=["year"], set_={"last": NumberSeries.last + 1})
    return f"{year}-{session.execute(counted.returning(NumberSeries.last)).scalar_one():04d}"
