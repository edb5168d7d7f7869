"""The organization that this deployment serves: one row."""

import re
import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from models.base import Base, Key
from models.brand_color import ink_on
from models.clock import now
from models.contact import known_language, one_address
from models.due_terms import bearable
from models.language import gettext
from models.money import CURRENCIES
from models.part_rules import PaidInParts, rules_for_parts
from models.refusal import Refused
from models.written import one_line, typed_columns

NIGHT = time(3)
DIGITS, FEWEST_DIGITS = "0123456789", 3
TIME_ZONES = tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


class Organization(PaidInParts, Base):
    """How new invoices may be paid in parts stands here too; the smallest part is in the organization's currency."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("documents IN ('attach', 'link')", name="documents"),
        *rules_for_parts(),
    )

    name: Mapped[str] = mapped_column(String(200), default="My organization")
    legal_name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    tax_number: Mapped[str] = mapped_column(String(60), default="")
    registration_number: Mapped[str] = mapped_column(String(60), default="")
    support_email: Mapped[str] = mapped_column(String(254), default="")
    support_phone: Mapped[str] = mapped_column(String(60), default="")
    # Of what nobody has chosen a language for, and no browser asks.
    language: Mapped[str] = mapped_column(String(8), default="en")
    logo_id: Mapped[int | None] = mapped_column(Key, ForeignKey("brand_file.id"))
    # Messages bring documents with them, or a link to them.
    documents: Mapped[str] = mapped_column(String(6), default="attach")
    # Days after the due date on which customers are reminded, -3 is three days before it; only of invoices that are
    # due later than the day on which reminders were switched on. None: they are off.
    reminder_days: Mapped[list[int]] = mapped_column(default=list)
    reminders_since: Mapped[date | None] = mapped_column(Date)
    brand_color: Mapped[str] = mapped_column(String(7), default="#3b5bdb")
    time_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    prices_gross: Mapped[bool] = mapped_column(default=False)
    due_days: Mapped[int] = mapped_column(default=14)
    payment_instructions: Mapped[str] = mapped_column(Text, default="")
    footer: Mapped[str] = mapped_column(Text, default="")
    # Marks our objects among all that the Stripe account holds; never changes.
    install_id: Mapped[str] = mapped_column(String(36), default=lambda: str(uuid.uuid4()))
    created_at: Mapped[datetime] = mapped_column(default=now)

    @validates("brand_color")
    def _six_digits(self, field: str, color: str) -> str:
        """It is written into style sheets of pages and messages, so nothing but #rrggbb may ever be kept."""
        if not re.fullmatch(r"#[0-9a-f]{6}", color.strip().lower(), re.ASCII):
            raise Refused(gettext("A brand color is written as # and six digits from 0 to f, such as #3b5bdb."))
        return color.strip().lower()

    @validates("time_zone")
    def _known_zone(self, field: str, name: str) -> str:
        if name not in available_timezones():
            raise Refused(gettext("“%(name)s” is not a time zone that we know, such as Europe/Berlin.", name=name[:60]))
        return name

    @validates("currency")
    def _known_currency(self, field: str, code: str) -> str:
        if code not in CURRENCIES:
            raise Refused(gettext("“%(code)s” is not a currency that we know, such as USD.", code=code[:10]))
        return code

    @validates("language")
    def _known_language(self, field: str, code: str) -> str:
        return known_language(code)

    @validates("due_days")
    def _bearable(self, field: str, days: int) -> int:
        return bearable(days)

    @validates("support_email")
    def _address(self, field: str, email: str) -> str:
        return one_address(email) if email.strip() else ""

    _one_line = typed_columns("legal_name", "tax_number", "registration_number")

    @validates("support_phone")
    def _dialable(self, field: str, typed: str) -> str:
        phone = one_line(typed)
        if phone and sum(character in DIGITS for character in phone) < FEWEST_DIGITS:
            raise Refused(gettext("“%(phone)s” is not a phone number that can be dialed.", phone=phone[:60]))
        return phone

    @validates("documents")
    def _known_way(self, field: str, way: str) -> str:
        if way not in ("attach", "link"):
            raise Refused(gettext("Documents are attached to messages, or linked."))
        return way

    @validates("name")
    def _not_empty(self, field: str, name: str) -> str:
        if not (seen := one_line(name)):
            raise Refused(gettext("The organization needs a name: customers see it on every page and message."))
        return seen

    @property
    def brand_ink(self) -> str:
        """The color of text on the brand color."""
        return ink_on(self.brand_color)

    @property
    def support_tel(self) -> str:
        """The support phone as a telephone dials it."""
        return "".join(character for character in self.support_phone if character in "+" + DIGITS)

    def issuer(self) -> dict[str, str]:
        """Who bills, as each document keeps it: what is changed here later does not change what was issued."""
        return {
            "name": self.legal_name or self.name,
            "address": self.address,
            "tax_number": self.tax_number,
            "registration_number": self.registration_number,
        }

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day of a moment, in the organization's time zone."""
        return moment.astimezone(self.zone).date()

    def today(self) -> date:
        return self.day_of(now())

    def last_night(self) -> datetime:
        """When it was last three o'clock in the morning there."""
        return self.last(NIGHT)

    def last(self, at: time) -> datetime:
        """When it was last that time of the day there."""
        local = now().astimezone(self.zone)
        today = datetime.combine(local.date(), at, self.zone)
        return today if today <= local else datetime.combine(local.date() - timedelta(days=1), at, self.zone)


def the_organization(session: Session) -> Organization:
    """The one row. The first migration inserts it."""
    row = session.get_one(Organization, 1)
    session.info["organization"] = row  # sessions hold rows weakly; pages ask for the time zone at every moment shown
    return row
