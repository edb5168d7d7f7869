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
from models.language import gettext, marked
from models.payment import Payment
from models.stripe_account import StripeAccount

UNSETTLED = ("creating", "open")
# The statuses of Stripe's sessions.
AT_STRIPE = ("open", "complete", "expired")
# Translated where it is said, as what Stripe has refused is kept in English.
NOT_AVAILABLE = marked("Online payment is not available for this invoice right now.")
# What customers are told about amounts that only Stripe knows to be impossible, by Stripe's codes: a charge must
# also be large enough in the currency that the account is paid out in.
IMPOSSIBLE_AMOUNTS = {
    "amount_too_small": marked("This amount is too small to be charged online in this currency."),
    "amount_too_large": marked("This amount is too large to be charged online in one payment."),
}
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
        return or_(cls.state.in_(UNSETTLED), cls._is_unrecorded())

    @classmethod
    def is_unheard(cls) -> ColumnElement[bool]:
        """It was completed, and its account lets us in no more: perhaps nobody will tell us of its payment."""
        lost = exists().where(StripeAccount.id == cls.account_id, StripeAccount.is_out_of_reach)
        return and_(cls._is_unrecorded(), lost)

    @classmethod
    def _is_unrecorded(cls) -> ColumnElement[bool]:
        return and_(cls.state == "complete", ~exists().where(Payment.checkout_id == cls.id))

    @property
    def why_failed(self) -> str:
        """What the customer is told of a checkout that Stripe has refused to make."""
        known = self.last_error in IMPOSSIBLE_AMOUNTS.values()
        return gettext(self.last_error if known and self.last_error else NOT_AVAILABLE)

    @property
    def is_parked(self) -> bool:
        """Nobody knows whether Stripe has made it, and nothing more is tried by itself."""
        return self.state == "creating" and self.parked_at is not None

    @property
    def why_no_retry(self) -> str:
        """Why a retry is in vain; empty when Stripe may be asked, or its time is over and the retry ends it."""
        if not (self.is_parked and self.called_at and self.account.is_out_of_reach) or self.has_run_out():
            return ""
        return gettext(
            "%(account)s is disconnected, so Stripe tells nobody whether this checkout was made. Connect the account "
            "again, or wait until its time is over, within a day; then Retry ends it.",
            account=self.account.in_full,
        )

    @property
    def in_the_way(self) -> str:
        """What staff are told who want to change its invoice or account while it stands."""
        if self.why_no_retry:
            return gettext(
                "Nobody knows whether a payment for %(invoice)s was begun, and %(account)s is disconnected. Connect "
                "the account again, or wait for a day.",
                invoice=self.invoice.title,
                account=self.account.in_full,
            )
        if self.is_parked:
            return gettext(
                "Nobody knows whether a payment for %(invoice)s was begun. Press Retry under Needs attention, then try "
                "again.",
                invoice=self.invoice.title,
            )
        return gettext(
            "A payment for %(invoice)s was begun a moment ago. Please try again in a minute.",
            invoice=self.invoice.title,
        )

    def has_run_out(self) -> bool:
        """Its time is over: Stripe's session of it, if there was one, takes no payment any more."""
        return self.expires_at < now()

    def fits(self, invoice: Invoice, account: StripeAccount, amount: int) -> bool:
        """Whether a second press may use this checkout: same amount, version, currency and account."""
        mine = (self.amount, self.invoice_version, self.currency, self.account_id)
        return mine == (amount, invoice.version, invoice.currency, account.id)
