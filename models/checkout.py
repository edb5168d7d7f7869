"""Checkouts: the intention to pay, which Stripe makes a session of."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    exists,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Mirrored, Operation
from models.clock import now
from models.invoice import Invoice
from models.money import Money
from models.payment import Payment
from models.refusal import Refused
from models.stripe_account import StripeAccount

UNSETTLED = ("creating", "open")
# The statuses of Stripe's sessions.
AT_STRIPE = ("open", "complete", "expired")
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
        """Take over what a look at Stripe's session has shown; a state that we do not know leaves ours as it was."""
        if state in AT_STRIPE or self.state == "creating":
            self.state = state if state in AT_STRIPE else "open"
        self.stripe_id, self.url, self.looked_at = stripe_id, url, looked_at
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
