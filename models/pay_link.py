"""The customer's way to an invoice."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Encrypted, Key
from models.clock import now
from models.invoice import Invoice


class PayLink(Base):
    """The customer's way to the pay page. Looked up by hash; the copy shown to staff is encrypted."""

    __tablename__ = "pay_link"

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str] = mapped_column(Encrypted)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]

    invoice: Mapped[Invoice] = relationship()
