"""The Payment timeline and the audit log. Rows are only ever added; triggers refuse anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.clock import now
from models.language import gettext, marked, pmarked
from models.money import Money
from models.notice import NEWS, notify
from models.people import User

# What a timeline entry says, translated where it is shown.
KINDS = {
    "issued": marked("Invoice issued"),
    "revised": marked("Invoice revised"),
    "sent": marked("Invoice sent"),
    "marked_sent": marked("Marked as sent"),
    "mail_failed": marked("Email could not be delivered"),
    "copy_sent": marked("Copy sent"),
    "copy_failed": marked("Copy could not be delivered"),
    "message_superseded": marked("Message not sent any more"),
    "link_opened": marked("Link opened (automated)"),
    "link_replaced": marked("Pay Link replaced"),
    "link_revoked": marked("Pay Link revoked"),
    "viewed": pmarked("timeline", "Viewed"),
    "viewed_by_staff": marked("Viewed (staff browser)"),
    "payment_received": marked("Payment received"),
    "payment_processing": marked("Payment on its way"),
    "payment_failed": marked("Payment failed"),
    "payment_given_up": marked("Payment never arrived"),
    "checkout_given_up": marked("Checkout brought no payment"),
    "refund_given_up": marked("Refund settled by hand"),
    "refund_requested": marked("Refund requested"),
    "refund_waiting": marked("Refund waits for approval"),
    "refund_approved": marked("Refund approved"),
    "refund_rejected": marked("Refund rejected"),
    "refund_taken_back": marked("Recorded refund taken back"),
    "refund_pending": marked("Refund pending"),
    "refunded": pmarked("timeline", "Refunded"),
    "refund_failed": marked("Refund failed"),
    "disputed": marked("Payment disputed"),
    "dispute_won": marked("Dispute won"),
    "dispute_lost": marked("Dispute lost"),
    "dispute_closed": marked("Dispute closed"),
    "payment_matched": marked("Payment matched by hand"),
    "payment_moved_here": marked("Payment moved here"),
    "payment_moved_away": marked("Payment moved to another invoice"),
    "payment_reversed": marked("Payment reversed"),
    "dismissed": marked("Matter dismissed"),
    "voided": marked("Invoice voided"),
    "promised": marked("Payment promised"),
    "promise_ended": marked("Promise taken away"),
    "reminder_sent": marked("Reminder sent"),
    "receipt_sent": marked("Receipt sent"),
    "refund_notice_sent": marked("Refund notice sent"),
    "payment_failed_notice_sent": marked("Notice of the failed payment sent"),
    "refund_failed_notice_sent": marked("Notice of the failed refund sent"),
    "reminders_stopped": marked("Reminders stopped by the customer"),
    "reminders_off": marked("Reminders switched off"),
    "reminders_on": marked("Reminders switched on"),
}


# Who did it, when nobody of ours.
ACTORS = {
    "customer": pmarked("who did it", "Customer"),
    "stripe": "Stripe",
    "system": pmarked("who did it", "System"),
    "staff": pmarked("who did it", "Staff"),
}
# How we learned of it.
VIA = {"reconcile": pmarked("who did it", "reconcile")}

_via: ContextVar[tuple[str | None, datetime | None]] = ContextVar("via", default=(None, None))


@contextmanager
def learned_by(how: str, at: datetime | None = None) -> Iterator[None]:
    """What the timeline is told inside was not told us by Stripe's events, but found in this way.

    `at` is when it happened, for what does not say so itself.
    """
    token = _via.set((how, at))
    try:
        yield
    finally:
        _via.reset(token)


def happened_at() -> datetime:
    """When what we are just learning happened: now, unless somebody knows better."""
    return _via.get()[1] or now()


class Activity(Base):
    """One entry of a Payment timeline. `cause` names the one fact it tells of."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_invoice_at", "invoice_id", "at", "id"),)

    cause: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    detail: Mapped[str] = mapped_column(String(500), default="")
    # How we learned of it, when that was not the usual way: `reconcile`.
    via: Mapped[str | None] = mapped_column(String(20))

    user: Mapped[User | None] = relationship()

    @property
    def money(self) -> Money | None:
        return None if self.amount is None or self.currency is None else Money(self.amount, self.currency)

    @property
    def words(self) -> str:
        return KINDS.get(self.kind, self.kind)

    @property
    def who(self) -> str:
        """A person's name, or Customer, Stripe, System; and how we learned of it, where that is worth a word."""
        who = str(self.user) if self.user else gettext(ACTORS.get(self.actor, self.actor.capitalize()))
        check = self.via and gettext(VIA.get(self.via, self.via))
        return gettext("%(who)s, found by %(check)s", who=who, check=check) if check else who


class AuditEntry(Base):
    """Who did what to what, from where, before and after."""

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    address: Mapped[str] = mapped_column(String(64), default="")


def tell(
    session: Session,
    kind: str,
    cause: str,
    invoice_id: int | None,
    *,
    actor: str = "system",
    user_id: int | None = None,
    money: Money | None = None,
    at: datetime | None = None,
    detail: str = "",
) -> bool:
    """Add an entry to the Payment timeline; False when this cause was told before.

    What is news to the invoice's owner rings their bell, unless they did it themselves.
    """
    values = {
        "cause": cause,
        "kind": kind,
        "invoice_id": invoice_id,
        "at": at or happened_at(),
        "actor": "staff" if user_id else actor,
        "user_id": user_id,
        "amount": money.amount if money else None,
        "currency": money.currency if money else None,
        "detail": detail[:500],
        "via": _via.get()[0],
    }
    insert = insert_or(session, Activity).values(**values).on_conflict_do_nothing(index_elements=["cause"])
    if session.execute(insert.returning(Activity.id)).scalar_one_or_none() is None:
        return False
    if kind in NEWS:
        notify(session, kind, cause, invoice_id, by_id=user_id, money=money, detail=detail)
    return True


def log(
    session: Session,
    user: User | None,
    action: str,
    subject: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    address: str = "",
) -> None:
    """Add a line to the audit log. Never give it a secret."""
    who = user.email if user else "system"
    entry = AuditEntry(actor=who, action=action, subject=subject, before=before, after=after, address=address)
    entry.user_id = user.id if user else None
    session.add(entry)


def pulse(session: Session) -> int:
    """A number that grows whenever something happened that an open page may show."""
    return (session.scalar(select(func.max(Activity.id))) or 0) + (session.scalar(select(func.max(AuditEntry.id))) or 0)
