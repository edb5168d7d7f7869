"""Pages in other languages, as far as they need no catalog of ours."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

import builders
import pytest
from cast import Browser
from flask import Flask
from flask_babel import Domain
from forms import page_of

from models.invoice_line import InvoiceLine
from models.payment import Payment
from tasks import transaction

SignIn = Callable[[str], Browser]
Reading = Callable[[str], None]
SIX = {"zero", "one", "two", "few", "many", "other"}


@pytest.fixture
def reading(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """`reading("ar")`: from here on everybody reads Arabic."""
    babel = app.extensions["babel"]
    return lambda language: monkeypatch.setattr(babel, "locale_selector", lambda: language)


def test_a_page_says_its_language_and_where_its_lines_begin(
    signed_in: SignIn, browser: Browser, reading: Reading
) -> None:
    person = signed_in("viewer")
    reading("ar")
    pages = (
        person.get("/admin/"),
        person.get("/admin/nowhere"),
        browser.get("/admin/sign-in"),
        browser.get("/nowhere"),
    )
    assert ['<html lang="ar" dir="rtl">' in page.text for page in pages] == [True] * 4


@pytest.mark.parametrize(
    ("language", "forms"),
    [("en", {"one", "other"}), ("ja", {"other"}), ("pl", {"one", "few", "many"}), ("ar", SIX)],
)
def test_scripts_have_a_text_for_each_form_of_the_plural(
    signed_in: SignIn, reading: Reading, language: str, forms: set[str]
) -> None:
    person = signed_in("viewer")
    reading(language)
    found = re.search(r"<p [^>]*data-count([^>]*)>", person.get("/admin/").text)
    assert found
    assert set(re.findall(r" data-(\w+)=", found[1])) == forms


@pytest.mark.parametrize("door", ["/admin/contact/new/", "/admin/organization/"])
def test_what_is_wrong_in_a_form_is_said_in_the_readers_language(
    signed_in: SignIn, reading: Reading, door: str
) -> None:
    person = signed_in("admin")
    reading("de")
    assert "Feld kann nicht länger als 200 Zeichen sein." in person.post_form(door, {"name": "A" * 201}).text


class German:
    """As much of a catalog as a test needs."""

    WORDS: ClassVar[dict[str, str]] = {
        "Your card was declined.": "Die Karte wurde abgelehnt.",
        "Please sign in.": "Bitte melden Sie sich an.",
        "%(tax)s %(percent)s%%": "%(percent)s %% %(tax)s",
    }

    def ugettext(self, text: str) -> str:
        return self.WORDS.get(text, text)

    def upgettext(self, context: str, text: str) -> str:
        return text

    def ungettext(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many


def test_why_a_payment_failed_and_what_is_taxed_are_said_in_the_readers_language(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = InvoiceLine(description="Work", quantity=1, unit_price=10000, tax_name="VAT", tax_percent=Decimal(20))
    invoice, staff = builders.a_paid_invoice(lines=[line]), signed_in("staff")
    with transaction() as session:
        session.get_one(Payment, 1).failure = "Your card was declined."
    monkeypatch.setattr(Domain, "get_translations", lambda self: German())
    pages = [staff.get(address).text for address in ("/admin/payment/details/?id=1", page_of(invoice))]
    assert ["Die Karte wurde abgelehnt." in page for page in pages] == [True, True]
    assert pages[1].count(">20 % VAT<") == 2


@pytest.mark.parametrize("door", ["/admin/palette?q=2026", "/admin/pulse"])
def test_scripts_are_told_to_sign_in_in_the_readers_language(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setattr(Domain, "get_translations", lambda self: German())
    assert browser.get(door).get_json() == {"error": "Bitte melden Sie sich an."}
