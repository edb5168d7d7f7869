"""Form fields for how somebody is billed: due terms, further addresses."""

import re
from typing import Any

from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from admin_views.fields import row_id
from models.contact import each_once
from models.due_terms import DUE_TERMS, LONGEST_DUE_DAYS, term_words
from models.language import LazyString, gettext
from models.refusal import Refused

_BETWEEN = re.compile(r"[\s,;]+")


def _days(value: Any) -> Any:
    """None for nothing; what is no number of days stays as it was typed, to be refused. 0 is due on receipt."""
    text = "" if value is None else str(value)
    return value if (days := row_id(text)) is None and text else days


def _refuse_odd_days(typed: Any) -> None:
    if typed is not None and typed not in range(LONGEST_DUE_DAYS + 1):
        said = gettext(
            "“%(text)s” is not a number of days from 0 to %(most)s.", text=str(typed)[:20], most=LONGEST_DUE_DAYS
        )
        raise StopValidation(said)


class DaysField(IntegerField):
    """Days after an issue."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = _days(valuelist[0].strip()) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        _refuse_odd_days(self.data)


class TermField(SelectField):
    """Days after its issue, or None for what is usual; a term that is not among the common ones stays."""

    read = staticmethod(_days)

    def __init__(self, label: str | LazyString, usual: str | LazyString, **kwargs: Any) -> None:
        self.usual = usual
        super().__init__(label, choices=self._offered, coerce=self.read, validate_choice=False, **kwargs)

    def _offered(self) -> list[SelectChoice]:
        kept = [self.data] if self.data in range(LONGEST_DUE_DAYS + 1) else []
        terms = [SelectChoice(str(days), term_words(days)) for days in sorted({*DUE_TERMS, *kept})]
        return [SelectChoice("", self.usual), *terms]

    def pre_validate(self, form: Any) -> None:
        _refuse_odd_days(self.data)


class DueField(TermField):
    """How an invoice says when it is due: by a term, on a date of its own, or as usual."""

    ON_A_DATE = "date"

    @staticmethod
    def read(value: Any) -> Any:
        return DueField.ON_A_DATE if value == DueField.ON_A_DATE else _days(value)

    def _offered(self) -> list[SelectChoice]:
        return [*super()._offered(), SelectChoice(self.ON_A_DATE, gettext("On a date"))]

    def pre_validate(self, form: Any) -> None:
        if self.data != self.ON_A_DATE:
            super().pre_validate(form)

    @property
    def days(self) -> int | None:
        return self.data if isinstance(self.data, int) else None

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.days)


class AddressesField(StringField):
    """Email addresses with commas, semicolons or spaces between them; `data` is what was typed."""

    addresses: list[str]

    def process_data(self, value: Any) -> None:
        self.data = ", ".join(value or ())

    def pre_validate(self, form: Any) -> None:
        try:
            self.addresses = each_once(part for part in _BETWEEN.split(self.data or "") if part)
        except Refused as error:
            raise StopValidation(str(error)) from error

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.addresses)
