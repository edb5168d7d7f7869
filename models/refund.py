"""Refunds: money that goes back, of one payment each."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Mirrored, Operation
from models.clock import now
from models.payment import Payment
from models.people import User
from models.stripe_account import StripeAccount

REFUND_STATES = (
    "awaiting_approval",
    "requested",
    "pending",
    "requires_action",
    "succeeded",
    "failed",
    "canceled",
)
# What holds money of its payment, so that nobody gives it back a second time.
RESERVING = ("awaiting_approval", "requested", "pending", "requires_action", "succeeded")
# Asked for here; made in Stripe's own Dashboard; given back some other way and recorded by hand.
ORIGINS = ("desk", "dashboard", "manual")


class Refund(Operation, Mirrored, Base):
    """One refund, written before Stripe is called. *requested* may also mean: not confirmed yet."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("account_id", "stripe_id"),
        UniqueConstraint("operation", "payment_id"),
        CheckConstraint(f"state IN {REFUND_STATES}", name="state"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(f"origin IN {ORIGINS}", name="origin"),
        CheckConstraint("account_id IS NOT NULL OR origin = 'manual'", name="at_stripe_or_manual"),
    )

    operation: Mapped[str | None] = mapped_column(String(36))
    payment_id: Mapped[int] = mapped_column(Key, ForeignKey("payment.id"), index=True)
    # None: of an offline payment.
    account_id: Mapped[int | None] = mapped_column(Key, ForeignKey("stripe_account.id"))
    origin: Mapped[str] = mapped_column(String(12), default="desk")
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20), default="requested", index=True)
    reason: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(Text, default="")
    failure: Mapped[str | None] = mapped_column(Text)
    # Why Stripe has it pending: processing, insufficient_funds, charge_pending.
    pending_reason: Mapped[str | None] = mapped_column(String(40))
    stripe_id: Mapped[str | None] = mapped_column(String(60))
    made_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    approved_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)

    payment: Mapped[Payment] = relationship()
    account: Mapped[StripeAccount | None] = relationship()
    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])

    @property
    def state_words(self) -> str:
        """`Not confirmed yet` while we do not know whether Stripe made it."""
        if self.state == "requested":
            return "Needs attention" if self.parked_at else "Not confirmed yet" if self.called_at else "Requested"
        return self.state.replace("_", " ").capitalize()

    @property
    def reason_words(self) -> str:
        return (self.reason or "").replace("_", " ").capitalize()


def refundable_payments(session: Session, invoice_id: int) -> list[Payment]:
    """The invoice's payments that something can be refunded of, the newest first."""
    left = Payment.captured - Payment.reserved - Payment.withdrawn
    query = select(Payment).where(Payment.invoice_id == invoice_id, left > 0)
    return list(session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc())))
