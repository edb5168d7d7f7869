"""One act on many invoices, done by a worker while people go on."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Claimable
from models.clock import now
from models.invoice import Invoice
from models.people import User


class BulkRun(Claimable, Base):
    """Work to be done, an invoice at a time. `operation` is the press that asked for it."""

    __tablename__ = "bulk_run"
    __table_args__ = (CheckConstraint("kind IN ('send', 'remind', 'void')", name="kind"),)

    operation: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    asked_by_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]

    asked_by: Mapped[User] = relationship()


class BulkRunItem(Base):
    """One invoice of a run: what became of it, and why not."""

    __tablename__ = "bulk_run_item"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'refused')", name="state"),
        UniqueConstraint("run_id", "invoice_id"),
        Index("ix_bulk_run_item_run_id_state_id", "run_id", "state", "id"),
    )

    run_id: Mapped[int] = mapped_column(Key, ForeignKey("bulk_run.id"))
    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    words: Mapped[str] = mapped_column(Text, default="")

    run: Mapped[BulkRun] = relationship()
    invoice: Mapped[Invoice] = relationship()
