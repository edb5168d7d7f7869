"""Disputes as Stripe reports them."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, Minor
from models.claimable import Mirrored
from models.clock import now
from models.language import gettext, marked, ngettext, pmarked
from models.organization import Organization
from models.payment import Payment
from models.stripe_account import StripeAccount

# Statuses in people's words, translated where they are shown. An unknown one is shown as Stripe writes it.
STATUS_WORDS = {
    "warning_needs_response": pmarked("dispute", "Inquiry: needs a response"),
    "warning_under_review": pmarked("dispute", "Inquiry: under review"),
    "warning_closed": pmarked("dispute", "Inquiry closed"),
    "needs_response": pmarked("dispute", "Needs a response"),
    "under_review": pmarked("dispute", "Under review"),
    "won": pmarked("dispute", "Won"),
    "lost": pmarked("dispute", "Lost"),
    "prevented": pmarked("dispute", "Prevented"),
    "appeal_needs_response": pmarked("dispute", "Appeal: needs a response"),
    "appeal_under_review": pmarked("dispute", "Appeal: under review"),
}
# The same of reasons (docs.stripe.com/api/disputes/object, `reason`).
REASON_WORDS = {
    "bank_cannot_process": marked("Bank cannot process"),
    "check_returned": pmarked("reason of a dispute", "Check returned"),
    "credit_not_processed": marked("Credit not processed"),
    "customer_initiated": marked("Customer initiated"),
    "debit_not_authorized": marked("Debit not authorized"),
    "duplicate": pmarked("reason of a dispute", "Duplicate"),
    "fraudulent": pmarked("reason of a dispute", "Fraudulent"),
    "general": pmarked("reason of a dispute", "General"),
    "incorrect_account_details": marked("Incorrect account details"),
    "insufficient_funds": marked("Insufficient funds"),
    "noncompliant": pmarked("reason of a dispute", "Noncompliant"),
    "product_not_received": marked("Product not received"),
    "product_unacceptable": marked("Product unacceptable"),
    "subscription_canceled": marked("Subscription canceled"),
    "unrecognized": pmarked("reason of a dispute", "Unrecognized"),
}
TO_ANSWER = ("needs_response", "warning_needs_response", "appeal_needs_response")
DECIDED = ("won", "lost")
CLOSED = ("won", "lost", "warning_closed", "prevented")


class Dispute(Mirrored, Base):
    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("account_id", "stripe_id"),
        # What a range of days has taken for good, and the lists of one status.
        Index("ix_dispute_status_decided_at", "status", "decided_at"),
    )

    account_id: Mapped[int] = mapped_column(Key, ForeignKey("stripe_account.id"))
    stripe_id: Mapped[str] = mapped_column(String(60))
    payment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payment.id"), index=True)
    charge_id: Mapped[str] = mapped_column(String(60), index=True)
    status: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(60), default="")
    network: Mapped[str] = mapped_column(String(40), default="")
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    withdrawn: Mapped[Minor]
    fee: Mapped[Minor]
    is_charge_refundable: Mapped[bool] = mapped_column(default=False)
    submission_count: Mapped[int] = mapped_column(default=0)
    # None when no answer is possible: Stripe says 0 or null then.
    due_by: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    # When it was won or lost, as near as Stripe tells: that day the money is gone, or here for good.
    decided_at: Mapped[datetime | None] = mapped_column(index=True)

    payment: Mapped[Payment | None] = relationship()
    account: Mapped[StripeAccount] = relationship()

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED

    @property
    def needs_response(self) -> bool:
        return self.status in TO_ANSWER

    @property
    def customer(self) -> str:
        """Who paid, as far as we know."""
        invoice = self.payment.invoice if self.payment else None
        return str(invoice.contact) if invoice and invoice.contact else ""

    @property
    def status_words(self) -> str:
        return STATUS_WORDS.get(self.status, self.status.replace("_", " ").capitalize())

    @property
    def reason_words(self) -> str:
        return REASON_WORDS.get(self.reason, self.reason.replace("_", " ").capitalize())

    def time_left(self, organization: Organization) -> str:
        """`in 5 days`, counted on the organization's calendar; hours on the last day; empty without a deadline."""
        if self.due_by is None:
            return ""
        left = self.due_by - now()
        if left <= timedelta():
            return gettext("the deadline has passed")
        if left < timedelta(hours=1):
            return gettext("in less than an hour")
        if left < timedelta(days=1):
            return ngettext("in %(num)s hour", "in %(num)s hours", int(left.total_seconds() // 3600))
        days = (organization.day_of(self.due_by) - organization.today()).days
        return ngettext("in %(num)s day", "in %(num)s days", days)

    def __str__(self) -> str:
        return self.stripe_id


def count_to_answer(session: Session) -> int:
    """How many disputes wait for evidence from us."""
    return session.scalar(select(func.count()).select_from(Dispute).where(Dispute.status.in_(TO_ANSWER))) or 0
