"""What the bell tells one person."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.invoice import Invoice
from models.people import User


class Notice(Base):
    """`cause` names the fact it tells of, so that a person is told of it once."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "cause"),
        Index("ix_notice_user_id_read_at_id", "user_id", "read_at", "id"),
    )

    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    cause: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))
    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    detail: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
    # When an email about it was written, or it was decided that none is.
    mailed_at: Mapped[datetime | None] = mapped_column(index=True)

    user: Mapped[User] = relationship()
    invoice: Mapped[Invoice | None] = relationship()
