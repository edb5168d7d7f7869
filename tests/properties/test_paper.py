"""What an invoice says on paper is what its page says, whatever is billed."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import builders
import pypdfium2
import pytest
from cast import Browser
from customers import look
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.base import db
from models.clock import moved_to
from models.document import Document
from models.invoice import Invoice
from models.invoice_line import InvoiceLine
from tasks.documents import make_document

AMOUNT = re.compile(r"(?:[$€¥]|KWD )[\d.,]*\d")
SHARE = re.compile(r"[\d.]+%")
PERCENT = st.none() | st.decimals("0.1", "99.9", places=1)
# As each language writes the same ones; in Arabic by their digits.
FIGURES = {
    "en": ("€4,093.15", "€2,700.60", "€1,234.56", "€202.55", "12.5%", "7.5%", "Dec 2, 2026", "Nov 3, 2026"),
    "de": ("4.093,15 €", "2.700,60 €", "1.234,56 €", "202,55 €", "12,5 %", "7,5 %", "02.12.2026", "03.11.2026"),
    "fr": ("4 093,15 €", "2 700,60 €", "1 234,56 €", "202,55 €", "12,5 %", "7,5 %", "2 déc. 2026", "3 nov. 2026"),
    "es": ("4.093,15 €", "2.700,60 €", "1.234,56 €", "202,55 €", "12,5 %", "7,5 %", "2 dic 2026", "3 nov 2026"),
    "ar": ("4,093.15", "2,700.60", "1,234.56", "202.55", "12.5%", "7.5%"),
}
# Marks that turn what follows.
MARKS = re.compile("[\u200e\u200f\u2066-\u2069]")
LINE = st.fixed_dictionaries(
    {
        "description": st.just("Design"),
        "quantity": st.decimals("0.001", "99", places=3),
        "unit_price": st.integers(1000, 10**5),
        "discount": st.none() | st.sampled_from([Decimal("12.5"), Decimal(50)]),
        "tax_percent": PERCENT,
    }
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINE, min_size=1, max_size=6),
    currency=st.sampled_from(["USD", "EUR", "JPY"]),
    gross=st.booleans(),
)
def test_the_paper_has_the_figures_of_the_page(
    app: Flask, browser: Browser, lines: list[dict[str, object]], currency: str, gross: bool
) -> None:
    billed = [InvoiceLine(position=n, tax_name="VAT", **line) for n, line in enumerate(lines)]
    billed.append(InvoiceLine(position=len(lines), description="Fee", quantity=Decimal(1), unit_price=1000))
    says_the_same(browser, builders.a_sent_invoice("10", currency=currency, lines=billed, prices_gross=gross))


def test_so_it_has_where_there_are_three_decimals(app: Flask, browser: Browser) -> None:
    line = InvoiceLine(description="Oil", quantity=Decimal("2.5"), unit_price=1234560, tax_name="VAT", tax_percent=5)
    says_the_same(browser, builders.a_sent_invoice("10", currency="KWD", lines=[line]))


@pytest.mark.parametrize("language", FIGURES)
def test_so_it_has_in_each_language(app: Flask, browser: Browser, language: str) -> None:
    share = {"tax_name": "VAT", "tax_percent": Decimal("7.5"), "discount": Decimal("12.5")}
    rows = [
        InvoiceLine(position=0, description="Design", quantity=Decimal("2.5"), unit_price=123456, **share),
        InvoiceLine(
            position=1, description="Fee", quantity=Decimal(1), unit_price=100000, tax_name="VAT", tax_percent=19
        ),
    ]
    fields = {"currency": "SAR" if language == "ar" else "EUR", "due_date": date(2026, 12, 2)}
    with moved_to(datetime(2026, 11, 3, 12, tzinfo=UTC)):
        invoice = builders.a_sent_invoice("10", lines=rows, contact=builders.a_contact(language=language), **fields)
        page, paper = (MARKS.sub("", text) for text in (of_page(look(browser, invoice)), of_paper(invoice)))
    assert [said for said in FIGURES[language] if said not in page or said not in paper] == []


def says_the_same(browser: Browser, invoice: Invoice) -> None:
    page, paper = of_page(look(browser, invoice)), of_paper(invoice)
    assert AMOUNT.findall(paper)
    assert set(AMOUNT.findall(paper)) == set(AMOUNT.findall(page))
    assert set(SHARE.findall(paper)) == set(SHARE.findall(page))


def of_page(html: str) -> str:
    """The text of its main part, without the form."""
    main = re.sub(r"<form.*?</form>", " ", html[html.index("<main") : html.index("</main>")], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def of_paper(invoice: Invoice) -> str:
    db.session.rollback()
    document = db.session.scalars(select(Document).where(Document.invoice_id == invoice.id)).one()
    make_document(document.id)
    pdf = pypdfium2.PdfDocument(db.session.get_one(Document, document.id).pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())
