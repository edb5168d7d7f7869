"""Documents as files: how they are made, and how they go out."""

from datetime import UTC, datetime
from hashlib import sha256

import builders
import pypdfium2
import pytest
from flask import Flask
from mail_sink import Mailbox

from models.base import db
from models.clock import now
from models.document import Document
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from tasks import invoices, transaction
from tasks.messages import deliver
from tasks.typesetter import typeset

AT = datetime(2026, 11, 3, tzinfo=UTC)
PDF = b"%PDF-1.7 made elsewhere"


def said(pdf: bytes) -> str:
    return str(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range())


def typed(*texts: str, language: str = "en", direction: str = "ltr") -> bytes:
    return typeset({"language": language, "direction": direction, "title": "Invoice", "texts": list(texts)}, AT)


@pytest.mark.parametrize(("language", "direction", "text"), [("de", "ltr", "Größe €"), ("ar", "rtl", "فاتورة")])
def test_a_pdf_says_what_it_was_given(app: Flask, language: str, direction: str, text: str) -> None:
    assert text in said(typed(text, language=language, direction=direction))


def test_the_same_document_is_the_same_file(app: Flask) -> None:
    assert typed("Design") == typed("Design")


@pytest.mark.parametrize("text", ['#link("x")[y]', "*bold*", '#read("/etc/passwd")', "$x$", "\\u{41}"])
def test_what_looks_like_markup_is_printed_as_it_stands(app: Flask, text: str) -> None:
    assert text in said(typed(text))


def test_a_letter_that_no_font_has_does_not_stop_a_document(app: Flask) -> None:
    assert "Grace" in said(typed("Grace 日本"))


@pytest.mark.parametrize(("documents", "files"), [("attach", ["Invoice.pdf"]), ("link", [])])
def test_a_message_brings_its_document_where_the_organization_attaches_them(
    app: Flask, mailbox: Mailbox, documents: str, files: list[str]
) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice()
    mail_id = invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())
    with transaction() as session:
        the_organization(session).documents = documents
        session.get_one(Mail, mail_id).document_id = a_document(session.get_one(Invoice, invoice.id))
    deliver(mail_id)
    assert [file.get_filename() for file in mailbox[-1].whole.iter_attachments()] == files


def a_document(invoice: Invoice) -> int:
    """Of the first version, inside the caller's transaction."""
    made = {"made_at": now(), "pdf": PDF, "sha256": sha256(PDF).hexdigest(), "size": len(PDF)}
    document = Document(kind="invoice", invoice_id=invoice.id, version_id=1, language="en", name="Invoice.pdf", **made)
    db.session.add(document)
    db.session.flush()
    return document.id
