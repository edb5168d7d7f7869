"""The lines editor as one form field: what is typed, what it means, and what is wrong with it."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from wtforms import Field, Form
from wtforms.validators import StopValidation

from admin_views.fields import as_plain, plain_number
from models.arithmetic import add_up
from models.invoice import Invoice
from models.invoice_line import InvoiceLine
from models.language import gettext, ngettext
from models.money import Money, exponent
from models.refusal import Refused
from models.written import one_line

PARTS = ("description", "quantity", "price", "discount", "tax_name", "tax")
EMPTY_ROWS = 3
MOST_LINES = 200
LONGEST_DESCRIPTION = 2000
LONGEST_TAX_NAME = 40
# Minor units; far above what Stripe charges, far below what a BIGINT holds.
LARGEST_TOTAL = 10**15
_NAME = re.compile(r"-([0-9]{1,6})-([a-z_]+)", re.ASCII)


@dataclass
class TypedLine:
    """One row as it was typed, each part as text, with the errors of its parts."""

    parts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def is_empty(self) -> bool:
        return not self.parts["description"].strip() and not self.parts["price"].strip()

    def read(self, currency: str, position: int) -> InvoiceLine | None:
        """The line that it means, or None with `errors` filled."""
        tax = self._percent("tax")
        line = InvoiceLine(
            position=position,
            description=self._description(),
            quantity=self._quantity(),
            unit_price=self._price(currency),
            discount=self._percent("discount"),
            tax_name=self._tax_name() if tax is not None else None,
            tax_percent=tax,
        )
        return None if self.errors else line

    def _description(self) -> str:
        text = one_line(self.parts["description"])
        if not text:
            self.errors["description"] = gettext("Say what this line is for.")
        elif len(text) > LONGEST_DESCRIPTION:
            self.errors["description"] = ngettext(
                "A description has at most %(num)s character.",
                "A description has at most %(num)s characters.",
                LONGEST_DESCRIPTION,
            )
        return text

    def _quantity(self) -> Decimal:
        text = self.parts["quantity"].strip()
        quantity = plain_number(text)
        if not quantity:
            self.errors["quantity"] = gettext(
                "“%(text)s” is not a quantity above zero. Write it like 1.5.", text=text[:20]
            )
        return quantity or Decimal(1)

    def _price(self, currency: str) -> int:
        try:
            return Money.parse(self.parts["price"], currency).amount
        except Refused as error:
            self.errors["price"] = str(error)
            return 0

    def _tax_name(self) -> str:
        text = one_line(self.parts["tax_name"]) or gettext("Tax")
        if len(text) > LONGEST_TAX_NAME:
            self.errors["tax"] = ngettext(
                "The name of a tax has at most %(num)s character.",
                "The name of a tax has at most %(num)s characters.",
                LONGEST_TAX_NAME,
            )
        return text

    def _percent(self, part: str) -> Decimal | None:
        text = self.parts[part].strip()
        if not text:
            return None
        percent = plain_number(text)
        if percent is None or percent > 100:
            self.errors[part] = gettext("“%(text)s” is not a percentage from 0 to 100.", text=text[:20])
        return percent


class LinesField(Field):
    """Rows named `lines-0-price`. `data` holds the InvoiceLines once the field is valid."""

    rows: list[TypedLine]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors, self.data = [], []
        self.rows = self._typed(formdata) if formdata else _written(data)

    def begin_with(self, description: str, price: Money) -> None:
        """One line that a person may change before anything is saved."""
        self.rows = [TypedLine(self.blank().parts | {"description": description, "price": price.plain()})]

    def _typed(self, formdata: Any) -> list[TypedLine]:
        rows: dict[int, dict[str, str]] = {}
        for name in formdata:
            match = _NAME.fullmatch(name.removeprefix(self.name)) if name.startswith(self.name) else None
            if match and match[2] in PARTS:
                rows.setdefault(int(match[1]), dict.fromkeys(PARTS, ""))[match[2]] = formdata[name]
        return [TypedLine(rows[number]) for number in sorted(rows)]

    def pre_validate(self, form: Form) -> None:
        """Read every row, so that all that is wrong is shown at once."""
        filled = [row for row in self.rows if not row.is_empty()]
        if len(filled) > MOST_LINES:
            raise StopValidation(
                ngettext("An invoice has at most %(num)s line.", "An invoice has at most %(num)s lines.", MOST_LINES)
            )
        currency = form["currency"].data
        try:
            exponent(currency or "")
        except Refused as error:
            raise StopValidation(gettext("The lines are read once the currency is one that we know.")) from error
        lines = [row.read(currency, place) for place, row in enumerate(filled)]
        self.data = [line for line in lines if line is not None]
        if len(self.data) < len(lines):
            raise StopValidation(gettext("Some lines cannot be read; see what is marked."))
        self._check_total()

    def _check_total(self) -> None:
        if not self.data:
            raise StopValidation(gettext("Add at least one line."))
        total = add_up(self.data, prices_gross=False).total
        if total <= 0:
            raise StopValidation(gettext("The total of an invoice must be above zero."))
        if total > LARGEST_TOTAL:
            raise StopValidation(gettext("The total is too large for one invoice."))

    def populate_obj(self, obj: Invoice, name: str) -> None:
        obj.lines = self.data

    @property
    def anchor(self) -> str:
        """The first cell that is wrong, or that is to be filled in."""
        shown = enumerate(self.shown_rows())
        wrong = ((row, part) for row, typed in shown for part in PARTS if part in typed.errors)
        row, part = next(wrong, (0, "description"))
        return f"{self.name}-{row}-{part}"

    def shown_rows(self) -> list[TypedLine]:
        """The rows with empty ones behind them, so that lines can be written without scripts too."""
        filled = [row for row in self.rows if not row.is_empty()]
        return filled + [self.blank() for _ in range(max(EMPTY_ROWS - len(filled), 1))]

    @staticmethod
    def blank() -> TypedLine:
        return TypedLine(dict.fromkeys(PARTS, "") | {"quantity": "1"})


def _written(lines: Any) -> list[TypedLine]:
    return [TypedLine(_as_text(line)) for line in lines] if isinstance(lines, list) else []


def _as_text(line: InvoiceLine) -> dict[str, str]:
    return {
        "description": line.description,
        "quantity": as_plain(line.quantity),
        "price": Money(line.unit_price, line.invoice.currency).plain(),
        "discount": as_plain(line.discount),
        "tax_name": line.tax_name or "",
        "tax": as_plain(line.tax_percent),
    }
