"""Form fields that several nouns share."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Any

from babel.numbers import get_currency_name
from sqlalchemy import select
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, StopValidation, ValidationError

from models.base import Base, db
from models.contact import one_address
from models.language import LazyString, gettext, lazy_gettext, ngettext, reader_locale
from models.money import CURRENCIES, Money, exponent
from models.newest import newest
from models.refusal import Refused
from models.written import one_line, written

LONGEST_CHOICE = 1000
NO_ROW = -1
LONGEST_ID = 18
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.([0-9]{1,3}))?", re.ASCII)


class AsWritten:
    """Forms that take texts as nouns keep them: what cannot be seen is no text, and one line is not turned round."""

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            if issubclass(unbound_field.field_class, StringField):
                clean = written if issubclass(unbound_field.field_class, TextAreaField) else one_line
                options["filters"] = [*unbound_field.kwargs.get("filters", ()), partial(_texts, clean)]
            return unbound_field.bind(form=form, **options)


def _texts(clean: Callable[[str], str], value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


class CurrencyField(SelectField):
    """One of the currencies that people pay with somewhere today; each option knows its decimals."""

    def __init__(self, label: str | LazyString = "", **kwargs: Any) -> None:
        named = label or lazy_gettext("Currency")
        super().__init__(named, [InputRequired()], choices=_currencies, validate_choice=False, **kwargs)

    def pre_validate(self, form: Any) -> None:
        if self.data not in CURRENCIES:
            raise StopValidation(
                gettext("%(currency)s is not a currency that we know.", currency=self.data)
                if self.data
                else gettext("An empty text is not a currency that we know.")
            )

    def decimals(self) -> int:
        """Of the chosen currency; 2 while it is none."""
        try:
            return exponent(self.data or "")
        except Refused:
            return 2


class OwnCurrencyField(SelectField):
    """A currency of its own, or None."""

    def __init__(self, label: str | LazyString, without: str | LazyString, **kwargs: Any) -> None:
        super().__init__(label, choices=lambda: [SelectChoice("", without), *_currencies()], coerce=_or_none, **kwargs)


def _or_none(text: Any) -> str | None:
    return text or None


def _currencies() -> list[SelectChoice]:
    return _named(reader_locale())


@cache
def _named(locale: str) -> list[SelectChoice]:
    return [
        SelectChoice(code, f"{code} · {get_currency_name(code, locale=locale)}", {"data-exponent": exponent(code)})
        for code in CURRENCIES
    ]


class RowField(SelectField):
    """A row of another noun, by its id; the first thousand are offered, and always the chosen one.

    On the page of any other row one begins with that row chosen.
    """

    def __init__(
        self,
        label: str | LazyString,
        noun: type[Base],
        order: Any,
        nobody: str | LazyString,
        marks: Callable[[Any], dict[str, Any]] = lambda row: {},
        only: tuple[Any, ...] = (),
        **kwargs: Any,
    ) -> None:
        """`marks` are what each option carries for the scripts of the page; `only` these rows are offered."""
        self.noun, self.order, self.nobody, self.marks, self.only = noun, order, nobody, marks, only
        super().__init__(label, choices=self._offered, coerce=_row_or_none, validate_choice=False, **kwargs)

    def _offered(self) -> list[SelectChoice]:
        first = newest(db.session, select(self.noun).where(*self.only).order_by(self.order), LONGEST_CHOICE)
        chosen = db.session.get(self.noun, self.data) if self.data else None
        rows = [*first.rows, *([chosen] if chosen and chosen not in first.rows else [])]
        beyond = ngettext(
            "… and %(num)s more: begin on their own page instead",
            "… and %(num)s more: begin on their own page instead",
            first.more,
        )
        rest = [SelectChoice("0", beyond, {"disabled": True})] if first.more else []
        return [
            SelectChoice("", self.nobody),
            *(SelectChoice(str(row.id), str(row), self.marks(row)) for row in rows),
            *rest,
        ]

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and db.session.get(self.noun, self.data) is None:
            raise StopValidation(gettext("It no longer exists. Choose another one."))


def _row_or_none(value: Any) -> int | None:
    """What is no id names a row that does not exist, and is refused like one."""
    return NO_ROW if (found := row_id(value)) is None and str(value or "") else found


def row_id(value: Any) -> int | None:
    """The id that a form names, or None for what is none."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None


def typed_day(text: str) -> date:
    """The day that is written like 2026-11-30; other ways, such as weeks and digits of other scripts, are refused."""
    if not text:
        raise Refused(gettext("Choose a day."))
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise Refused(gettext("“%(text)s” is not a date. Write it like 2026-11-30.", text=text[:20])) from None


class DayField(DateField):
    """A day, or None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        try:
            self.data = typed_day(text) if text else None
        except Refused as error:
            raise ValueError(str(error)) from error


class OneAddress:
    """One email address, or none where it is optional; two in one field are refused with a sentence."""

    def __call__(self, form: Any, field: StringField) -> None:
        text = (field.data or "").strip()
        try:
            field.data = one_address(text) if text else ""
        except Refused as error:
            raise ValidationError(str(error)) from error


class AmountField(StringField):
    """An amount in the currency of the same form's `currency` field; `data` is what was typed, or 0 when empty."""

    minor = 0

    def process_data(self, value: Any) -> None:
        """A row has minor units, which only its currency can write: `show` does."""
        self.data = ""

    def show(self, money: Money) -> None:
        self.data = money.plain() if money.amount else ""

    def pre_validate(self, form: Any) -> None:
        text = (self.data or "").strip()
        try:
            self.minor = Money.parse(text, form["currency"].data or "").amount if text else 0
        except Refused as error:
            raise StopValidation(str(error)) from error

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.minor)


class PercentField(StringField):
    """A percentage above 0 and below 100, or none; `data` is what was typed."""

    percent: Decimal | None = None

    def process_data(self, value: Any) -> None:
        self.data = as_plain(value)

    def pre_validate(self, form: Any) -> None:
        text = (self.data or "").strip()
        self.percent = plain_number(text)
        if text and (self.percent is None or not 0 < self.percent < 100):
            raise StopValidation(gettext("“%(text)s” is not a percentage above 0 and below 100.", text=text[:20]))

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.percent)


def as_plain(number: Decimal | None) -> str:
    """`1.500` as `1.5`, `10` as `10`."""
    return "" if number is None else f"{number:f}".rstrip("0").rstrip(".") if number % 1 else str(int(number))


def plain_number(text: str) -> Decimal | None:
    """Digits with at most three decimals; signs, exponents and digits of other scripts are none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
