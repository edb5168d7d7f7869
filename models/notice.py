"""What the bell tells one person: news of the invoices that they own."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.clock import now
from models.invoice import Invoice
from models.language import gettext, marked
from models.money import Money
from models.people import User, can

# Entries of the timeline that are news to the owner of the invoice, and how the bell says them.
NEWS = {
    "payment_received": marked("Payment received"),
    "payment_matched": marked("Payment matched"),
    "payment_moved_here": marked("Payment moved here"),
    "payment_failed": marked("Payment failed"),
    "refund_failed": marked("Refund failed"),
    "mail_failed": marked("Email could not be delivered"),
    "copy_failed": marked("Copy could not be delivered"),
}


class Notice(Base):
    """`cause` names the fact it tells of, so that a person is told of it once."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "cause"),
        Index("ix_notice_user_id_read_at_id", "user_id", "read_at", "id"),
        Index("ix_notice_user_id_id", "user_id", "id"),
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

    @property
    def words(self) -> str:
        return NEWS.get(self.kind, self.kind)

    @property
    def money(self) -> Money | None:
        return None if self.amount is None or self.currency is None else Money(self.amount, self.currency)

    @property
    def customer(self) -> str:
        return str(self.invoice.contact) if self.invoice and self.invoice.contact else ""

    def __str__(self) -> str:
        words = gettext(self.words)
        return gettext("%(news)s: %(invoice)s", news=words, invoice=self.invoice.title) if self.invoice else words


def notify(
    session: Session,
    kind: str,
    cause: str,
    invoice_id: int | None,
    *,
    by_id: int | None,
    money: Money | None,
    detail: str,
) -> None:
    """The owner of the invoice hears of it, once: not of what they did themselves, nor of what they may not see."""
    query = select(User).join(Invoice, Invoice.owner_id == User.id).where(Invoice.id == invoice_id)
    owner = session.scalars(query).one_or_none()
    if owner is None or owner.id == by_id or not can(owner, "invoices.view"):
        return
    values = {
        "user_id": owner.id,
        "cause": cause,
        "kind": kind,
        "invoice_id": invoice_id,
        "amount": money.amount if money else None,
        "currency": money.currency if money else None,
        "detail": detail[:500],
        "created_at": now(),
        "mailed_at": now() if owner.news_by_mail == "never" else None,
    }
    insert = insert_or(session, Notice).values(**values)
    session.execute(insert.on_conflict_do_nothing(index_elements=["user_id", "cause"]))


def count_unread(session: Session, user_id: int) -> int:
    """How many things this person has not been shown yet."""
    mine = (Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(Notice).where(*mine)) or 0


def latest(session: Session, user_id: int, most: int) -> list[Notice]:
    """The newest of what this person was told, read or not, each with its invoice and customer."""
    loaded = select(Notice).options(joinedload(Notice.invoice).joinedload(Invoice.contact))
    return list(session.scalars(loaded.where(Notice.user_id == user_id).order_by(Notice.id.desc()).limit(most)))


def told_in(session: Session, ids: Sequence[int]) -> list[Notice]:
    """These notices, the oldest first, each with its invoice and customer."""
    loaded = select(Notice).options(joinedload(Notice.invoice).joinedload(Invoice.contact))
    return list(session.scalars(loaded.where(Notice.id.in_(ids)).order_by(Notice.id)))


def mark_read(session: Session, user_id: int, *ids: int) -> None:
    """These of the person's notices are read now; all of them when none is named."""
    unread = update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    session.execute((unread.where(Notice.id.in_(ids)) if ids else unread).values(read_at=now()))


def last_read(session: Session, user_id: int) -> int:
    """A number that grows whenever this person has read something."""
    at = session.scalar(select(func.max(Notice.read_at)).where(Notice.user_id == user_id))
    return int(at.timestamp() * 1000) if at else 0
