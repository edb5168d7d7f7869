"""What became of the invoices of a run in bulk, those alike together."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from models.bulk_run import BulkRunItem

MOST_NAMED, MOST_SENTENCES = 100, 25


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some invoices alike: the sentence, empty for what was done, how many, and the first of them."""

    words: str
    count: int
    first: list[BulkRunItem]

    @property
    def more(self) -> int:
        return self.count - len(self.first)


def outcomes(session: Session, run_id: int, state: str) -> list[Outcome]:
    """One for each sentence, the 25 commonest, these first; in two queries."""
    here = (BulkRunItem.run_id == run_id, BulkRunItem.state == state)
    counted = select(BulkRunItem.words, func.count()).where(*here).group_by(BulkRunItem.words)
    found = session.execute(counted.order_by(func.count().desc(), BulkRunItem.words).limit(MOST_SENTENCES)).all()
    said = (*here, BulkRunItem.words.in_([words for words, _ in found]))
    place = func.row_number().over(partition_by=BulkRunItem.words, order_by=BulkRunItem.id).label("place")
    placed = select(BulkRunItem.id, place).where(*said).subquery()
    query = select(BulkRunItem).join(placed, placed.c.id == BulkRunItem.id).where(placed.c.place <= MOST_NAMED)
    first = list(session.scalars(query.options(joinedload(BulkRunItem.invoice)).order_by(BulkRunItem.id)))
    return [Outcome(words, count, [item for item in first if item.words == words]) for words, count in found]


def can_be_retried(session: Session, run_id: int) -> bool:
    """Whether any of the refused invoices still stands."""
    refused = select(BulkRunItem.id).where(BulkRunItem.run_id == run_id, BulkRunItem.state == "refused")
    return session.scalars(refused.where(BulkRunItem.invoice_id.is_not(None)).limit(1)).first() is not None
