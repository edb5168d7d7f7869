"""Reminders that go out by themselves: which were decided, so that each is decided once."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.invoice import Invoice
from models.mail import Mail


class Reminder(Base):
    """One step before, on or after a due date. `why` is a word of the reason why a skipped one was not sent."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("invoice_id", "due_date", "days"),
        CheckConstraint("outcome IN ('sent', 'skipped')", name="outcome"),
    )

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"))
    due_date: Mapped[date] = mapped_column(Date)
    # After the due date; -3 is three days before it.
    days: Mapped[int]
    decided_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(40), default="")
    mail_id: Mapped[int | None] = mapped_column(Key, ForeignKey("mail.id"))

    invoice: Mapped[Invoice] = relationship()
    mail: Mapped[Mail | None] = relationship()
