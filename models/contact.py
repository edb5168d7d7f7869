"""Whom invoices go to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from models.base import Base
from models.clock import now
from models.due_terms import bearable
from models.folded import Findable
from models.language import LANGUAGES, gettext
from models.money import CURRENCIES
from models.refusal import Refused
from models.written import typed_columns

MOST_COPIES = 10


class Contact(Findable, Base):
    __tablename__ = "contact"

    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    tax_number: Mapped[str] = mapped_column(String(60), default="")
    # On invoices in place of name and company, where that is another.
    billing_name: Mapped[str] = mapped_column(String(200), default="")
    # Who gets each invoice too.
    cc_addresses: Mapped[list[str]] = mapped_column(default=list)
    # What new invoices begin with, where it is not the organization's own.
    currency: Mapped[str | None] = mapped_column(String(3))
    due_days: Mapped[int | None]
    # None: as their browser says.
    language: Mapped[str | None] = mapped_column(String(8))
    # When they asked to be reminded no more.
    reminders_off_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    _one_line = typed_columns(
        "name", "company", "email", "phone", "tax_number", "billing_name", found_by=("name", "company", "email")
    )

    @validates("cc_addresses")
    def _known_addresses(self, field: str, addresses: list[str]) -> list[str]:
        return each_once(addresses)

    @validates("currency")
    def _known_currency(self, field: str, code: str | None) -> str | None:
        if code is not None and code not in CURRENCIES:
            raise Refused(gettext("“%(code)s” is not a currency that we know, such as USD.", code=code[:10]))
        return code

    @validates("due_days")
    def _bearable(self, field: str, days: int | None) -> int | None:
        return None if days is None else bearable(days)

    @validates("language")
    def _known_language(self, field: str, code: str | None) -> str | None:
        return None if code is None else known_language(code)

    def copies_to(self) -> list[str]:
        """Who gets each invoice beside the contact itself."""
        return [address for address in self.cc_addresses if address.casefold() != (self.valid_email() or "").casefold()]

    def valid_email(self) -> str | None:
        """The one address that mail can go to, or None."""
        return valid_address(self.email)

    def snapshot(self) -> dict[str, Any]:
        """What an issued invoice keeps of its contact."""
        fields = ("name", "company", "billing_name", "email", "address", "tax_number", "language")
        return {field: getattr(self, field) for field in fields}

    def __str__(self) -> str:
        return self.name


def each_once(addresses: Iterable[str]) -> list[str]:
    """As they are written for mail servers, repeats left out. Refuses more than ten, and what is no address."""
    kept: dict[str, str] = {}
    for typed in {address.casefold(): address for address in addresses}.values():
        address = one_address(typed)
        kept.setdefault(address.casefold(), address)
        if len(kept) > MOST_COPIES:
            raise Refused(gettext("At most %(most)s addresses get a copy.", most=MOST_COPIES))
    return list(kept.values())


def one_address(text: str) -> str:
    """The normalized address. Refuses an empty text, two addresses in one field and what is no address.

    So is what mail servers do not take: other letters than a to z before the @. Domains may have any.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise Refused(gettext("“%(text)s” is not one email address.", text=text.strip()[:80])) from error
    if found.ascii_email is None:
        raise Refused(
            gettext("Mail servers do not pass on letters such as those of %(address)s.", address=found.normalized)
        )
    return found.normalized


def known_language(code: str) -> str:
    """The code itself. Refuses a language that customers are not written in."""
    if code not in LANGUAGES:
        raise Refused(gettext("“%(code)s” is not a language that we write in.", code=code[:10]))
    return code


def valid_address(text: str) -> str | None:
    """The one normalized address that the text is, or None."""
    try:
        return one_address(text)
    except Refused:
        return None
