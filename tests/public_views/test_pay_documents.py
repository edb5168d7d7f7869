"""What a customer may take along from the pay page."""

from typing import Any

import builders
import pypdfium2
import pytest
from cast import Browser
from customers import link, look
from flask import Flask
from sqlalchemy import update
from werkzeug.http import parse_options_header

from models.base import db
from models.credit_note import CreditNote
from models.document import Document
from models.mail import Mail
from models.payment import Payment
from models.receipt import standing_of
from tasks import documents, invoices, transaction
from tasks.documents import make_document
from tasks.offline_payments import reverse_offline_payment


def test_the_invoice_can_be_taken_along(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    assert 'href="' + link(invoice) + '/invoice.pdf"' in look(browser, invoice)
    answer = browser.get(f"{link(invoice)}/invoice.pdf")
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert answer.headers["Content-Disposition"] == f"inline; filename=Invoice-{invoice.number}.pdf"
    assert answer.headers["Cache-Control"] == "no-store"


def test_its_file_has_a_name_in_its_reader_s_words(browser: Browser) -> None:
    for language, name in (("de", "Rechnung-2026-0001.pdf"), ("ar", "الفاتورة-2026-0002.pdf")):
        invoice = builders.a_sent_invoice(contact=builders.a_contact(language=language))
        said = browser.get(f"{link(invoice)}/invoice.pdf").headers["Content-Disposition"]
        options = parse_options_header(said)[1]
        assert options["filename"] == name.replace("2026", f"{builders.today().year}")


def test_the_page_leads_to_the_receipt_and_the_credit_note_once_there_are_some(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("100.00")
    assert "/receipt-" not in look(browser, invoice)
    builders.pay(invoice)
    builders.come_home()
    builders.a_refund(invoice, "30.00")
    builders.come_home()
    page, number = look(browser, invoice), db.session.query(CreditNote).one().number
    db.session.rollback()
    for path in (f"{link(invoice)}/receipt-1.pdf", f"{link(invoice)}/credit-note/{number}.pdf"):
        assert f'href="{path}"' in page
        assert browser.get(path).data.startswith(b"%PDF-")


@pytest.mark.both_databases
def test_each_payment_has_a_receipt_that_says_how_the_invoice_stood_with_it(browser: Browser) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    builders.pay(invoice)
    builders.come_home()
    page, papers = look(browser, invoice), []
    for number in (1, 2):
        path = f"{link(invoice)}/receipt-{number}.pdf"
        assert f'href="{path}"' in page
        papers.append(answer := browser.get(path))
        assert answer.status_code == 200
    names = [parse_options_header(answer.headers["Content-Disposition"])[1]["filename"] for answer in papers]
    dated = f"Receipt-{invoice.number}-{builders.today()}"
    assert names == [f"{dated}.pdf", f"{dated}-2.pdf"]
    first, second = (" ".join(said(answer.data).split()) for answer in papers)
    assert ("Paid before" in first, "Amount due $60.00" in first) == (False, True)
    assert ("Paid before $40.00" in second, "Amount due $0.00" in second) == (True, True)


def test_a_receipt_of_which_no_message_tells_says_the_same(browser: Browser) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    builders.pay(invoice)
    builders.come_home()
    db.session.rollback()
    before = [standing_of(db.session, payment, payment.invoice) for payment in payments()]
    with transaction() as session:
        session.execute(update(Mail).values(data={}))
    assert [standing_of(db.session, payment, payment.invoice) for payment in payments()] == before
    assert [(each.paid_before.amount, each.due.amount) for each in before] == [(0, 6000), (4000, 0)]


def said(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def payments() -> list[Any]:
    return list(db.session.query(Payment).order_by(Payment.id))


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("path", "code"),
    [(f"receipt-{'9' * 20}.pdf", 303), (f"receipt-{'9' * 5000}.pdf", 303), ("credit-note/%00.pdf", 404)],
)
def test_what_no_database_can_look_for_is_not_there(browser: Browser, path: str, code: int) -> None:
    its = link(builders.a_sent_invoice())
    answer = browser.get(f"{its}/{path}")
    assert (answer.status_code, answer.location) == (code, its if code == 303 else None)


def test_what_is_being_made_opens_by_itself_in_a_moment(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    forget_documents()
    path = f"{link(invoice)}/invoice.pdf"
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["Refresh"]) == (202, "2")
    assert "being made" in answer.text
    make_document(db.session.query(Document).one().id)
    assert browser.get(path).status_code == 200


def forget_documents() -> None:
    """As before there were any: by no verb, for what is made is never deleted."""
    with transaction() as session:
        session.connection().exec_driver_sql("DROP TRIGGER document_no_delete")
        session.connection().exec_driver_sql("UPDATE mail SET document_id = NULL")
        session.connection().exec_driver_sql("DELETE FROM document")


def test_what_cannot_be_made_leads_back_to_the_page(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "typeset", lambda *_: 1 / 0)
    invoice = builders.a_sent_invoice()
    answer = browser.get(f"{link(invoice)}/invoice.pdf")
    assert (answer.status_code, "Refresh" in answer.headers) == (503, False)
    assert f'href="{link(invoice)}"' in answer.text


def test_what_is_not_of_this_invoice_leads_back_to_the_page(app: Flask, browser: Browser) -> None:
    invoice, other = builders.a_sent_invoice(), builders.a_paid_invoice()
    builders.a_refund(other, "10.00")
    builders.come_home()
    payment, number = builders.the_payment(other).id, db.session.query(CreditNote).one().number
    db.session.rollback()
    for path in (f"receipt-{payment}.pdf", "receipt.pdf", f"credit-note/{number}.pdf"):
        answer = browser.get(f"{link(invoice)}/{path}")
        assert (answer.status_code, answer.location) == (303, link(invoice))


def test_what_is_void_or_taken_back_is_not_handed_out(browser: Browser) -> None:
    void, cash = builders.a_sent_invoice(), builders.an_invoice_paid_in_cash()
    invoices.void_invoice(void.id, builders.person("staff"))
    reverse_offline_payment(db.session.query(Payment).one().id, builders.person("finance"), "A mistake")
    for path in (f"{link(void)}/invoice.pdf", f"{link(cash)}/receipt.pdf"):
        assert browser.get(path).status_code == 303
