"""Money that came in and went back: checkouts (intentions), payments and refunds (facts)."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    CursorResult,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, Minor
from models.claimable import Mirrored, Operation
from models.clock import now
from models.invoice import Invoice
from models.money import Money
from models.people import User
from models.refusal import Refused
from models.stripe_account import StripeAccount

UNSETTLED = ("creating", "open")
REFUND_STATES = ("requested", "pending", "requires_action", "succeeded", "failed", "canceled")
RESERVING = ("requested", "pending", "requires_action", "succeeded")
_OPEN = text("state IN ('creating', 'open')")


class Checkout(Operation, Mirrored, Base):
    """One Stripe Checkout Session: written before Stripe is called. At most one is open for an invoice."""

    __tablename__ = "checkout"
    __table_args__ = (
        CheckConstraint("state IN ('creating', 'open', 'complete', 'expired', 'failed')", name="state"),
        Index("uq_checkout_open", "invoice_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        UniqueConstraint("account_id", "stripe_id"),
    )

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    invoice_version: Mapped[int]
    account_id: Mapped[int] = mapped_column(Key, ForeignKey("stripe_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default="creating")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stripe_id: Mapped[str | None] = mapped_column(String(120))
    url: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime]

    invoice: Mapped[Invoice] = relationship()
    account: Mapped[StripeAccount] = relationship()

    def apply(self, stripe_id: str, state: str, url: str | None, looked_at: datetime) -> None:
        """Take over what a look at Stripe's session has shown."""
        self.stripe_id, self.state, self.url, self.looked_at = stripe_id, state, url, looked_at
        self.uncertain = False

    @classmethod
    def may_bring_money(cls) -> ColumnElement[bool]:
        """It is open, or was completed and its payment is not home yet."""
        unrecorded = and_(cls.state == "complete", ~exists().where(Payment.checkout_id == cls.id))
        return or_(cls.state.in_(UNSETTLED), unrecorded)

    def has_run_out(self) -> bool:
        """Its time is over: Stripe's session of it, if there was one, takes no payment any more."""
        return self.expires_at < now()

    def fits(self, invoice: Invoice, account: StripeAccount, amount: int) -> bool:
        """Whether a second press may use this checkout: same amount, version, currency and account."""
        mine = (self.amount, self.invoice_version, self.currency, self.account_id)
        return mine == (amount, invoice.version, invoice.currency, account.id)


class Payment(Mirrored, Base):
    """One payment. `reserved` is what refunds hold of it, `withdrawn` what disputes have taken."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("account_id", "payment_intent_id"),
        CheckConstraint("status IN ('processing', 'succeeded', 'failed', 'canceled')", name="status"),
        CheckConstraint("amount > 0 AND captured >= 0 AND reserved >= 0 AND refunded >= 0", name="amounts"),
        CheckConstraint("(invoice_id IS NULL) = (problem IS NOT NULL)", name="matched_or_explained"),
    )

    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    checkout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("checkout.id"), index=True)
    account_id: Mapped[int] = mapped_column(Key, ForeignKey("stripe_account.id"))
    payment_intent_id: Mapped[str] = mapped_column(String(60))
    charge_id: Mapped[str | None] = mapped_column(String(60), index=True)
    status: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    captured: Mapped[Minor]
    reserved: Mapped[Minor]
    refunded: Mapped[Minor]
    withdrawn: Mapped[Minor]
    fee: Mapped[int | None] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(60), default="")
    failure: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    paid_at: Mapped[datetime] = mapped_column(index=True)

    invoice: Mapped[Invoice | None] = relationship()
    checkout: Mapped[Checkout | None] = relationship()
    account: Mapped[StripeAccount] = relationship()

    @property
    def status_words(self) -> str:
        """What became of it: `Refunded` once all of it went back."""
        if self.status == "succeeded" and self.refunded:
            return "Refunded" if self.refunded >= self.captured else "Partially refunded"
        return self.status.capitalize()

    def refundable(self) -> Money:
        return Money(max(0, self.captured - self.reserved - self.withdrawn), self.currency)

    def reserve(self, session: Session, amount: int) -> bool:
        """Set this much aside for a refund, or False. Compare-and-set: twenty presses take it once."""
        left = Payment.captured - Payment.reserved - Payment.withdrawn
        statement = update(Payment).where(Payment.id == self.id, left >= amount)
        result = session.execute(statement.values(reserved=Payment.reserved + amount))
        return cast("CursorResult[Any]", result).rowcount == 1

    def recount(self, session: Session) -> None:
        """Take `reserved` and `refunded` from the refunds themselves. The payment's row must be locked."""
        session.flush()
        query = select(Refund.state, func.sum(Refund.amount)).where(Refund.payment_id == self.id)
        sums = dict(session.execute(query.group_by(Refund.state)).all())
        self.reserved = sum(int(sums.get(state, 0)) for state in RESERVING)
        self.refunded = int(sums.get("succeeded", 0))


class Refund(Operation, Mirrored, Base):
    """One refund, written before Stripe is called. *requested* may also mean: not confirmed yet."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("account_id", "stripe_id"),
        UniqueConstraint("operation", "payment_id"),
        CheckConstraint(f"state IN {REFUND_STATES}", name="state"),
        CheckConstraint("amount > 0", name="amount"),
    )

    operation: Mapped[str | None] = mapped_column(String(36))
    payment_id: Mapped[int] = mapped_column(Key, ForeignKey("payment.id"), index=True)
    account_id: Mapped[int] = mapped_column(Key, ForeignKey("stripe_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20), default="requested", index=True)
    reason: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(Text, default="")
    failure: Mapped[str | None] = mapped_column(Text)
    stripe_id: Mapped[str | None] = mapped_column(String(60))
    made_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)

    payment: Mapped[Payment] = relationship()
    account: Mapped[StripeAccount] = relationship()
    made_by: Mapped[User | None] = relationship()

    @property
    def state_words(self) -> str:
        """`Not confirmed yet` while we do not know whether Stripe made it."""
        if self.state == "requested":
            return "Needs attention" if self.parked_at else "Not confirmed yet" if self.called_at else "Requested"
        return self.state.replace("_", " ").capitalize()

    @property
    def reason_words(self) -> str:
        return (self.reason or "").replace("_", " ").capitalize()


def payment_of(session: Session, account: str, payment_intent_id: str | None) -> Payment | None:
    """The payment that mirrors this intent of this account, both named by Stripe's ids."""
    query = select(Payment).join(Payment.account).where(StripeAccount.stripe_id == account)
    return session.scalars(query.where(Payment.payment_intent_id == payment_intent_id)).one_or_none()


def refundable_payments(session: Session, invoice_id: int) -> list[Payment]:
    """The invoice's payments that something can be refunded of, the newest first."""
    left = Payment.captured - Payment.reserved - Payment.withdrawn
    query = select(Payment).where(Payment.invoice_id == invoice_id, left > 0)
    return list(session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc())))


def part_of(invoice: Invoice, amount: Money | None) -> Money:
    """What is paid now: all that is due, or the part asked for. Refuses a part that is not allowed."""
    due = invoice.due()
    part = amount or due
    if part.currency != due.currency:
        raise Refused(f"This invoice is paid in {due.currency}.")
    if part != due and not invoice.partial_payments:
        raise Refused(f"This invoice is paid in full: {due}.")
    if part.amount > due.amount:
        raise Refused(f"Only {due} is due.")
    left = due.amount - part.amount
    if left and left < Money.smallest_charge(due.currency).amount:
        raise Refused(f"Please pay all of {due}: what would be left is too small to be paid online.")
    part.refuse_unchargeable()
    return part
