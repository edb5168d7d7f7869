"""The inbox of webhooks: every signed delivery is kept as it came before anything is done with it."""

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.claimable import Claimable
from models.clock import now


class StripeEvent(Claimable, Base):
    __tablename__ = "stripe_event"
    __table_args__ = (
        UniqueConstraint("account", "event_id"),
        # The last event of each type, and how many came lately, without a walk through all of them.
        Index("ix_stripe_event_type_received_at", "type", "received_at"),
    )

    # "" for the platform's own events: a NULL in a unique index lets duplicates in.
    account: Mapped[str] = mapped_column(String(60), default="")
    event_id: Mapped[str] = mapped_column(String(80), index=True)
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(120), default="", index=True)
    api_version: Mapped[str] = mapped_column(String(40), default="")
    livemode: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=now, index=True)
    body: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(20), default="")
