"""The form of an invoice as a browser posts it."""

from typing import Any

from cast import Browser
from werkzeug.test import TestResponse

from models.base import db
from models.invoice import Invoice


def typed(*lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    blank = {"description": "Design", "quantity": "1", "price": "40.00", "discount": "", "tax_name": "", "tax": ""}
    rows = {f"lines-{n}-{part}": text for n, line in enumerate(lines or ({},)) for part, text in (blank | line).items()}
    return {"currency": "USD", "contact_id": "", "opportunity_id": "", "terms": "", "notes": ""} | rows | fields


def edit(invoice: Invoice) -> str:
    return f"/admin/invoice/edit/?id={invoice.id}"


def page_of(invoice: Invoice) -> str:
    return f"/admin/invoice/details/?id={invoice.id}"


def again(invoice: Invoice) -> Invoice:
    """As it is in the database now."""
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


def save(browser: Browser, invoice: Invoice, price: str, **fields: Any) -> TestResponse:
    """Save the form with this price, as it was seen when it was opened, or as it is seen now."""
    seen = {"edits": again(invoice).edits, "contact_id": invoice.contact_id or ""}
    return browser.post_form(edit(invoice), typed({"price": price}, **seen | fields))
