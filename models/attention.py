"""What staff must look at: money that fits nowhere by itself, and what went wrong with it."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, CursorResult, ForeignKey, String, Text, case, exists, or_, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.clock import now
from models.invoice import Invoice
from models.language import marked, pmarked
from models.money import Money
from models.payment import Payment
from models.people import User
from models.refund import Refund

KIND_WORDS = {
    "unmatched": marked("Unmatched payment"),
    "duplicate": marked("Paid twice"),
    "overpaid": pmarked("matter", "Overpaid"),
    "paid_void": marked("Paid although void"),
    "paid_refunded": marked("Paid although refunded"),
    "payment_failed": marked("Payment failed after processing"),
    "refund_failed": marked("Refund failed"),
    "refund_unlike": marked("Recorded refund is another at Stripe"),
    "refund_excess": marked("More given back than was taken"),
}


class Attention(Base):
    """One matter that waits for a person. `cause` names the one fact that raised it, so that it is raised once."""

    __tablename__ = "attention"

    cause: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payment.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(Key, ForeignKey("refund.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    detail: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    resolved_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    # How it ended: settled (by itself), refunded, moved, matched, dismissed.
    resolution: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(Text, default="")

    invoice: Mapped[Invoice | None] = relationship()
    payment: Mapped[Payment | None] = relationship()
    refund: Mapped[Refund | None] = relationship()
    resolved_by: Mapped[User | None] = relationship()

    @property
    def kind_words(self) -> str:
        return KIND_WORDS.get(self.kind, self.kind)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


def keep_open(
    session: Session,
    kind: str,
    cause: str,
    money: Money,
    *,
    payment_id: int,
    invoice_id: int | None,
    refund_id: int | None = None,
    detail: str = "",
) -> None:
    """Lay a matter before staff for as long as it lasts: with its present amount, and again when it comes back.

    What a person has dismissed stays dismissed, unless it has become more.
    """
    about = {"invoice_id": invoice_id, "payment_id": payment_id, "refund_id": refund_id}
    now_ = {"kind": kind, "amount": money.amount, "detail": detail}
    since = case((Attention.resolved_at.is_(None), Attention.created_at), else_=now())
    opened = {"created_at": since, "resolved_at": None, "resolved_by_id": None, "resolution": "", "reason": ""}
    insert = _insert(session, kind, cause, money, detail, about)
    counts = or_(Attention.resolution != "dismissed", insert.excluded.amount > Attention.amount)
    session.execute(insert.on_conflict_do_update(index_elements=["cause"], set_=now_ | opened, where=counts))


def _insert(session: Session, kind: str, cause: str, money: Money, detail: str, about: dict[str, int | None]) -> Any:
    values = {"cause": cause, "kind": kind, "amount": money.amount, "currency": money.currency, "detail": detail}
    return insert_or(session, Attention).values(**values, **about)


def resolve(
    session: Session, resolution: str, *which: ColumnElement[bool], by: User | None = None, why: str = ""
) -> int:
    """End those of these matters that are still open; how many there were. `by` is None for what settled by itself."""
    ended = {"resolved_at": now(), "resolved_by_id": by.id if by else None, "resolution": resolution, "reason": why}
    open_ = update(Attention).where(Attention.resolved_at.is_(None), *which)
    return cast("CursorResult[Any]", session.execute(open_.values(**ended))).rowcount


def asked_about(which: ColumnElement[bool], *kinds: str) -> ColumnElement[bool]:
    """Whether a person has such a matter before them, or has dismissed it."""
    stands = or_(Attention.resolved_at.is_(None), Attention.resolution == "dismissed")
    return exists().where(which, Attention.kind.in_(kinds), stands)


def follow(session: Session, payment: Payment) -> None:
    """The open matters of a payment go with it to its invoice."""
    mine = (Attention.resolved_at.is_(None), Attention.payment_id == payment.id)
    session.execute(update(Attention).where(*mine).values(invoice_id=payment.invoice_id))
