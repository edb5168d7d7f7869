"""Payments: money that came in, as facts."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    CursorResult,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    select,
    update,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, Minor
from models.claimable import Mirrored
from models.clock import now
from models.declines import why_failed
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext, pgettext, pmarked
from models.money import Money
from models.people import User
from models.refusal import Refused
from models.stripe_account import StripeAccount
from models.written import typed_columns

# In the problem of money that no checkout of its account asked for, before the number of an invoice.
NAMES_INVOICE = "At Stripe it names invoice "
# How money comes in beside Stripe, by the word that forms use; kept in English, translated where it is shown.
OFFLINE_METHODS = {
    "bank_transfer": pmarked("payment method", "Bank transfer"),
    "cash": pmarked("payment method", "Cash"),
    "check": pmarked("payment method", "Check"),
    "other": pmarked("payment method", "Other"),
}
# Of those that did not succeed, translated where they are shown.
STATUS_WORDS = {
    "processing": pmarked("payment", "Processing"),
    "failed": pmarked("payment", "Failed"),
    "canceled": pmarked("payment", "Canceled"),
    "reversed": pmarked("payment", "Reversed"),
}
# Ways to pay that a customer carries out later, as payments have them (docs.stripe.com/payments/vouchers).
VOUCHERS = ("Boleto", "Konbini", "Multibanco", "Oxxo")


def method_words(method: str | None) -> str:
    """`US bank account •••• 6789` in the reader's language; what it ends in stays. Empty for none."""
    kind, dots, digits = (method or "").partition(" •••• ")
    return f"{pgettext('payment method', kind)}{dots}{digits}" if kind else ""


def method_shown(method: str | None) -> str:
    """The same for people's eyes: its digits stay with the dots, however narrow the page."""
    return method_words(method).replace("•••• ", "••••\N{NO-BREAK SPACE}")


class Payment(Mirrored, Base):
    """One payment. `reserved` is what refunds hold of it, `withdrawn` what disputes have taken, `lost` for good."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("account_id", "payment_intent_id"),
        Index("uq_payment_account_id_charge_id", "account_id", "charge_id", unique=True),
        Index("ix_payment_status_paid_at", "status", "paid_at"),
        CheckConstraint("status IN ('processing', 'succeeded', 'failed', 'canceled', 'reversed')", name="status"),
        CheckConstraint("amount > 0 AND captured >= 0 AND reserved >= 0 AND refunded >= 0", name="amounts"),
        CheckConstraint("(invoice_id IS NULL) = (problem IS NOT NULL)", name="matched_or_explained"),
        CheckConstraint("(account_id IS NULL) = (payment_intent_id IS NULL)", name="at_stripe_or_offline"),
        CheckConstraint("(account_id IS NULL) = (recorded_by_id IS NOT NULL)", name="offline_recorded"),
    )

    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    checkout_id: Mapped[int | None] = mapped_column(Key, ForeignKey("checkout.id"), index=True)
    # An offline payment (bank transfer, cash, check) has neither account nor payment intent.
    account_id: Mapped[int | None] = mapped_column(Key, ForeignKey("stripe_account.id"))
    payment_intent_id: Mapped[str | None] = mapped_column(String(60))
    charge_id: Mapped[str | None] = mapped_column(String(60), index=True)
    status: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    captured: Mapped[Minor]
    reserved: Mapped[Minor]
    refunded: Mapped[Minor]
    withdrawn: Mapped[Minor]
    lost: Mapped[Minor]
    fee: Mapped[int | None] = mapped_column(BigInteger)
    method: Mapped[str] = mapped_column(String(60), default="")
    failure: Mapped[str | None] = mapped_column(Text)
    # Stripe's word for the same, where it has one.
    failure_code: Mapped[str | None] = mapped_column(String(60))
    problem: Mapped[str | None] = mapped_column(Text)
    paid_at: Mapped[datetime] = mapped_column(index=True)
    # Of offline payments: the press that recorded it, who pressed, and what they noted.
    operation: Mapped[str | None] = mapped_column(String(36), unique=True)
    recorded_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(Text, default="")

    invoice: Mapped[Invoice | None] = relationship()
    account: Mapped[StripeAccount | None] = relationship()
    recorded_by: Mapped[User | None] = relationship()

    _one_line = typed_columns("note")

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @hybrid_property
    def held(self) -> int:
        """What has not gone back, in minor units; a dispute that is not decided yet may still bring it home."""
        return self.captured - self.refunded - self.lost

    @property
    def why_failed(self) -> str:
        """For its customer, in their language."""
        return why_failed(self.failure, self.failure_code)

    @property
    def is_offline(self) -> bool:
        return self.account_id is None

    @property
    def is_unheard(self) -> bool:
        """On its way at an account that lets us in no more: perhaps nobody will tell us what becomes of it."""
        return self.status == "processing" and self.account is not None and self.account.is_out_of_reach

    @property
    def may_wait_for_customer(self) -> bool:
        """Its customer may have to pay a voucher or to confirm it: Stripe names no method before there is a charge."""
        return self.status == "processing" and (not self.method or self.method.startswith(VOUCHERS))

    @property
    def is_owed(self) -> bool:
        """Its invoice asks for the money as long as it has not come."""
        return self.invoice is not None and self.invoice.status in OWED_IN

    @property
    def is_reversible(self) -> bool:
        """Recorded by hand, still counted, and no refund holds anything of it."""
        return self.is_offline and self.status == "succeeded" and not self.reserved

    @property
    def status_words(self) -> str:
        """What became of it: `Disputed` while Stripe holds money of it back, `Refunded` once all of it went back."""
        if self.status != "succeeded":
            return STATUS_WORDS[self.status]
        if self.withdrawn > self.lost:
            return pmarked("payment", "Disputed")
        if self.lost:
            all_, some = pmarked("payment", "Lost to a dispute"), pmarked("payment", "Partially lost to a dispute")
            return all_ if self.held <= 0 else some
        if self.refunded:
            return pmarked("payment", "Refunded") if self.held <= 0 else pmarked("payment", "Partially refunded")
        return pmarked("payment", "Succeeded")

    def refundable(self) -> Money:
        return Money(max(0, self.captured - self.reserved - self.withdrawn), self.currency)

    def refuse_unless_countable(self, invoice: Invoice) -> None:
        """Refuse to count for this invoice: a draft, a void one, one in another currency; and what is no money."""
        if invoice.is_draft:
            raise Refused(
                gettext("%(invoice)s is not issued yet. Send it, or share its Pay Link first.", invoice=invoice.title)
            )
        if invoice.voided_at:
            raise Refused(gettext("%(invoice)s is void, so no payment can count for it.", invoice=invoice.title))
        if invoice.currency != self.currency:
            raise Refused(
                gettext(
                    "%(invoice)s is in %(its_currency)s; this payment is in %(currency)s.",
                    invoice=invoice.title,
                    its_currency=invoice.currency,
                    currency=self.currency,
                )
            )
        if self.status not in ("succeeded", "processing"):
            raise Refused(gettext("This payment has brought no money."))
        if self.captured and self.refunded >= self.captured:
            raise Refused(gettext("All of this payment has been given back."))

    def reserve(self, session: Session, amount: int) -> bool:
        """Set this much aside for a refund, or False. Compare-and-set: twenty presses take it once."""
        left = Payment.captured - Payment.reserved - Payment.withdrawn
        statement = update(Payment).where(Payment.id == self.id, left >= amount)
        result = session.execute(statement.values(reserved=Payment.reserved + amount))
        return cast("CursorResult[Any]", result).rowcount == 1


class Reversal(Base):
    """The counter-entry of an offline payment that was recorded by mistake: it counts no more, both stay."""

    __tablename__ = "reversal"

    payment_id: Mapped[int] = mapped_column(Key, ForeignKey("payment.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    made_by_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    payment: Mapped[Payment] = relationship()
    made_by: Mapped[User] = relationship()


def payment_of(session: Session, account: str, payment_intent_id: str | None) -> Payment | None:
    """The payment that mirrors this intent of this account, both named by Stripe's ids."""
    query = select(Payment).join(Payment.account).where(StripeAccount.stripe_id == account)
    return session.scalars(query.where(Payment.payment_intent_id == payment_intent_id)).one_or_none()
