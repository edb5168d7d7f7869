"""What staff tell each other about an invoice."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.people import User


class InvoiceNote(Base):
    """Customers never see it. Like all history it is only added to."""

    __tablename__ = "invoice_note"

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    made_by_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    made_by: Mapped[User] = relationship()
