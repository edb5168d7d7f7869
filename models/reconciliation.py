"""What comparing our books with Stripe's has found, and what Stripe's side of the webhooks looks like."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Claimable
from models.clock import now
from models.people import User


class Reconciliation(Claimable, Base):
    """One comparison with Stripe and its report. Asked for by hand, it is work to be done like any other."""

    __tablename__ = "reconciliation"
    __table_args__ = (CheckConstraint("kind IN ('recent', 'nightly', 'manual')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(10), index=True)
    since: Mapped[datetime | None]
    asked_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]
    checked: Mapped[int] = mapped_column(default=0)
    # What differed and was mended, what differs still, and what could not be compared, one sentence each.
    repaired: Mapped[list[str]] = mapped_column(default=list)
    differences: Mapped[list[str]] = mapped_column(default=list)
    unchecked: Mapped[list[str]] = mapped_column(default=list)
    # An account that should be within reach was not.
    failed: Mapped[bool] = mapped_column(default=False)

    asked_by: Mapped[User | None] = relationship()


class WebhookCheck(Base):
    """What Stripe last said of our webhook endpoints. One row: pages show it without asking Stripe."""

    __tablename__ = "webhook_check"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    checked_at: Mapped[datetime | None]
    endpoints: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    # Stripe's clock less ours.
    clock_difference: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, default="")
    # When a delivery was last turned away because nobody of ours had signed it.
    refused_at: Mapped[datetime | None]
