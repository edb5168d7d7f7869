"""Pages in other languages, as far as they need no catalog of ours."""

import re
from collections.abc import Callable

import pytest
from cast import Browser
from flask import Flask

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
