"""Documents as files: asked for with their fact, made once by a job, kept, and taken along by messages."""

import re
from decimal import Decimal
from typing import Any

import builders
import pypdfium2
import pytest
from flask import Flask
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.document import Document
from models.invoice import new_operation
from models.invoice_line import InvoiceLine
from models.organization import the_organization
from models.parked import WORK
from models.refusal import NotFound, Refused
from tasks import documents, invoices, revisions, transaction
from tasks.audit import audit
from tasks.documents import make_document, retry_document, want_document
from tasks.letters import preview
from tasks.messages import deliver
from tasks.pay_links import pay_link
from tasks.sweep import sweep

pytestmark = pytest.mark.both_databases


def said(pdf: bytes) -> str:
    """The text of all pages, as a program that is not typst reads it; lines are joined by spaces."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return " ".join(" ".join(pages).split())


def made(kind: str = "invoice") -> Document:
    """The newest of its kind, made."""
    db.session.rollback()
    document = db.session.scalars(select(Document).filter_by(kind=kind).order_by(Document.id.desc()).limit(1)).one()
    make_document(document.id)
    return db.session.get_one(Document, document.id)


def paper(kind: str = "invoice") -> str:
    pdf = made(kind).pdf
    assert pdf
    return said(pdf)


def test_an_issued_invoice_has_its_document(app: Flask) -> None:
    invoice = builders.a_sent_invoice("64.47", po_number="PO-4711", notes="Thank you!\nGrace", terms="No returns.")
    document = made()
    for text in (invoice.number or "", "Grace Hopper", "Design", "$64.47", "PO-4711", "Thank you!", "No returns."):
        assert text in paper()
    assert (document.name, document.language) == (f"Invoice-{invoice.number}.pdf", "en")


def test_a_document_is_made_once_and_stays_as_it_was_made(app: Flask) -> None:
    builders.a_sent_invoice()
    before = made().pdf
    with transaction() as session:
        the_organization(session).name = "Another name"
    assert made().pdf == before


def test_each_version_has_a_document_of_its_own(app: Flask) -> None:
    invoice = builders.a_sent_invoice("100.00")
    line = InvoiceLine(position=0, description="Less", quantity=Decimal(1), unit_price=8000)
    revisions.revise_invoice(invoice.id, builders.person("staff"), {"lines": [line]})
    assert "$80.00" in paper()
    assert made().name == f"Invoice-{invoice.number}-v2.pdf"


def test_a_payment_that_arrived_has_its_receipt(app: Flask) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    text = paper("receipt")
    assert all(part in text for part in ("Receipt", f"for invoice {invoice.number}", "$40.00", "$100.00", "4242"))


def test_a_refund_has_its_credit_note(app: Flask) -> None:
    builders.a_refund(invoice := builders.a_paid_invoice("100.00"), "30.00")
    builders.come_home()
    text = paper("credit_note")
    assert all(part in text for part in ("Credit note CN-", f"for invoice {invoice.number}", "$30.00"))


def test_a_document_is_written_in_the_language_of_its_contact(app: Flask) -> None:
    builders.a_sent_invoice("1234.50", contact=builders.a_contact(language="de"), currency="EUR")
    assert made().language == "de"
    assert "1.234,50" in paper()


def test_the_sweep_finds_a_document_that_nobody_has_made(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    document_id = an_unmade_document()
    woken: list[Any] = []
    monkeypatch.setattr("tasks.sweep.is_queue_long", lambda *_: False)
    monkeypatch.setattr("tasks.sweep.later", lambda verb, *ids: woken.append((verb, ids)))
    sweep()
    assert (make_document, (document_id,)) in woken


def test_who_waits_for_a_document_has_it_made_before_the_sweep_finds_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = an_unmade_document()
    version_id = db.session.get_one(Document, document_id).version_id or 0
    db.session.rollback()
    woken: list[Any] = []
    monkeypatch.setattr("tasks._wake", lambda verb, ids: woken.append((verb, ids)))
    for _ in range(2):
        assert want_document("invoice", version_id) == document_id
        make_document(document_id)
    assert woken == [(make_document, (document_id,))]


def an_unmade_document() -> int:
    """Of an invoice that staff have issued and not sent."""
    builders.connected()
    pay_link(builders.a_draft_invoice().id, builders.person("staff"))
    found = db.session.scalars(select(Document.id)).one()
    db.session.rollback()
    return found


def test_what_cannot_be_made_waits_for_staff_until_they_press_retry(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = an_unmade_document()
    with monkeypatch.context() as broken:
        broken.setattr(documents, "typeset", lambda *_: 1 / 0)
        make_document(document_id)
    waiting = WORK["document"].newest(db.session, 5).rows
    assert ["division by zero" in one.error for one in waiting] == [True]
    retry_document(document_id, builders.person("staff"))
    make_document(document_id)
    assert db.session.get_one(Document, document_id).pdf
    db.session.rollback()
    with pytest.raises(Refused, match="not waiting"):
        retry_document(document_id, builders.person("staff"))


def test_a_document_that_kills_whoever_makes_it_is_given_up_after_three_times(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id = an_unmade_document()

    def die(*_: Any) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(documents, "typeset", die)
    for number in range(3):
        with builders.in_a_while(minutes=number), pytest.raises(KeyboardInterrupt):
            make_document(document_id)
    with builders.in_a_while(minutes=5):
        make_document(document_id)
    found = db.session.get_one(Document, document_id)
    assert (found.parked_at is not None, found.last_error) == (True, "Making it was cut off 3 times.")


def test_a_document_is_asked_for_again_where_there_is_none(app: Flask) -> None:
    document_id = an_unmade_document()
    assert want_document("invoice", 1) == document_id
    with pytest.raises(NotFound):
        want_document("credit_note", 7)


def test_the_books_prove_that_files_are_as_they_were_made(app: Flask) -> None:
    builders.a_sent_invoice()
    builders.come_home()
    assert not [broken for broken in audit() if broken.invariant in ("files", "nothing is forgotten")]


# With messages


def test_a_message_brings_its_document(app: Flask, mailbox: Mailbox) -> None:
    invoice = builders.a_sent_invoice()
    assert [file.get_filename() for file in mailbox[-1].whole.iter_attachments()] == [f"Invoice-{invoice.number}.pdf"]
    assert ".pdf" not in mailbox[-1].html + mailbox[-1].text


def test_it_leads_to_its_document_where_the_organization_wants_that(app: Flask, mailbox: Mailbox) -> None:
    with transaction() as session:
        the_organization(session).documents = "link"
    invoice = builders.a_paid_invoice("100.00")
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    assert not [file for mail in mailbox for file in mail.whole.iter_attachments()]
    wanted = [r"/invoice\.pdf", r"/receipt-1\.pdf", r"/credit-note/CN-[0-9-]+\.pdf"]
    for mail, path in zip(mailbox, wanted, strict=True):
        found = re.search(rf"http://[^/]+(/pay/\S+{path})\s", mail.text)
        assert found
        assert f'{found[1]}"' in mail.html
        assert app.test_client().get(found[1]).mimetype in ("application/pdf", "text/html")


def test_the_preview_of_a_draft_leads_to_its_document_as_the_message_will(app: Flask) -> None:
    draft = builders.a_draft_invoice()
    assert ".pdf" not in preview(db.session, draft, "").text
    with transaction() as session:
        the_organization(session).documents = "link"
    assert "/pay/…/invoice.pdf" in preview(db.session, draft, "").text


def test_a_receipt_and_a_refund_notice_bring_theirs(app: Flask, mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice("100.00")
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    names = [file.get_filename() or "" for mail in mailbox for file in mail.whole.iter_attachments()]
    assert [name.split("-2026")[0] for name in names] == ["Invoice", "Receipt", "Credit-note-CN"]


def test_a_message_waits_for_the_document_that_another_is_making(app: Flask, mailbox: Mailbox) -> None:
    builders.connected()
    mail_id = invoices.send_invoice(builders.a_draft_invoice().id, builders.person("staff"), new_operation())
    with transaction() as session:
        assert Document.claim(session, session.scalars(select(Document.id)).one())
    deliver(mail_id)
    assert not mailbox
    with builders.in_a_while(minutes=2):
        deliver(mail_id)
    assert len(list(mailbox[-1].whole.iter_attachments())) == 1


def test_a_document_that_cannot_be_made_does_not_stop_its_message(
    app: Flask, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "typeset", lambda *_: 1 / 0)
    builders.a_sent_invoice()
    assert not list(mailbox[-1].whole.iter_attachments())
    assert "/invoice.pdf" in mailbox[-1].text
