"""Refunds: money that goes back, of one payment each."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Mirrored, Operation
from models.clock import now
from models.language import gettext, marked, pmarked
from models.money import Money
from models.payment import Payment
from models.people import User
from models.stripe_account import StripeAccount
from models.written import typed_columns

if TYPE_CHECKING:
    from models.credit_note import CreditNote

WAITING = "awaiting_approval"
# Stripe's own; what Stripe adds some day is *pending* for us, with its word as the reason.
AT_STRIPE = ("pending", "requires_action", "succeeded", "failed", "canceled")
REFUND_STATES = (WAITING, "requested", *AT_STRIPE)
# What holds money of its payment, so that nobody gives it back a second time.
RESERVING = (WAITING, "requested", "pending", "requires_action", "succeeded")
# On their way back, and not confirmed yet.
UNDERWAY = ("requested", "pending", "requires_action")
# Asked for here; made in Stripe's own Dashboard; given back some other way and recorded by hand.
ORIGINS = ("desk", "dashboard", "manual")

# States, reasons and origins in people's words, translated where they are shown.
STATE_WORDS = {
    WAITING: pmarked("refund", "Waiting for approval"),
    "pending": pmarked("refund", "Pending"),
    "requires_action": pmarked("refund", "Needs action"),
    "succeeded": pmarked("refund", "Succeeded"),
    "failed": pmarked("refund", "Failed"),
    "canceled": pmarked("refund", "Canceled"),
}
REASON_WORDS = {
    "duplicate": pmarked("reason of a refund", "Duplicate"),
    "fraudulent": pmarked("reason of a refund", "Fraudulent"),
    "requested_by_customer": pmarked("reason of a refund", "Requested by customer"),
    "expired_uncaptured_charge": pmarked("reason of a refund", "Expired uncaptured charge"),
}
ORIGIN_WORDS = {"dashboard": marked("Made in Stripe's Dashboard"), "manual": marked("Recorded by hand")}
PENDING_WORDS = {
    "processing": marked("Stripe is processing it."),
    "insufficient_funds": marked("It waits for balance at Stripe."),
    "charge_pending": marked("It waits until the payment itself has arrived."),
}
FAILURE_WORDS = {
    "lost_or_stolen_card": marked("The card was lost or stolen."),
    "expired_or_canceled_card": marked("The card has expired or was canceled."),
    "charge_for_pending_refund_disputed": marked("The payment was disputed while the refund was on its way."),
    "insufficient_funds": marked("The balance at Stripe was too low."),
    "declined": marked("The bank declined it."),
    "merchant_request": marked("It was stopped at our own request."),
    "unknown": marked("The bank gave no reason."),
}


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
        # What a range of days has given back, and the lists of one state.
        Index("ix_refund_state_created_at", "state", "created_at"),
    )

    operation: Mapped[str | None] = mapped_column(String(36))
    payment_id: Mapped[int] = mapped_column(Key, ForeignKey("payment.id"), index=True)
    # None: of an offline payment.
    account_id: Mapped[int | None] = mapped_column(Key, ForeignKey("stripe_account.id"))
    origin: Mapped[str] = mapped_column(String(12), default="desk")
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(20), default="requested")
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
    credit_note: Mapped["CreditNote | None"] = relationship(back_populates="refund")

    _one_line = typed_columns("note")

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def is_waiting(self) -> bool:
        return self.state == WAITING

    @property
    def is_unconfirmed(self) -> bool:
        """Recorded by hand, and Stripe has not told of it."""
        return self.origin == "manual" and self.looked_at is None

    @property
    def is_unheard(self) -> bool:
        """It is on its way or may never have been made, and its account lets us in no more."""
        return self.state in UNDERWAY and self.account is not None and self.account.is_out_of_reach

    @property
    def why_no_retry(self) -> str:
        """Why a retry is in vain; empty when Stripe may be asked."""
        if self.account is None or not self.is_unheard:
            return ""
        account = self.account.in_full
        return gettext("%(account)s is disconnected, so Stripe tells nobody whether it was made.", account=account)

    @property
    def state_words(self) -> str:
        """`Not confirmed yet` while we do not know whether Stripe made it."""
        if self.state == "requested":
            if self.parked_at:
                return pmarked("refund", "Needs attention")
            return pmarked("refund", "Not confirmed yet") if self.called_at else pmarked("refund", "Requested")
        return STATE_WORDS[self.state]

    @property
    def about(self) -> str:
        """Why it is in this state, in a sentence; empty where there is nothing to say."""
        if self.failure:
            return gettext(FAILURE_WORDS.get(self.failure, self.failure))
        if self.state == "pending":
            reason = self.pending_reason or "processing"
            known = PENDING_WORDS.get(reason)
            return gettext(known) if known else gettext("Stripe says: %(reason)s.", reason=reason.replace("_", " "))
        if self.state == "requires_action":
            return gettext("Stripe has asked the customer by email where the money is to go.")
        return self.last_error or ""

    @property
    def who(self) -> str:
        """Who asked for it, or where it was made."""
        if self.made_by:
            return str(self.made_by)
        return gettext("Stripe's Dashboard") if self.origin == "dashboard" else "Paydesk"

    @property
    def origin_words(self) -> str:
        return ORIGIN_WORDS.get(self.origin, "")

    @property
    def reason_words(self) -> str:
        reason = self.reason or ""
        return REASON_WORDS.get(reason, reason.replace("_", " ").capitalize())

    def __str__(self) -> str:
        return gettext("Refund of %(amount)s", amount=self.money)


def same_press(session: Session, refund: Refund) -> list[Refund]:
    """It and the others that one press of the button has written, one for each payment."""
    if refund.operation is None:
        return [refund]
    query = select(Refund).where(Refund.operation == refund.operation).order_by(Refund.payment_id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def count_waiting(session: Session) -> int:
    """How many refunds wait for a second person."""
    return session.scalar(select(func.count()).select_from(Refund).where(Refund.state == WAITING)) or 0
