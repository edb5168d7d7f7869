"""Subject and introduction of messages, where the organization has written its own."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.people import User


class MessageText(Base):
    """In place of the default, for one kind of message in one language. No row: the default."""

    __tablename__ = "message_text"
    __table_args__ = (UniqueConstraint("kind", "language"),)

    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(Text)
    edited_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    edited_at: Mapped[datetime] = mapped_column(default=now)

    edited_by: Mapped[User | None] = relationship()
