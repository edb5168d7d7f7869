"""A long list as a file: written by a worker while people go on, and kept for some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    and_,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.claimable import Claimable
from models.clock import now
from models.language import gettext, pmarked
from models.people import User, can
from models.refusal import Conflict

KEPT = timedelta(days=7)
# So many rows are written in one step.
PORTION = 1000
# What one must be allowed to see to have a file of a list, by the name of its sheet.
SEEN_WITH = {
    "invoice": "invoices.view",
    "contact": "contacts.view",
    "opportunity": "contacts.view",
    "attention": "payments.view",
    "message": "invoices.view",
    "event": "webhooks.view",
    "reconciliation": "webhooks.view",
    "people": "exports",  # everybody sees who is here
    "payment": "payments.view",
    "refund": "payments.view",
    "dispute": "disputes.view",
    "credit_note": "payments.view",
    "payout": "payments.view",
}


class StillWritten(Conflict):
    """A file of the same list is under way for the same person."""

    def __init__(self, export: "Export") -> None:
        said = gettext(
            "A file of this list is being written for you already: %(progress)s. Wait until it is ready, or delete it.",
            progress=export.headline,
        )
        super().__init__(said)
        self.export_id = export.id


class Export(Claimable, Base):
    """The rows that a list showed when somebody asked for them. `operation` is the press that asked."""

    __tablename__ = "export"

    operation: Mapped[str] = mapped_column(String(36), unique=True)
    # The name of its sheet.
    sheet: Mapped[str] = mapped_column(String(30))
    asked_by_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    # The list's search and filters, as its address said them.
    asked: Mapped[dict[str, Any]]
    # The organization's clock and the reader's language, as they were.
    zone: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(20))
    total: Mapped[int] = mapped_column(default=0)
    ready: Mapped[int] = mapped_column(default=0)
    # In bytes, so far.
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]

    asked_by: Mapped[User] = relationship()

    @classmethod
    def begun(cls, session: Session, operation: str, by: User, **about: Any) -> tuple[int, bool]:
        """The export that this press asks for, and whether it is a new one."""
        values = about | {"operation": operation, "asked_by_id": by.id, "due_at": now()}
        new = insert_or(session, cls).values(**values).on_conflict_do_nothing(index_elements=["operation"])
        made = session.scalar(new.returning(cls.id))
        return made or session.scalars(select(cls.id).where(cls.operation == operation)).one(), bool(made)

    @classmethod
    def kept(cls) -> ColumnElement[bool]:
        """The rule for those that are there: neither deleted nor too old, though some of their parts may still be."""
        return cls.created_at > now() - KEPT

    def take(self, session: Session, portions: "Sequence[Portion]") -> None:
        """Its rows, in the order in which they are written."""
        session.execute(insert(ExportPart), [portion | {"export_id": self.id} for portion in portions])
        self.total = sum(len(portion["ids"]) for portion in portions)

    def refuse_second(self, session: Session) -> None:
        """One file of a list at a time is written for each person."""
        same = (Export.sheet == self.sheet, Export.asked_by_id == self.asked_by_id, Export.id != self.id)
        query = select(Export).where(*same, Export.due_at.is_not(None), Export.kept())
        if other := session.scalars(query.limit(1)).one_or_none():
            raise StillWritten(other)

    def refuse_other(self, by: User, sheet: str, asked: dict[str, Any]) -> None:
        """A press that finds this export asks for the same. Refuses another person, list, search or filter.

        One that was deleted is not written again.
        """
        if self.is_gone:
            raise Conflict(
                gettext("What was exported from this page before was deleted: load the page again, and press once.")
            )
        if (by.id, sheet, asked) != (self.asked_by_id, self.sheet, self.asked):
            raise Conflict(gettext("Something else was exported from this page before: load it again, and press once."))

    def next_part(self, session: Session) -> "ExportPart | None":
        """The first that is not written yet."""
        waiting = select(ExportPart).where(ExportPart.export_id == self.id, ExportPart.text.is_(None))
        return session.scalars(waiting.order_by(ExportPart.place).limit(1)).one_or_none()

    def note(self, part: "ExportPart", text: str, lines: int) -> None:
        """What stands in the file for these rows, of which so many were still there."""
        part.text, self.last_error = text, None
        self.ready += lines
        self.size += len(text.encode())

    @property
    def parts(self) -> int:
        """In how many portions it is written; without rows there is one too, which has the heads."""
        return -(-self.total // PORTION) or 1

    @property
    def missing(self) -> int:
        """Of a finished one: how many rows were deleted before they were written."""
        return self.total - self.ready if self.finished_at else 0

    @property
    def why_no_retry(self) -> str:
        """A sentence when who asked for it may not have it any more: another try would only be given up, too."""
        if all(can(self.asked_by, permission) for permission in ("exports", SEEN_WITH[self.sheet])):
            return ""
        return gettext(
            "%(person)s, who asked for it, may no longer export this list: nothing more of it is written.",
            person=self.asked_by,
        )

    @property
    def is_gone(self) -> bool:
        """Deleted, or too old: nobody sees it any more, and its parts go bit by bit."""
        return self.created_at <= now() - KEPT

    def go(self) -> None:
        """It is as old as one that is not kept any longer, and nobody goes on with it."""
        self.created_at = min(self.created_at, now() - KEPT)
        self.finished_at = self.finished_at or now()
        self.due_at = self.parked_at = self.claim_token = self.claimed_until = None

    @property
    def is_running(self) -> bool:
        """Neither finished nor given up."""
        return self.finished_at is None and self.parked_at is None

    @property
    def headline(self) -> str:
        """`12,000 of 100,000 rows`."""
        return gettext("%(ready)s of %(total)s rows", ready=self.ready, total=self.total)

    @property
    def state(self) -> str:
        if self.finished_at:
            return pmarked("export", "Ready")
        return pmarked("export", "Stopped") if self.parked_at else pmarked("export", "Under way")

    @property
    def file_name(self) -> str:
        """With the day on which it was asked for."""
        return f"{self.sheet}-{self.created_at.astimezone(ZoneInfo(self.zone)).date()}.csv"

    @property
    def gone_at(self) -> datetime:
        """When it is not kept any longer."""
        return self.created_at + KEPT

    def __str__(self) -> str:
        return self.file_name


class ExportPart(Base):
    """A portion of the rows, by their ids, and what stands in the file for them as soon as it is written."""

    __tablename__ = "export_part"
    __table_args__ = (UniqueConstraint("export_id", "place"),)

    export_id: Mapped[int] = mapped_column(Key, ForeignKey("export.id", ondelete="CASCADE"))
    place: Mapped[int]
    ids: Mapped[list[int]] = mapped_column(JSON)
    text: Mapped[str | None] = mapped_column(Text)


class Portion(TypedDict):
    """What a part is before its export has an id."""

    place: int
    ids: list[int]


def in_portions(ids: Sequence[int]) -> list[Portion]:
    starts = range(0, max(len(ids), 1), PORTION)
    return [Portion(place=place, ids=list(ids[start : start + PORTION])) for place, start in enumerate(starts)]


def export_under_way(session: Session, user_id: int) -> Export | None:
    """The newest that this person has asked for and that is not written yet, stopped ones included."""
    undone = and_(or_(Export.due_at.is_not(None), Export.parked_at.is_not(None)), Export.kept())
    mine = select(Export).where(Export.asked_by_id == user_id, undone)
    return session.scalars(mine.order_by(Export.id.desc()).limit(1)).one_or_none()
