"""Credit notes: a numbered document for each refund."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.invoice import Invoice
from models.refund import Refund


class CreditNote(Base):
    """What the customer was given back, as a document with a number of its own; canceled when the refund failed."""

    __tablename__ = "credit_note"

    number: Mapped[str] = mapped_column(String(20), unique=True)
    refund_id: Mapped[int] = mapped_column(Key, ForeignKey("refund.id"), unique=True)
    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    content: Mapped[dict[str, Any]]
    issue_date: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    canceled_at: Mapped[datetime | None]

    refund: Mapped[Refund] = relationship()
    invoice: Mapped[Invoice] = relationship()

    def __str__(self) -> str:
        return f"Credit note {self.number}"
