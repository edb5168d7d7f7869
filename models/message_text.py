"""Subject and introduction of messages, where the organization has written its own."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.language import LANGUAGES, figure, gettext, isolated, marked, reader_locale, speaking
from models.money import Money
from models.payment import method_shown
from models.people import User
from models.refusal import NotFound, Refused
from models.written import TURNING, one_line, written

LONGEST_SUBJECT, LONGEST_INTRODUCTION = 200, 2000
_ALWAYS = ("number", "amount", "organization", "customer")
# Which fields each kind of message may use: `{number}` in a text becomes the invoice's number.
FIELDS = {
    "invoice": (*_ALWAYS, "due_day"),
    "reminder": (*_ALWAYS, "due_day"),
    "receipt": (*_ALWAYS, "method"),
    "refund": (*_ALWAYS, "method"),
    "payment_failed": (*_ALWAYS, "method"),
    "refund_failed": (*_ALWAYS, "method"),
}
# Translated where they are shown.
FIELD_WORDS = {
    "number": marked("Number of the invoice"),
    "amount": marked("Amount of which the message tells"),
    "organization": marked("Name of your organization"),
    "customer": marked("Name of the contact, or its company"),
    "due_day": marked("Due date"),
    "method": marked("Payment method"),
}
# What is said by default where the customer has a name, sentence by sentence; the templates know the other cases.
_DEFAULTS = {
    "invoice": (
        "Invoice %(number)s from %(organization)s: %(amount)s",
        ("Hello %(customer)s, here is your invoice from %(organization)s.",),
    ),
    "reminder": (
        "Reminder: invoice %(number)s from %(organization)s",
        ("Hello %(customer)s, this invoice from %(organization)s has not been paid in full yet.",),
    ),
    "receipt": (
        "Receipt for invoice %(number)s from %(organization)s",
        ("We received your payment for invoice %(number)s.",),
    ),
    "refund": (
        "Refund for invoice %(number)s from %(organization)s",
        ("Hello %(customer)s, we refunded a payment for invoice %(number)s.",),
    ),
    "payment_failed": (
        "Your payment for invoice %(number)s from %(organization)s has failed",
        (
            "Hello %(customer)s, your payment for invoice %(number)s was on its way, and then it did not go through.",
            "Please pay again, or with another method.",
        ),
    ),
    "refund_failed": (
        "Your refund for invoice %(number)s from %(organization)s did not arrive",
        (
            "Hello %(customer)s, we wanted to refund a payment for invoice %(number)s, and the money came back to us.",
            "You do not have to do anything: we will find another way to give it back.",
        ),
    ),
}
_ASKING = ("invoice", "copy", "reminder")
_FIELD = re.compile(r"\{([a-z_]*)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and introduction; until they are filled with `{fields}` in them."""

    subject: str
    introduction: str

    def filled(self, values: dict[str, object]) -> "Words":
        """With what the fields stand for, as the reader's language writes it; nothing where nothing is known."""
        shown = {name: _shown(value) for name, value in values.items()}
        subject, introduction = (
            _FIELD.sub(lambda field: shown.get(field[1], ""), text) for text in (self.subject, self.introduction)
        )
        return Words(" ".join(subject.split()), introduction)


class MessageText(Base):
    """In place of the default, for one kind of message in one language. No row: the default."""

    __tablename__ = "message_text"
    __table_args__ = (UniqueConstraint("kind", "language"),)

    kind: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(Text)
    edited_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    edited_at: Mapped[datetime] = mapped_column(default=now)

    edited_by: Mapped[User | None] = relationship()

    @property
    def words(self) -> Words:
        return Words(self.subject, self.introduction)


def field_values(kind: str, money: Money | None, context: dict[str, Any]) -> dict[str, object]:
    """What the fields stand for in a message: what is due where it asks for money, else `money`, of which it tells.

    An invoice that asks for nothing any more tells of its total. `context` is what its templates may use.
    """
    if kind not in (*FIELDS, "copy"):
        return {}
    paid = context.get("payment") or (context["refund"].payment if "refund" in context else None)
    due: Money = context["due"]
    return {
        "number": context["number"],
        "amount": (due if due.amount else context["invoice"].grand_total()) if kind in _ASKING else money,
        "organization": context["organization"].name,
        "customer": context["customer"] or context["bill_to"].get("company", ""),
        "due_day": context["due_date"],
        "method": method_shown(paid.method) if paid else "",
    }


def checked(kind: str, language: str, subject: str, introduction: str) -> Words:
    """What was written, if it can be sent, its subject in one line. Refuses empty and overlong texts, odd fields."""
    refuse_unknown(kind, language)
    words = Words(one_line(subject), "\n".join(written(introduction).splitlines()))
    if not words.subject or not words.introduction:
        raise Refused(gettext("A message needs a subject and an introduction."))
    if len(words.subject) > LONGEST_SUBJECT or len(words.introduction) > LONGEST_INTRODUCTION:
        raise Refused(
            gettext(
                "A subject has at most %(subject)s characters, an introduction at most %(introduction)s.",
                subject=LONGEST_SUBJECT,
                introduction=LONGEST_INTRODUCTION,
            )
        )
    for text in (words.subject, words.introduction):
        refuse_odd_fields(kind, text)
    return words


def refuse_unknown(kind: str, language: str) -> None:
    """Refuse a kind or a language of which there are no texts."""
    if kind not in FIELDS or language not in LANGUAGES:
        raise NotFound(gettext("There is nothing like that here any more."))


def default_words(kind: str, language: str) -> Words:
    """What is said by default in that language, with fields where values will stand."""
    subject, sentences = _DEFAULTS[kind]
    fields = {name: f"{{{name}}}" for name in FIELDS[kind]}
    with speaking(language):
        said = [gettext(text, **fields).translate(TURNING) for text in (subject, *sentences)]
    return Words(said[0], " ".join(said[1:]))


def refuse_odd_fields(kind: str, text: str) -> None:
    """Refuse braces around anything but the fields that this kind of message has."""
    allowed = ", ".join(f"{{{name}}}" for name in FIELDS[kind])
    for name in _FIELD.findall(text):
        if name not in FIELDS[kind]:
            raise Refused(
                gettext(
                    "“%(field)s” is no field of this message. Use %(allowed)s.", field=f"{{{name}}}", allowed=allowed
                )
            )
    if left := re.search(r"[{}]", _FIELD.sub("", text)):
        raise Refused(
            gettext(
                "A “%(brace)s” may stand only around the name of a field. Use %(allowed)s.",
                brace=left[0],
                allowed=allowed,
            )
        )


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Money):
        return figure(value.format(reader_locale()))
    if isinstance(value, date):
        return str(isolated(format_date(value, "medium", locale=reader_locale())))
    return str(isolated(str(value)))
