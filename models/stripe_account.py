"""The connection to Stripe: accounts, how they were connected, and what Stripe pays out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel import Locale
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Mirrored
from models.clock import now
from models.holding import Holdable
from models.language import gettext, marked, pmarked, reader_locale
from models.people import User
from models.refusal import Refused
from models.requirements import in_words

ATTEMPT_LIVES = timedelta(minutes=10)
# Statuses of payouts that have not arrived yet.
UNDERWAY = ("pending", "in_transit")
# Those of Stripe in people's words, translated where they are shown. An unknown one is shown as Stripe writes it.
PAYOUT_WORDS = {
    "paid": pmarked("payout", "Paid"),
    "pending": pmarked("payout", "Pending"),
    "in_transit": pmarked("payout", "In transit"),
    "canceled": pmarked("payout", "Canceled"),
    "failed": pmarked("payout", "Failed"),
}


class StripeAccount(Holdable, Mirrored, Base):
    """*active*: takes charges. *retired*: still authorized, no new charges. *revoked*: out of reach."""

    in_other_hands = marked("Somebody else is disconnecting Stripe right now.")

    __tablename__ = "stripe_account"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'retired', 'revoked')", name="state"),
        Index(
            "uq_stripe_account_active",
            "state",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    stripe_id: Mapped[str] = mapped_column(String(60), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="active")
    name: Mapped[str] = mapped_column(String(200), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    default_currency: Mapped[str] = mapped_column(String(3), default="")
    livemode: Mapped[bool] = mapped_column(default=False)
    charges_enabled: Mapped[bool] = mapped_column(default=False)
    payouts_enabled: Mapped[bool] = mapped_column(default=False)
    requirements: Mapped[dict[str, Any]] = mapped_column(default=dict)
    connected_at: Mapped[datetime] = mapped_column(default=now)
    connected_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    # When it last ceased to take charges: we were let go, or another account took its place.
    disconnected_at: Mapped[datetime | None]
    # Since when nobody has told us of it: until it was compared with Stripe from there on.
    unheard_since: Mapped[datetime | None]

    connected_by: Mapped[User | None] = relationship()

    def refuse_unless_chargeable(self) -> None:
        if self.state != "active":
            raise Refused(gettext("This Stripe account is no longer connected."))
        if not self.charges_enabled:
            raise Refused(
                gettext("Stripe has not enabled charges on this account yet. See what it requires in Stripe Settings.")
            )

    @hybrid_property
    def is_out_of_reach(self) -> bool:
        """It lets us in no more: what happens on it only its owner sees."""
        return self.state == "revoked"

    @property
    def in_full(self) -> str:
        """`Northwind Studio (acct_1…)`."""
        return f"{self.name} ({self.stripe_id})" if self.name else self.stripe_id

    @property
    def country_name(self) -> str:
        return str(Locale.parse(reader_locale()).territories.get(self.country, self.country))

    @property
    def outstanding(self) -> list[str]:
        """What Stripe requires now, in people's words, the overdue first."""
        asked = [*self.requirements.get("past_due", ()), *self.requirements.get("currently_due", ())]
        return in_words(asked)

    @property
    def in_verification(self) -> list[str]:
        return in_words(self.requirements.get("pending_verification", ()))

    @property
    def deadline(self) -> datetime | None:
        """Until when Stripe wants it; afterwards it may stop charges or payouts."""
        seconds = self.requirements.get("deadline")
        return datetime.fromtimestamp(seconds, UTC) if seconds else None

    def was_looked_at_since(self, moment: datetime) -> bool:
        return self.looked_at is not None and self.looked_at >= moment

    def __str__(self) -> str:
        return self.name or self.stripe_id


class ConnectAttempt(Base):
    """One press of Connect Stripe: its state is single-use, bound to person and sign-in, ten minutes long."""

    __tablename__ = "connect_attempt"

    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    sign_in_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]

    def refuse_unless_good(self, user_id: int, sign_in_hash: str) -> None:
        if self.used_at is not None:
            raise Refused(gettext("This answer from Stripe was already used. Click Connect Stripe again."))
        if now() - self.created_at > ATTEMPT_LIVES:
            raise Refused(gettext("Connecting took longer than ten minutes. Click Connect Stripe again."))
        if (self.user_id, self.sign_in_hash) != (user_id, sign_in_hash):
            raise Refused(
                gettext("Connecting was begun in another browser or by another person. Click Connect Stripe here.")
            )


class Payout(Mirrored, Base):
    """What Stripe sent, or is sending, to the organization's bank."""

    __tablename__ = "payout"
    __table_args__ = (UniqueConstraint("account_id", "stripe_id"),)

    account_id: Mapped[int] = mapped_column(Key, ForeignKey("stripe_account.id"))
    stripe_id: Mapped[str] = mapped_column(String(60))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20))
    arrival_date: Mapped[date | None] = mapped_column(Date)
    trace_id: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(index=True)

    account: Mapped[StripeAccount] = relationship()

    @property
    def status_words(self) -> str:
        return PAYOUT_WORDS.get(self.status, self.status.replace("_", " ").capitalize())


def first_unheard(session: Session) -> datetime | None:
    """Since when an account that was connected again, and not compared yet, was not heard of: the earliest."""
    query = select(func.min(StripeAccount.unheard_since)).where(~StripeAccount.is_out_of_reach)
    return session.scalar(query)


def active_account(session: Session) -> StripeAccount | None:
    return session.scalars(select(StripeAccount).where(StripeAccount.state == "active")).one_or_none()


def takes_payments(session: Session) -> bool:
    """Whether anything can be paid online now."""
    account = active_account(session)
    return account is not None and account.charges_enabled


def account_of(session: Session, stripe_id: str) -> StripeAccount | None:
    return session.scalars(select(StripeAccount).where(StripeAccount.stripe_id == stripe_id)).one_or_none()
