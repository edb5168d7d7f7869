"""A long list as a file: written by a worker while people go on, and kept for some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint, insert, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.claimable import Claimable
from models.clock import now
from models.language import gettext, pmarked
from models.people import User
from models.refusal import Conflict

KEPT = timedelta(days=7)
# So many rows are written in one step.
PORTION = 1000


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

    def take(self, session: Session, ids: Sequence[int]) -> None:
        """Its rows, in the order in which they are written."""
        starts = range(0, len(ids), PORTION)
        parts = [
            {"export_id": self.id, "place": place, "ids": list(ids[start : start + PORTION])}
            for place, start in enumerate(starts)
        ]
        session.execute(insert(ExportPart), parts)
        self.total = len(ids)

    def refuse_other(self, by: User, sheet: str, asked: dict[str, Any]) -> None:
        """A press that finds this export asks for the same. Refuses another person, list, search or filter."""
        if (by.id, sheet, asked) != (self.asked_by_id, self.sheet, self.asked):
            raise Conflict(gettext("Something else was exported from this page before: load it again, and press once."))

    def next_part(self, session: Session) -> "ExportPart | None":
        """The first that is not written yet."""
        waiting = select(ExportPart).where(ExportPart.export_id == self.id, ExportPart.text.is_(None))
        return session.scalars(waiting.order_by(ExportPart.place).limit(1)).one_or_none()

    def note(self, part: "ExportPart", text: str) -> None:
        """What stands in the file for these rows."""
        part.text, self.last_error = text, None
        self.ready += len(part.ids)
        self.size += len(text.encode())

    @property
    def parts(self) -> int:
        """In how many portions it is written."""
        return -(-self.total // PORTION)

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


def export_under_way(session: Session, user_id: int) -> Export | None:
    """The newest that this person has asked for and that is not written yet, stopped ones included."""
    undone = or_(Export.due_at.is_not(None), Export.parked_at.is_not(None))
    mine = select(Export).where(Export.asked_by_id == user_id, undone)
    return session.scalars(mine.order_by(Export.id.desc()).limit(1)).one_or_none()
