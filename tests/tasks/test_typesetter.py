"""PDFs: what they say is what they were given, in our own fonts, in every language, whatever people write."""

from ctypes import create_string_buffer
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import typst
from flask import Flask
from PIL import Image

from models.invoice import Invoice
from models.invoice_line import InvoiceLine
from models.language import LANGUAGES, speaking
from models.organization import Organization
from models.printed import printed_invoice
from tasks.typesetter import _fonts, typeset

AT = datetime(2026, 11, 3, tzinfo=UTC)
POINTS_OF_A_CM = 72 / 2.54
CONTACT = {"name": "Grace Hopper", "company": "Navy", "address": "1 Quay\nBristol", "email": "grace@example.com"}


def the_organization() -> Organization:
    said = {"name": "Northwind", "address": "12 Quay", "tax_number": "GB1", "registration_number": "", "footer": ""}
    return Organization(**said, brand_color="#3b5bdb", support_email="help@example.com", support_phone="+49 30 1234")


def a_content(*descriptions: str, **fields: Any) -> dict[str, Any]:
    lines = [InvoiceLine(description=said, quantity=Decimal(1), unit_price=123450) for said in descriptions]
    values = {"number": "2026-0041", "version": 1, "currency": "USD", "prices_gross": False, "due_days": 14}
    values |= {"issue_date": date(2026, 11, 3), "due_date": date(2026, 11, 17), "contact_snapshot": CONTACT}
    values |= {"po_number": "", "terms": "", "notes": "", "partial_payments": False, "partial_minimum": 0}
    invoice = Invoice(lines=lines, **(values | fields))
    return invoice.content() | {"issuer": the_organization().issuer()}


def typed(*descriptions: str, language: str = "en", **fields: Any) -> bytes:
    with speaking(language):
        return typeset(printed_invoice(a_content(*descriptions, **fields), the_organization()), AT)


def said(pdf: bytes) -> str:
    """The text of all pages; lines are joined by spaces."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return " ".join(" ".join(pages).split())


def fonts(pdf: bytes) -> set[str]:
    """The families whose letters are in the file itself."""
    found = set()
    for page in pypdfium2.PdfDocument(pdf):
        for piece in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_TEXT,)):
            font = pdfium.FPDFTextObj_GetFont(piece.raw)
            assert pdfium.FPDFFont_GetIsEmbedded(font) == 1
            buffer = create_string_buffer(100)
            pdfium.FPDFFont_GetFamilyName(font, buffer, 100)
            found.add(buffer.value.decode().partition("-")[0])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_of_every_language_are_in_the_file_by_our_own_fonts(app: Flask, language: str) -> None:
    pdf = typed("Größe, ça, año €", "تصميم الموقع", language=language)
    words = said(pdf)
    assert all(text in words for text in ("2026-0041", "Größe", "ça", "año", "€", "Quay", "الموقع"))
    assert {name.removesuffix(" SemiBold") for name in fonts(pdf)} == {"IBM Plex Sans", "IBM Plex Sans Arabic"}
    assert f"/Lang ({language})".encode() in pdf.replace(b"/Lang(", b"/Lang (")


@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_document_is_made_for_the_archive_and_for_screen_readers(app: Flask, language: str) -> None:
    pdf = typed("Design", "تصميم", language=language)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_arabic_letters_are_joined(app: Flask) -> None:
    """A letter has another form, and so another width, at each place of a word; standing apart it has one only."""
    joined, apart = widths("م", typed("ممم")), widths("م", typed("م م م"))
    assert (len(joined), len(set(joined))) == (3, 3)
    assert (len(apart), len(set(apart))) == (3, 1)


def widths(letter: str, pdf: bytes) -> list[float]:
    """Of this letter, wherever it stands on the first page; in tenths of a point."""
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    found = [at for at in range(text.count_chars()) if chr(pdfium.FPDFText_GetUnicode(text.raw, at)) == letter]
    return [round(right - left, 1) for left, _, right, _ in map(text.get_charbox, found)]


def test_a_document_borrows_no_letter_from_the_machine(app: Flask) -> None:
    """Typst has letters that ours have not, as machines have: were they taken, they would be found here."""
    folder, strange = Path(app.root_path) / "static" / "fonts", "A Հայերեն"
    taken = typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[folder])
    assert fonts(typst.compile(strange.encode(), font_paths=taken)) - {"IBM Plex Sans"}
    assert fonts(typst.compile(strange.encode(), font_paths=_fonts(folder))) == {"IBM Plex Sans"}
    assert fonts(typed(strange)) == {"IBM Plex Sans"}


def test_the_same_document_is_the_same_file(app: Flask) -> None:
    assert typed("Design") == typed("Design")


@pytest.mark.parametrize("text", ['#link("x")[y]', "*bold*", '#read("/etc/passwd")', "$x$", "\\u{41}", "<b>//x</b>"])
def test_what_looks_like_markup_is_printed_as_it_stands(app: Flask, text: str) -> None:
    assert said(typed(text, notes=text)).count(text) == 2


def test_what_nobody_can_see_does_not_reach_the_paper(app: Flask) -> None:
    assert "before after" in said(typed("Design", notes="before\x00\x07after\u202e"))


def test_a_letter_that_no_font_has_does_not_stop_a_document(app: Flask) -> None:
    pdf = typed("Grace 日本")
    assert "Grace" in said(pdf)
    assert b"<pdfaid:part>" not in pdf


def test_five_hundred_lines_are_counted_on_each_page_below_their_heads(app: Flask) -> None:
    pages = pypdfium2.PdfDocument(typed(*(f"No {n}" for n in range(500))))
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert all(f"Page {number} of {len(pages)}" in text for number, text in enumerate(texts, 1))
    assert all("Unit price" in text for text in texts[:-1])
    assert "No 499" in " ".join(texts)


@pytest.mark.parametrize("name", ["W" * 300, "a b " * 75, "م" * 300])
def test_a_long_name_stays_on_the_paper(app: Flask, name: str) -> None:
    pages = pypdfium2.PdfDocument(typed(name, contact_snapshot=CONTACT | {"name": name}))
    for page in pages:
        assert all(left > 0 and right < page.get_width() for left, _, right, _ in boxes(page))


def boxes(page: Any) -> list[tuple[float, float, float, float]]:
    return [piece.get_bounds() for piece in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_TEXT,))]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("width", "height"), [(480, 40), (480, 96), (480, 144), (100, 100), (20, 140)])
def test_a_logo_of_any_shape_stands_whole_beside_the_heading(
    app: Flask, width: int, height: int, language: str
) -> None:
    Image.new("RGB", (width, height), "#3b5bdb").save(file := BytesIO(), "PNG")
    with speaking(language):
        printed = printed_invoice(a_content("Design"), the_organization()) | {"heading": "Wide heading " * 2}
    page = pypdfium2.PdfDocument(typeset(printed | {"logo": {"picture": list(file.getvalue()), "format": "png"}}, AT))[
        0
    ]
    ((left, bottom, right, top),) = (
        piece.get_bounds() for piece in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,))
    )
    margin = 2 * POINTS_OF_A_CM
    assert (right - left) / (top - bottom) == pytest.approx(width / height, rel=0.01)
    assert top - bottom <= 1.3 * POINTS_OF_A_CM + 0.1
    assert margin - 0.1 <= left < right <= page.get_width() - margin + 0.1
    beside = [box for box in boxes(page) if box[1] < top and box[3] > bottom]
    assert all(right < text_left or text_right < left for text_left, _, text_right, _ in beside)


def test_a_logo_is_on_the_paper_and_has_words(app: Flask) -> None:
    Image.new("RGBA", (48, 12), "#3b5bdb").save(file := BytesIO(), "PNG")
    printed = printed_invoice(a_content("Design"), the_organization())
    pdf = typeset(printed | {"logo": {"picture": list(file.getvalue()), "format": "png"}}, AT)
    assert list(pypdfium2.PdfDocument(pdf)[0].get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,)))
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
