"""The organization that this deployment serves: one row."""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.clock import now


class Organization(Base):
    __tablename__ = "organization"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    name: Mapped[str] = mapped_column(String(200), default="My organization")
    legal_name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    tax_number: Mapped[str] = mapped_column(String(60), default="")
    support_email: Mapped[str] = mapped_column(String(254), default="")
    brand_color: Mapped[str] = mapped_column(String(7), default="#3b5bdb")
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    prices_gross: Mapped[bool] = mapped_column(default=False)
    due_days: Mapped[int] = mapped_column(default=14)
    partial_payments: Mapped[bool] = mapped_column(default=False)
    payment_instructions: Mapped[str] = mapped_column(Text, default="")
    footer: Mapped[str] = mapped_column(Text, default="")
    # Marks our objects among all that the Stripe account holds; never changes.
    install_id: Mapped[str] = mapped_column(String(36), default=lambda: str(uuid.uuid4()))
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day of a moment, in the organization's time zone."""
        return moment.astimezone(self.zone).date()

    def today(self) -> date:
        return self.day_of(now())


def the_organization(session: Session) -> Organization:
    """The one row. The first migration inserts it."""
    return session.get_one(Organization, 1)
