"""What customers read is there in each of their languages, whole and well formed."""

import io
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from cast import Browser
from catalogs import collected
from flask import Flask
from flask_babel import Domain
from pay_states import STATES
from rooms import ROOT

from models.due_terms import term_words
from models.language import LANGUAGES, OURS, speaking

OTHERS = [language for language in LANGUAGES if language != OURS]
# How many forms of the plural a language has, as CLDR says of whole numbers below a million.
FORMS = {"de": 2, "fr": 2, "es": 2, "ar": 6}
NAMES = re.compile(r"%\((\w+)\)s")
TAGS = re.compile(r"<[^>]*>")


def path(language: str, kind: str) -> Path:
    return ROOT / "translations" / language / "LC_MESSAGES" / f"messages.{kind}"


@cache
def catalog(language: str) -> Catalog:
    with path(language, "po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalog(language) if message.id]


def said(message: Message) -> tuple[str, ...]:
    """What the translator wrote, in each form of the plural."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def meant(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_that_customers_read_is_translated(language: str) -> None:
    written = {(each.context, meant(each)[0]) for each in messages(language) if all(said(each)) and not each.fuzzy}
    assert sorted(text for context, text in collected("customers.cfg") - written) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_values_and_the_tags_of_its_text(language: str) -> None:
    """Forms of the plural may say their number in words, and the first thing alone where there is no other."""
    for message in messages(language):
        for text in said(message):
            known = {name for each in meant(message) for name in NAMES.findall(each)}
            if message.pluralizable:
                assert set(NAMES.findall(text)) <= known, text
            else:
                assert Counter(NAMES.findall(text)) == Counter(NAMES.findall(message.id)), text
            assert Counter(TAGS.findall(text)) == Counter(TAGS.findall(meant(message)[0])), text
            assert text % dict.fromkeys(known, "x") or not known


@pytest.mark.parametrize("language", OTHERS)
def test_each_form_of_the_plural_is_there(language: str) -> None:
    assert catalog(language).num_plurals == FORMS[language]
    counted = [message for message in messages(language) if message.pluralizable]
    assert [len(said(message)) for message in counted] == [FORMS[language]] * len(counted)


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "يوم واحد"), (2, "يومين"), (3, "أيام"), (10, "أيام"), (11, "يومًا"), (99, "يومًا"), (100, "يوم")],
)
def test_arabic_counts_in_six_ways(app: Flask, days: int, words: str) -> None:
    with speaking("ar"):
        assert term_words(days).endswith(words)


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_product_reads_is_what_the_translators_wrote(language: str) -> None:
    made = io.BytesIO()
    write_mo(made, catalog(language))
    assert path(language, "mo").read_bytes() == made.getvalue(), "make translations"


class Noting:
    """A language that notes what it has no words for."""

    def __init__(self, language: str, missed: set[tuple[str | None, str]]) -> None:
        self.known = {(each.context, meant(each)[0]) for each in messages(language)}
        self.missed = missed

    def ugettext(self, text: str) -> str:
        return self.upgettext(None, text)

    def upgettext(self, context: str | None, text: str) -> str:
        if (context, str(text)) not in self.known and context != "payment method":  # brands are names
            self.missed.add((context, str(text)))
        return text

    def ungettext(self, one: str, many: str, number: int) -> str:
        self.upgettext(None, one)
        return one if number == 1 else many


@pytest.mark.parametrize("name", STATES)
def test_the_pay_page_says_nothing_that_is_in_no_catalog(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, found = STATES[name].make("de"), set[tuple[str | None, str]]()
    monkeypatch.setattr(Domain, "get_translations", lambda self: Noting("de", found))
    assert browser.get(path).status_code == STATES[name].code
    assert found == set()
