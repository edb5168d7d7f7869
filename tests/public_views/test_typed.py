"""Amounts as customers type them."""

import builders
import pytest
from cast import Browser
from customers import look, press, the_checkout
from flask import Flask
from forms import fields

from models.language import LANGUAGES, speaking
from models.money import Money
from models.refusal import Refused
from public_views.typed import read_amount, write_amount


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("300", "EUR", 30_000),
        ("300.5", "EUR", 30_050),
        ("300,50", "EUR", 30_050),
        (" 300,5 ", "EUR", 30_050),
        ("٣٠٠٫٥٠", "AED", 30_050),
        ("٣٠٠،٥٠", "AED", 30_050),
        ("۳۰۰", "AED", 30_000),
        ("३००.५०", "INR", 30_050),
        ("\u2066300,50\u2069", "EUR", 30_050),
        ("12٫500", "KWD", 12_500),
        ("12,50", "KWD", 12_500),
        ("1200", "JPY", 1200),
        ("1,234.56", "EUR", 123_456),
        ("1.234,56", "EUR", 123_456),
        ("1,234,567", "EUR", 123_456_700),
        ("1.234.567,8", "EUR", 123_456_780),
        ("1 234", "EUR", 123_400),
        ("1\u202f234,50", "EUR", 123_450),
        ("1’234.50", "CHF", 123_450),
        ("1٬234", "AED", 123_400),
        ("1.234,500", "KWD", 1_234_500),
    ],
)
def test_commas_thousands_and_digits_of_other_scripts_are_understood(typed: str, currency: str, minor: int) -> None:
    assert read_amount(typed, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("1,234", "EUR"),  # a thousand, or a little more than one
        ("12,500", "KWD"),
        ("1,5", "JPY"),
        ("1,234,56", "EUR"),
        ("1.234.56", "EUR"),
        ("1,234.567", "EUR"),
        ("1 234 5", "EUR"),
        ("1\n234", "EUR"),
        ("1,00,000", "INR"),
        (",50", "EUR"),
        ("12,", "EUR"),
        ("-5", "EUR"),
        ("½", "EUR"),
        ("²", "EUR"),
        ("1e3", "EUR"),
        ("300 €", "EUR"),
        ("", "EUR"),
    ],
)
def test_what_can_mean_two_amounts_or_none_is_refused(app: Flask, typed: str, currency: str) -> None:
    with pytest.raises(Refused):
        read_amount(typed, currency)


@pytest.mark.parametrize(
    ("language", "typed", "currency", "example"),
    [
        ("de", "1,234,5", "EUR", "12345,00"),
        ("de", "viel", "EUR", "12345,00"),
        ("de", "12,500", "KWD", "1234.500"),
        ("en", "1,234", "EUR", "12345.00"),
        ("fr", "1,5,0", "JPY", "1234"),
    ],
)
def test_the_example_is_one_that_its_reader_would_type(
    app: Flask, language: str, typed: str, currency: str, example: str
) -> None:
    with speaking(language), pytest.raises(Refused) as refusal:
        read_amount(typed, currency)
    assert example in str(refusal.value)
    assert read_amount(example, currency).amount


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_what_stands_in_the_field_is_understood(app: Flask, currency: str, language: str) -> None:
    amounts = [Money(minor, currency) for minor in (1, 50, 99, 100, 1000, 12_345, 1_234_500, 99_999_999)]
    with speaking(language):
        assert [read_amount(write_amount(amount), currency) for amount in amounts] == amounts


def test_a_german_pays_a_part_with_a_comma(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("1000.00", contact=builders.a_contact(language="de"), partial_payments=True)
    assert fields(look(browser, invoice))["amount"] == "1000,00"
    assert press(browser, invoice, amount="250,50").status_code == 303
    assert the_checkout(invoice).amount == 25_050


def test_what_was_refused_stays_as_it_was_typed(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("1000.00", contact=builders.a_contact(language="de"), partial_payments=True)
    answer = press(browser, invoice, amount="1,250")
    assert (answer.status_code, fields(answer.text)["amount"]) == (400, "1,250")
    assert "Bitte schreiben Sie ihn ohne Tausendertrennzeichen" in answer.text
