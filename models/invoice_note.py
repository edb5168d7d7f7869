"""What staff tell each other about an invoice."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.language import gettext
from models.people import User
from models.refusal import Refused
from models.written import written

LONGEST = 5000
# Beyond so many letters or lines a page shows the beginning of it first.
LETTERS, LINES = 600, 8


class InvoiceNote(Base):
    """Customers never see it. It is never changed, and goes only with its draft."""

    __tablename__ = "invoice_note"

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    made_by_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    made_by: Mapped[User] = relationship()

    @property
    def is_long(self) -> bool:
        """Whether a page folds it."""
        return len(self.text) > LETTERS or self.text.count("\n") >= LINES


def note_written(text: str) -> str:
    """What somebody wrote, as it is kept. Refuses an empty note and one that is too long."""
    words = written(text.replace("\0", "").replace("\r\n", "\n"))  # PostgreSQL keeps no NUL
    if not words:
        raise Refused(gettext("Write the note first."))
    if len(words) > LONGEST:
        raise Refused(gettext("A note has at most %(most)s characters.", most=LONGEST))
    return words
