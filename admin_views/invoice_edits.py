"""What somebody else has saved while a form was open, as the page shows it."""

from dataclasses import dataclass
from typing import Any

from babel.dates import format_date
from sqlalchemy.orm import Session

from admin_views.fields import as_plain
from admin_views.invoice_form import InvoiceForm
from models.due_terms import term_words
from models.edits import overtaken
from models.invoice import Invoice
from models.invoice_line import InvoiceLine
from models.language import gettext, pgettext, reader_locale
from models.money import Money


@dataclass(frozen=True, slots=True)
class Since:
    """Who has saved it and when, in words, and each changed field with what it says now."""

    words: str
    fields: list[tuple[str, list[str]]]


def saved_since(session: Session, invoice: Invoice | None, form: InvoiceForm) -> Since | None:
    """None for a new invoice, and while nobody has saved it since the form was shown."""
    found = overtaken(session, invoice, form.edits.seen) if invoice else None
    if found is None or invoice is None:
        return None
    fields = [(form[field].label.text, _saved(invoice, field)) for field in found.changed]
    return Since(found.words(session), fields)


def _saved(invoice: Invoice, field: str) -> list[str]:
    if field == "lines":
        return [_line(line) for line in invoice.lines] or [pgettext("field", "None")]
    return [_in_words(invoice, field) or pgettext("field", "None")]


def _in_words(invoice: Invoice, field: str) -> str:
    value: Any = getattr(invoice, field)
    match field:
        case "contact_id" | "opportunity_id":
            noun = getattr(invoice, field.removesuffix("_id"))
            return str(noun) if noun else ""
        case "due_days":
            return "" if value is None else term_words(value)
        case "due_date":
            return format_date(value, "medium", reader_locale()) if value else ""
        case "partial_payments":
            return gettext("Yes") if value else gettext("No")
        case "partial_minimum":
            return Money(value, invoice.currency).format(reader_locale()) if value else ""
        case "deposit_percent":
            return f"{as_plain(value)}%" if value else ""
    return str(value)


def _line(line: InvoiceLine) -> str:
    price = Money(line.unit_price, line.invoice.currency).format(reader_locale())
    less = gettext("%(percent)s%% off", percent=as_plain(line.discount)) if line.discount else ""
    tax = f"{line.tax_name} {as_plain(line.tax_percent)}%" if line.tax_percent is not None else ""
    parts = [f"{line.description}: {as_plain(line.quantity)} × {price}", less, tax]
    return ", ".join(filter(None, parts))
