"""Form fields for how somebody is billed: due terms, further addresses."""

import re
from typing import Any

from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from admin_views.fields import row_id
from models.contact import MOST_COPIES, one_address
from models.due_terms import DUE_TERMS, LONGEST_DUE_DAYS, term_words
from models.language import LazyString, gettext
from models.refusal import Refused

_BETWEEN = re.compile(r"[\s,;]+")


class TermField(SelectField):
    """Days after its issue, or None for what is usual; a term that is not among the common ones stays."""

    read = staticmethod(row_id)

    def __init__(self, label: str | LazyString, usual: str | LazyString, **kwargs: Any) -> None:
        self.usual = usual
        super().__init__(label, choices=self._offered, coerce=self.read, **kwargs)

    def _offered(self) -> list[SelectChoice]:
        kept = [self.data] if self.data in range(LONGEST_DUE_DAYS + 1) else []
        terms = [SelectChoice(str(days), term_words(days)) for days in sorted({*DUE_TERMS, *kept})]
        return [SelectChoice("", self.usual), *terms]


class DueField(TermField):
    """How an invoice says when it is due: by a term, on a date of its own, or as usual."""

    ON_A_DATE = "date"

    @staticmethod
    def read(value: Any) -> Any:
        return DueField.ON_A_DATE if value == DueField.ON_A_DATE else row_id(value)

    def _offered(self) -> list[SelectChoice]:
        return [*super()._offered(), SelectChoice(self.ON_A_DATE, gettext("On a date"))]

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
        typed = [part for part in _BETWEEN.split(self.data or "") if part]
        if len(typed) > MOST_COPIES:
            raise StopValidation(gettext("At most %(most)s addresses get a copy.", most=MOST_COPIES))
        try:
            self.addresses = [one_address(part) for part in typed]
        except Refused as error:
            raise StopValidation(str(error)) from error

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.addresses)
