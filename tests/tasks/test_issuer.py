"""Who bills: written once in the settings, kept by each document as it was when the document was made."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser, Cast
from customers import link
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.credit_note import CreditNote
from models.invoice import Invoice, new_operation
from models.invoice_version import InvoiceVersion
from tasks import messages, transaction
from tasks.invoices import send_invoice
from tasks.organization import change_organization
from tasks.revisions import revise_invoice

THEN = {
    "legal_name": "Northwind Studio LLC",
    "address": "1 Quay\nBristol",
    "tax_number": "GB 123",
    "registration_number": "HRB 77",
}
NOW = {
    "legal_name": "Southwind Ltd",
    "address": "2 Hill\nLeeds",
    "tax_number": "GB 999",
    "registration_number": "HRB 88",
}
LATER = tuple(word for text in NOW.values() for word in text.splitlines())
EARLIER = tuple(word for text in THEN.values() for word in text.splitlines())


def written(cast: Cast, values: dict[str, str]) -> None:
    change_organization(cast.admin, values)


def version_page(browser: Browser, invoice: Invoice, number: int = 1) -> str:
    return browser.get(f"/admin/invoice/version/?id={invoice.id}&version={number}").text


def says(page: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word in page]


def test_version_page_pay_page_and_mail_keep_who_billed(
    cast: Cast, signed_in: Callable[[str], Browser], browser: Browser, mailbox: Mailbox
) -> None:
    written(cast, THEN)
    invoice = builders.a_sent_invoice()
    written(cast, NOW)
    messages.deliver(send_invoice(invoice.id, cast.staff, new_operation()))
    for page in (version_page(signed_in("viewer"), invoice), browser.get(link(invoice)).text):
        assert (says(page, EARLIER), says(page, LATER)) == (list(EARLIER), [])
    for body in (mailbox[-1].html, mailbox[-1].text):
        assert (says(body, EARLIER), says(body, LATER)) == (list(EARLIER), [])


def test_the_footer_stands_beneath_each_message_about_an_invoice_and_its_pay_page(
    cast: Cast, browser: Browser, mailbox: Mailbox
) -> None:
    written(cast, {"footer": "Bank <1>\n& thanks"})
    invoice = builders.a_paid_invoice()
    sent, receipt = mailbox
    for page in (sent.html, receipt.html, browser.get(link(invoice)).text):
        assert "Bank &lt;1&gt;\n&amp; thanks" in "\n".join(page.splitlines())
    for text in (sent.text, receipt.text):
        assert text.splitlines()[-3:] == ["", "Bank <1>", "& thanks"]


def test_the_next_version_says_who_bills_then(cast: Cast, signed_in: Callable[[str], Browser]) -> None:
    written(cast, THEN)
    invoice = builders.a_sent_invoice()
    written(cast, NOW)
    revise_invoice(invoice.id, cast.staff, {"notes": "Once more"})
    viewer = signed_in("viewer")
    assert says(version_page(viewer, invoice, 2), LATER) == list(LATER)
    assert says(version_page(viewer, invoice, 1), EARLIER) == list(EARLIER)


def test_a_version_of_before_shows_who_bills_today(
    cast: Cast, signed_in: Callable[[str], Browser], browser: Browser
) -> None:
    written(cast, NOW)
    invoice = builders.a_sent_invoice()
    with transaction() as session:
        version = session.scalars(select(InvoiceVersion)).one()
        version.content = {name: kept for name, kept in version.content.items() if name != "issuer"}
    for page in (version_page(signed_in("viewer"), invoice), browser.get(link(invoice)).text):
        assert says(page, LATER) == list(LATER)


@pytest.mark.both_databases
def test_a_credit_note_says_who_bills_on_its_day(cast: Cast, signed_in: Callable[[str], Browser]) -> None:
    written(cast, THEN)
    invoice = builders.a_paid_invoice()
    written(cast, NOW)
    builders.a_refund(invoice, "10.00")
    builders.come_home()
    note = db.session.scalars(select(CreditNote)).one()
    page = signed_in("viewer").get(f"/admin/credit_note/details/?id={note.id}").text
    assert (says(page, LATER), says(page, EARLIER)) == (list(LATER), [])


def test_hostile_words_of_the_issuer_are_text(cast: Cast, browser: Browser, mailbox: Mailbox) -> None:
    written(cast, dict.fromkeys(THEN, "<script>alert(1)</script>"))
    invoice = builders.a_sent_invoice()
    assert "<script>alert" not in browser.get(link(invoice)).text
    assert "<script>alert" not in mailbox[-1].html
