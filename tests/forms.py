"""Forms as a browser shows and posts them: dialogs, and the form of an invoice."""

import re
from html import unescape
from typing import Any

from cast import Browser
from chaos.forms import find_form
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.base import db
from models.invoice import Invoice

NEW_CONTACT, NEW_INVOICE = "/admin/contact/new/", "/admin/invoice/new/"
HABITS = {
    "name": "Grace Hopper",
    "email": "grace@example.com",
    "company": "Hopper & Co",
    "billing_name": "Hopper Holding GmbH",
    "tax_number": "DE 1234",
    "address": "1 Quay\nBremen",
    "cc_addresses": "books@example.com; Boss@Example.com",
    "language": "de",
    "currency": "JPY",
    "due_days": "30",
}


def typed(*lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    blank = {"description": "Design", "quantity": "1", "price": "40.00", "discount": "", "tax_name": "", "tax": ""}
    rows = {f"lines-{n}-{part}": text for n, line in enumerate(lines or ({},)) for part, text in (blank | line).items()}
    return {"currency": "USD", "contact_id": "", "opportunity_id": "", "terms": "", "notes": ""} | rows | fields


def dialog(page: str, name: str) -> str:
    """One dialog of the page, empty when it is not there."""
    found = re.search(rf'<dialog id="{name}".*?</dialog>', page, re.S)
    return found[0] if found else ""


def is_open(dialog: str) -> bool:
    return "data-open" in dialog.split(">")[0]


def why(dialog: str) -> str:
    """The sentence for which it has opened again."""
    found = re.search(r'<div class="error-text" role="alert">(.*?)</div>', dialog)
    return unescape(found[1]) if found else ""


def errors(page: str) -> list[str]:
    """What is said beside the fields of a form, from top to bottom."""
    return [unescape(text) for text in re.findall(r'<div class="error-text"[^>]*>(.*?)</div>', page)]


def leads(page: str) -> dict[str, str]:
    """What stands above a form that was refused: the labels of its fields, and the id that each leads to."""
    listed = "".join(re.findall(r'<ul class="wrong">(.*?)</ul>', page))
    return {unescape(label): field for field, label in re.findall(r'<a href="#([^"]*)">(.*?)</a>', listed)}


def fields(page: str) -> dict[str, str]:
    """What the first form of this page or dialog sends when nothing more is typed into it."""
    form = find_form(page, "")
    return form.fields if form else {}


def messages(page: str) -> list[str]:
    """What stands above the page."""
    return [unescape(text) for text in re.findall(r'<div class="flash-text">(.*?)</div>', page)]


def steps(page: str) -> dict[str, str]:
    """What the messages above the page offer next: the words of each step, and where it leads or what it presses."""
    offered = "".join(re.findall(r'<div class="banner-actions">(.*?)</div>', page.split('class="page-head"')[0], re.S))
    ways = re.findall(r'<a class="btn btn-sm" href="([^"]*)">(.*?)</a>', offered)
    presses = re.findall(r'action="([^"]*)".*?<button[^>]*>(.*?)</button>', offered, re.S)
    return {unescape(label): unescape(place) for place, label in [*ways, *presses]}


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


def as_shown(browser: Browser, *lines: dict[str, str], **fields: Any) -> Any:
    """A new invoice's form as a browser without scripts posts it: nothing but these fields is touched."""
    return browser.post_form(NEW_INVOICE, typed(*lines, currency_shown="USD", contact_shown="", **fields))


def the_invoice() -> Invoice:
    """The newest one, as it is in the database now."""
    db.session.rollback()
    return db.session.scalars(select(Invoice).order_by(Invoice.id.desc()).limit(1)).one()
