"""What people read, in the language of who reads it: a request's own, else English.

A text is written where it is said, in English, with `%(names)s` in it; `make messages` collects them all. What is kept
in rows stays as it was written.
"""

import re
import unicodedata
from datetime import date
from typing import Any

import flask_babel
from babel.dates import format_date
from babel.numbers import format_decimal
from flask_babel import force_locale
from flask_babel.speaklater import LazyString

from models.written import TURNING

__all__ = [
    "LazyString",
    "force_locale",
    "gettext",
    "isolated",
    "lazy_gettext",
    "lazy_pgettext",
    "marked",
    "ngettext",
    "pgettext",
    "pmarked",
    "reader_locale",
]


# Unicode's isolates, which Fluent puts around values too; nothing but the other direction needs them here.
FIRST_STRONG, ENDS = "\u2068", "\u2069"
# A value that was written into a sentence, which is a value now itself.
_ISOLATED = re.compile(f"({FIRST_STRONG}[^\u202a-\u202e\u2066-\u2069]*{ENDS})")
OTHER_WAY = {"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "LRI", "RLI", "FSI"}


class Word(str):
    """A word that has several meanings, and in which of them it is meant."""

    context: str


def gettext(text: str, /, **values: object) -> str:
    """The text in the reader's language, with its values as that language writes them."""
    if isinstance(text, Word):
        return pgettext(text.context, text, **values)
    return str(flask_babel.gettext(text, **_written(values)))


def pgettext(context: str, text: str, /, **values: object) -> str:
    """The text in one of its meanings: `Void` as a "verb", `Failed` of a "payment"; translators see which."""
    return str(flask_babel.pgettext(context, text, **_written(values)))


def lazy_gettext(text: str, /) -> LazyString:
    """The text in the language of whoever reads it later."""
    return LazyString(gettext, text)


def lazy_pgettext(context: str, text: str, /) -> LazyString:
    """The text in one of its meanings, in the language of whoever reads it later."""
    return LazyString(pgettext, context, text)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The text for so many; `%(num)s` in it is the number."""
    text = flask_babel.get_translations().ungettext(one, many, number)
    return str(text % _written({"num": number} | values))


def marked(text: str) -> str:
    """This very text, which is a value too; it is translated where it is shown."""
    return text


def pmarked(context: str, text: str) -> str:
    """This very text, which is a value too and remembers in which meaning it is translated where it is shown."""
    word = Word(text)
    word.context = context
    return word


def reader_locale() -> str:
    """How Babel calls the language that texts are written in now."""
    return str(flask_babel.get_locale() or "en_US")


def _written(values: dict[str, object]) -> dict[str, object]:
    locale = reader_locale()
    return {name: _as_written(value, locale) for name, value in values.items()}


def isolated(value: object) -> Any:
    """A name or a note from a script that runs the other way, so that it turns nothing of the sentence around it."""
    text = value if isinstance(value, str) else str(value)
    if any(unicodedata.bidirectional(letter) in OTHER_WAY for letter in text):
        return type(text)(f"{FIRST_STRONG}{_harmless(text)}{ENDS}")
    return value


def _harmless(text: str) -> str:
    """Without marks that would end the isolate too early, or too late; those of its own values stay."""
    return "".join(part if _ISOLATED.fullmatch(part) else part.translate(TURNING) for part in _ISOLATED.split(text))


def _as_written(value: object, locale: str) -> object:
    if type(value) is date:
        return format_date(value, "medium", locale=locale)
    if type(value) is int:
        return format_decimal(value, locale=locale)
    write = None if isinstance(value, str) else getattr(type(value), "format", None)
    return isolated(write(value, locale) if write else value)  # an amount of money knows how
