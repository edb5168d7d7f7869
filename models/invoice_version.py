"""What the customer was shown of an invoice, version by version."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.money import Money
from models.people import User

if TYPE_CHECKING:
    from models.invoice import Invoice


class InvoiceVersion(Base):
    """Frozen; the pay page reads this and not the lines."""

    __tablename__ = "invoice_version"
    __table_args__ = (UniqueConstraint("invoice_id", "version"),)

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"))
    version: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))

    invoice: Mapped["Invoice"] = relationship()
    made_by: Mapped[User | None] = relationship()

    @property
    def money(self) -> Money:
        return Money(self.total, self.content["currency"])

    @property
    def issue_date(self) -> date | None:
        return _day(self.content.get("issue_date"))

    @property
    def due_date(self) -> date | None:
        return _day(self.content.get("due_date"))


def present_version(session: Session, invoice: "Invoice") -> InvoiceVersion | None:
    """What its customer is shown now; None while it is a draft."""
    where = (InvoiceVersion.invoice_id == invoice.id, InvoiceVersion.version == invoice.version)
    return session.scalars(select(InvoiceVersion).where(*where)).one_or_none()


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
