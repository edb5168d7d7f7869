"""What people read, in the language of who reads it: what `speak` or `speaking` says, else English.

A text is written where it is said, in English, with `%(names)s` in it; `make messages` collects them all. What is kept
in rows stays as it was written.

Within lines that run from right to left, `apart` and `figure` keep a value together: `2026-0041` would be shown as
`0041-2026`. The values of `gettext` are kept together here; what a template writes into a text goes through a filter.
"""

from contextlib import AbstractContextManager
from datetime import date

import flask_babel
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import g
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

__all__ = [
    "LANGUAGES",
    "OURS",
    "LazyString",
    "apart",
    "figure",
    "gettext",
    "lazy_gettext",
    "marked",
    "ngettext",
    "reader_locale",
    "speak",
    "speaking",
    "spoken",
]

# Of what is kept, and of the panel.
OURS = "en"

# What customers are written in.
LANGUAGES = {
    "en": lazy_gettext("English"),
    "de": lazy_gettext("German"),
    "fr": lazy_gettext("French"),
    "es": lazy_gettext("Spanish"),
    "ar": lazy_gettext("Arabic"),
}


_LRI, _FSI, _PDI, _RLM = "\u2066", "\u2068", "\u2069", "\u200f"


def spoken() -> str | None:
    """The language that was chosen for this request, if any."""
    code: str | None = g.get("language")
    return code


def speak(code: str | None) -> None:
    """From here on this request is answered in that language; None: in ours."""
    g.language = code
    flask_babel.refresh()


def speaking(code: str) -> AbstractContextManager[None]:
    """What is said inside is said in that language, whatever the request's own is."""
    return flask_babel.force_locale(code)  # type: ignore[no-any-return]


def gettext(text: str, /, **values: object) -> str:
    """The text in the reader's language, with its values as that language writes them."""
    return str(flask_babel.gettext(text, **_written(values)))


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The text for so many; `%(num)s` in it is the number."""
    text = flask_babel.get_translations().ungettext(one, many, number)
    return str(text % _written({"num": number} | values))


def marked(text: str) -> str:
    """This very text, which is a value too; it is translated where it is shown."""
    return text


def reader_locale() -> str:
    """How Babel calls the language that texts are written in now."""
    return str(flask_babel.get_locale() or "en_US")


def apart(text: str) -> str:
    """A name, an address, a date: whole and in its own direction within lines from right to left."""
    return f"{_FSI}{text}{_PDI}" if text and _is_right_to_left() else text


def figure(text: str) -> str:
    """An amount or a number, which runs from left to right everywhere."""
    return f"{_LRI}{text.replace(_RLM, '')}{_PDI}" if text and _is_right_to_left() else text


def _is_right_to_left() -> bool:
    locale: Locale | None = flask_babel.get_locale()
    return locale is not None and locale.text_direction == "rtl"


def _written(values: dict[str, object]) -> dict[str, object]:
    locale = reader_locale()
    return {name: _as_written(value, locale) for name, value in values.items()}


def _as_written(value: object, locale: str) -> object:
    if type(value) is date:
        return apart(format_date(value, "medium", locale=locale))
    if type(value) is int:
        return figure(format_decimal(value, locale=locale))
    if isinstance(value, str):
        return apart(value)
    write = getattr(type(value), "format", None)
    return figure(write(value, locale)) if write else value  # an amount of money knows how
