"""How a contact is billed: written in its form, brought into new invoices, and said by each document."""

from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from cast import Browser
from customers import link
from forms import HABITS, NEW_CONTACT, NEW_INVOICE, as_shown, leads, page_of, the_invoice, typed
from mail_sink import Mailbox
from sqlalchemy import select

from models.activity import AuditEntry
from models.base import db
from models.contact import Contact
from models.invoice import new_operation
from tasks import messages, transaction
from tasks.invoices import send_invoice

SignIn = Callable[[str], Browser]
SAID = ("Hopper Holding GmbH", "DE 1234", "1 Quay", "Bremen", "PO-7")


def the_contact() -> Contact:
    db.session.rollback()
    return db.session.scalars(select(Contact)).one()


def written(browser: Browser, **fields: str) -> Contact:
    assert browser.post_form(NEW_CONTACT, HABITS | fields).status_code == 302
    return the_contact()


def test_the_form_of_a_contact_reads_back_as_it_was_written(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    contact = written(browser)
    assert (contact.billing_name, contact.language, contact.currency, contact.due_days) == (
        "Hopper Holding GmbH",
        "de",
        "JPY",
        30,
    )
    assert contact.cc_addresses == ["books@example.com", "Boss@example.com"]
    shown = browser.get(f"/admin/contact/edit/?id={contact.id}").text
    for words in ('value="Hopper Holding GmbH"', "books@example.com, Boss@example.com", 'selected value="de"'):
        assert words in shown
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.create")).one()
    assert (entry.after or {})["cc_addresses"] == contact.cc_addresses


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("cc_addresses", "books@example.com, nobody"),
        ("cc_addresses", ", ".join(f"a{n}@example.com" for n in range(11))),
        ("language", "tlh"),
        ("currency", "XXQ"),
        ("billing_name", "x" * 201),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(signed_in: SignIn, field: str, wrong: str) -> None:
    answer = signed_in("staff").post_form(NEW_CONTACT, HABITS | {field: wrong})
    assert (answer.status_code, "error-text" in answer.text) == (400, True)
    assert db.session.scalars(select(Contact)).first() is None


def test_equal_addresses_count_once_before_there_are_too_many(signed_in: SignIn) -> None:
    contact = written(signed_in("staff"), cc_addresses=", ".join(["Books@example.com", "books@EXAMPLE.com"] * 6))
    assert contact.cc_addresses == ["books@example.com"]


def test_what_is_wrong_is_listed_above_the_form_and_leads_there(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    answer = browser.post_form(NEW_CONTACT, HABITS | {"name": "", "due_days": "abc", "cc_addresses": "nobody"})
    assert leads(answer.text) == {"Name": "name", "Cc": "cc_addresses", "Payment terms": "due_days"}
    answer = as_shown(browser, {}, {"price": "1,5"}, due_days="date", due_date="soon", po_number="x" * 61)
    assert list(leads(answer.text).values()) == ["due_date", "lines-1-price", "po_number"]
    assert all(f'id="{field}"' in answer.text for field in leads(answer.text).values())


def test_every_document_says_how_the_contact_is_billed(signed_in: SignIn, browser: Browser, mailbox: Mailbox) -> None:
    builders.connected()
    staff = signed_in("staff")
    contact = written(staff)
    as_shown(staff, {"price": "1500"}, contact_id=str(contact.id), po_number="PO-7")
    invoice = the_invoice()
    messages.deliver(send_invoice(invoice.id, builders.person("staff"), new_operation()))
    pages = [staff.get(path).text for path in (page_of(invoice), f"/admin/invoice/version/?id={invoice.id}")]
    of_customers = (browser.get(link(invoice)).text, mailbox[0].html, mailbox[0].text)
    for terms, said in [*(("Net 30", page) for page in pages), *(("30 Tage netto", each) for each in of_customers)]:
        assert [words for words in (*SAID, terms) if words not in said] == []
        assert "Hopper &amp; Co" not in said
    assert the_invoice().due_date == builders.today() + timedelta(days=30)


def test_what_a_contact_says_later_changes_no_document(signed_in: SignIn, browser: Browser) -> None:
    staff, contact = signed_in("staff"), builders.a_contact(billing_name="Then Ltd", tax_number="T-1", due_days=7)
    invoice = builders.a_sent_invoice(contact=contact)
    with transaction() as session:
        now = session.get_one(Contact, contact.id)
        now.billing_name, now.tax_number, now.currency, now.due_days = "Now Ltd", "T-2", "KWD", 60
    for page in (staff.get(f"/admin/invoice/version/?id={invoice.id}").text, browser.get(link(invoice)).text):
        assert ("Then Ltd" in page, "T-1" in page, "Now Ltd" in page, "T-2" in page) == (True, True, False, False)
    assert (the_invoice().currency, the_invoice().due_days) == ("USD", 7)


def test_hostile_words_of_a_contact_are_text(signed_in: SignIn, browser: Browser, mailbox: Mailbox) -> None:
    evil = "<script>alert(1)</script>"
    contact = builders.a_contact(billing_name=evil, tax_number=evil, address=evil, company=evil)
    invoice = builders.a_sent_invoice(contact=contact)
    staff = signed_in("staff")
    paths = (page_of(invoice), f"/admin/invoice/version/?id={invoice.id}", f"/admin/contact/details/?id={contact.id}")
    for said in (*(staff.get(path).text for path in paths), browser.get(link(invoice)).text, mailbox[0].html):
        assert "<script>alert" not in said


@pytest.mark.parametrize(("currency", "price", "total"), [("JPY", "1500", 1500), ("KWD", "1.250", 1250)])
def test_a_chosen_contact_brings_its_currency_also_without_scripts(
    signed_in: SignIn, currency: str, price: str, total: int
) -> None:
    browser, contact = signed_in("staff"), builders.a_contact(currency=currency)
    answer = as_shown(browser, {"price": price}, contact_id=str(contact.id))
    assert (the_invoice().currency, the_invoice().total) == (currency, total)
    assert f"Its currency is {currency}" in browser.get(answer.headers["Location"]).text


def test_a_price_that_the_brought_currency_cannot_have_is_shown_in_that_currency(signed_in: SignIn) -> None:
    answer = as_shown(signed_in("staff"), {"price": "1.50"}, contact_id=str(builders.a_contact(currency="JPY").id))
    assert "JPY has no decimals" in answer.text
    assert 'name="currency_shown" value="JPY"' in answer.text


def test_a_currency_that_somebody_chose_stays(signed_in: SignIn) -> None:
    browser, contact = signed_in("staff"), str(builders.a_contact(currency="JPY").id)
    as_shown(browser, contact_id=contact, currency="EUR")
    assert the_invoice().currency == "EUR"
    browser.post_form(NEW_INVOICE, typed(contact_id=contact, currency_shown="", contact_shown=""))
    assert the_invoice().currency == "USD"


def test_a_contacts_page_begins_an_invoice_as_the_contact_is_billed(signed_in: SignIn) -> None:
    contact = builders.a_contact(currency="EUR", due_days=21)
    shown = signed_in("staff").get(f"{NEW_INVOICE}?contact={contact.id}").text
    assert 'data-currency="EUR"' in shown
    assert '<option selected value="21">Net 21</option>' in shown
