"""What follows each link of a message before anybody reads it leaves no trace but that the link was opened."""

import re
from collections.abc import Iterator

import builders
import pytest
from cast import Browser
from customers import count, told
from late_failures import a_failed_debit, a_refund_that_comes_back
from mail_sink import Mailbox, Received
from sqlalchemy import select

from models.base import db
from models.checkout import Checkout
from models.contact import Contact
from models.document import Document
from models.invoice import Invoice
from models.mail import KIND_WORDS, Mail
from models.organization import Organization
from tasks import messages, transaction
from tasks.reminders import remind

pytestmark = pytest.mark.usefixtures("app")
OURS = "http://127.0.0.1:8000"


def one_of_each_message(documents: str) -> None:
    """Each kind that a customer gets, with the documents in it or behind a link."""
    with transaction() as session:
        session.get_one(Organization, 1).documents = documents
    contact = builders.a_contact(cc_addresses=["books@example.com"])
    invoice = builders.a_sent_invoice(contact=contact)
    builders.a_refund(builders.a_paid_invoice(), "10.00")
    a_failed_debit()
    a_refund_that_comes_back()
    builders.come_home()
    with builders.in_a_while(days=2):
        messages.deliver(remind(invoice.id, builders.person("staff"), builders.new_operation()))


def links(message: Received) -> Iterator[str]:
    """Whatever in it looks like an address of ours."""
    written = (message.html, message.text, str(message.whole["List-Unsubscribe"] or ""))
    for text in written:
        yield from (found.rstrip(".,") for found in re.findall(rf"{OURS}/[^\s\"'<>]+", text))


@pytest.mark.parametrize("documents", ["attach", "link"])
def test_links_that_a_scanner_follows_are_no_view_and_stop_nothing(
    browser: Browser, mailbox: Mailbox, documents: str
) -> None:
    one_of_each_message(documents)
    kinds = set(db.session.scalars(select(Mail.kind).where(Mail.sent_at.is_not(None))))
    assert kinds == KIND_WORDS.keys() - {"news"}
    invoices = list(db.session.scalars(select(Invoice)))
    before = [told(invoice) for invoice in invoices], count(Checkout), count(Document)
    followed = {link for message in mailbox for link in links(message)}
    answers = {
        (link, method): browser.open(link.removeprefix(OURS), method=method, follow_redirects=True).status_code
        for link in followed
        for method in ("HEAD", "GET")
    }
    assert {answer: code for answer, code in answers.items() if code != 200} == {}
    assert any("/reminders" in link for link in followed)
    assert any(".pdf" in link for link in followed) is (documents == "link")
    assert ([told(invoice) for invoice in invoices], count(Checkout), count(Document)) == before
    assert db.session.scalars(select(Invoice.id).where(Invoice.viewed_at.is_not(None))).all() == []
    assert db.session.scalars(select(Contact.id).where(Contact.reminders_off_at.is_not(None))).all() == []
