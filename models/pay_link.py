"""The customer's way to an invoice."""

import re
from datetime import date, datetime

from flask import current_app
from sqlalchemy import Date, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Encrypted, Key
from models.clock import now
from models.invoice import Invoice
from models.language import gettext
from models.refusal import Conflict

# What follows in an address whose holder sees the invoice: the token, and what lies below it.
_HELD = re.compile(r"(?<=/pay/)[^\s\"'<>]+")


class PayLink(Base):
    """The customer's way to the pay page. Looked up by hash; the copy shown to staff is encrypted."""

    __tablename__ = "pay_link"
    __table_args__ = (
        Index(
            "uq_pay_link_invoice_id",
            "invoice_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(
            "ix_pay_link_opened_at",
            "opened_at",
            sqlite_where=text("opened_at IS NOT NULL"),
            postgresql_where=text("opened_at IS NOT NULL"),
        ),
    )

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str] = mapped_column(Encrypted)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    # The one that was made in its place; None where it was only taken back.
    replaced_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("pay_link.id"))
    # It was opened, and nobody has judged yet whether by a person; and the last day of which that was judged.
    opened_at: Mapped[datetime | None]
    noted_on: Mapped[date | None] = mapped_column(Date)

    invoice: Mapped[Invoice] = relationship()

    @property
    def url(self) -> str:
        """Where its customer finds the invoice."""
        return f"{current_app.config['PUBLIC_URL']}/pay/{self.token}"


def present_link(session: Session, invoice_id: int) -> PayLink | None:
    """The one that is valid now; none of a draft, and none once it was taken back."""
    valid = (PayLink.invoice_id == invoice_id, PayLink.revoked_at.is_(None))
    return session.scalars(select(PayLink).where(*valid)).one_or_none()


def link_pressed(session: Session, invoice_id: int, link_id: int | None) -> PayLink | None:
    """The one that is valid now. Conflict when the customer pressed on another one, which ended meanwhile."""
    link = present_link(session, invoice_id)
    if link_id and link_id != (link and link.id):
        raise Conflict(gettext("This link was replaced or taken back a moment ago."))
    return link


def pay_url(session: Session, invoice_id: int | None) -> str | None:
    """Where the customer of this invoice finds it now, or None when it has no valid link."""
    link = present_link(session, invoice_id) if invoice_id else None
    return link.url if link else None


def without_links(text: str) -> str:
    """A message, as HTML or as text, in which no address leads to its customer's page or to anything below it."""
    return _HELD.sub("…", text)
