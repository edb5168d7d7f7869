"""A deal of the CRM that invoices belong to."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.contact import Contact
from models.folded import Findable
from models.language import pmarked
from models.people import User
from models.written import typed_columns

# Translated where they are shown.
STAGES = (
    pmarked("opportunity", "Qualified"),
    pmarked("opportunity", "Proposal"),
    pmarked("opportunity", "Negotiation"),
    pmarked("opportunity", "Won"),
    pmarked("opportunity", "Lost"),
)


class Opportunity(Findable, Base):
    __tablename__ = "opportunity"

    name: Mapped[str] = mapped_column(String(200))
    contact_id: Mapped[int | None] = mapped_column(Key, ForeignKey("contact.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20), default=STAGES[0])
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    created_at: Mapped[datetime] = mapped_column(default=now)

    contact: Mapped[Contact | None] = relationship()
    owner: Mapped[User | None] = relationship()

    _one_line = typed_columns("name", found_by=("name",))

    def __str__(self) -> str:
        return self.name
