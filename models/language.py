"""What people read, in the language of who reads it: a request's own, else English.

A text is written where it is said, in English, with `%(names)s` in it; `make messages` collects them all. What is kept
in rows stays as it was written.
"""

from datetime import date

import flask_babel
from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

__all__ = ["LANGUAGES", "LazyString", "gettext", "lazy_gettext", "marked", "ngettext", "reader_locale"]

# What customers are written in.
LANGUAGES = {
    "en": lazy_gettext("English"),
    "de": lazy_gettext("German"),
    "fr": lazy_gettext("French"),
    "es": lazy_gettext("Spanish"),
    "ar": lazy_gettext("Arabic"),
}


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


def _written(values: dict[str, object]) -> dict[str, object]:
    locale = reader_locale()
    return {name: _as_written(value, locale) for name, value in values.items()}


def _as_written(value: object, locale: str) -> object:
    if type(value) is date:
        return format_date(value, "medium", locale=locale)
    if type(value) is int:
        return format_decimal(value, locale=locale)
    write = None if isinstance(value, str) else getattr(type(value), "format", None)
    return write(value, locale) if write else value  # an amount of money knows how
