"""What a customer does with a pay link."""

import re
from typing import Any
from urllib.parse import urlsplit

from cast import Browser
from forms import again
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from models.activity import Activity
from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.pay_link import pay_url
from models.reminding import stop_url


def link(invoice: Invoice) -> str:
    """The path of the invoice's pay page."""
    url = pay_url(db.session, invoice.id)
    db.session.rollback()
    assert url
    return urlsplit(url).path


def way_out(invoice: Invoice) -> str:
    """The path by which a reminder of the invoice lets its reader go."""
    address = again(invoice).mail_address()
    url = stop_url(pay_url(db.session, invoice.id), address or "")
    db.session.rollback()
    assert url
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def who_reads(invoice: Invoice) -> tuple[int, str, str]:
    """What the verb that stops reminders asks for, from that path."""
    path, _, mark = way_out(invoice).partition("?to=")
    return invoice.id, path.split("/")[2], mark


def look(browser: Browser, invoice: Invoice) -> str:
    answer = browser.get(link(invoice))
    assert answer.status_code == 200
    return answer.text


def state(page: str) -> str:
    found = re.search(r'data-state="([a-z]+)"', page)
    assert found
    return found[1]


def press(browser: Browser, invoice: Invoice, **form: Any) -> TestResponse:
    """Press Pay on the invoice's page as it is now."""
    shown = {"operation": new_operation(), "version": db.session.get_one(Invoice, invoice.id).version}
    db.session.rollback()
    return browser.post(link(invoice), data=shown | form)


def came_back(browser: Browser, invoice: Invoice, checkout: Checkout) -> TestResponse:
    """Stripe sends the customer back."""
    return browser.get(f"{link(invoice)}/return?session_id={checkout.stripe_id}")


def status(browser: Browser, path: str) -> str:
    return str(browser.get(path).get_json()["state"])


def the_checkout(invoice: Invoice) -> Checkout:
    """The newest one."""
    db.session.rollback()
    query = select(Checkout).where(Checkout.invoice_id == invoice.id).order_by(Checkout.id.desc())
    return db.session.scalars(query.limit(1)).one()


def count(table: type[Any]) -> int:
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(table)) or 0)


def told(invoice: Invoice) -> list[str]:
    """What the Payment timeline says."""
    db.session.rollback()
    return list(
        db.session.scalars(select(Activity.kind).where(Activity.invoice_id == invoice.id).order_by(Activity.id))
    )
