"""What people read, in the language of who reads it: what `speak` or `speaking` says, else English.

A text is written where it is said, in English, with `%(names)s` in it; `make messages` collects them all. What is kept
in rows stays as it was written.

Within lines that run from right to left, `isolated` and `figure` keep a value together: `2026-0041` would be shown as
`0041-2026`. The values of `gettext` are kept together here; what a template writes into a text goes through a filter.
"""

import re
import unicodedata
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import flask_babel
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import g
from flask_babel.speaklater import LazyString

from models.written import TURNING

__all__ = [
    "LANGUAGES",
    "OURS",
    "LazyString",
    "figure",
    "gettext",
    "isolated",
    "isolated_lines",
    "lazy_gettext",
    "lazy_pgettext",
    "marked",
    "ngettext",
    "number",
    "pgettext",
    "pmarked",
    "reader_locale",
    "speak",
    "speaking",
    "spoken",
    "written",
]

# Of what is kept, and of the panel.
OURS = "en"

# Unicode's isolates, which Fluent puts around values too: left to right, by the first letter, the end; and a mark.
LEFT_TO_RIGHT, FIRST_STRONG, ENDS, MARK = "\u2066", "\u2068", "\u2069", "\u200f"
# A value that was written into a sentence, which is a value now itself.
_ISOLATED = re.compile(f"([{LEFT_TO_RIGHT}{FIRST_STRONG}][^\u202a-\u202e\u2066-\u2069]*{ENDS})")
OTHER_WAY = {"R", "AL", "AN", "LRE", "RLE", "LRO", "RLO", "LRI", "RLI", "FSI"}


class Word(str):
    """A word that has several meanings, and in which of them it is meant."""

    context: str


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


def isolated(value: object) -> Any:
    """A name, a note or a date, so that it turns nothing of the sentence around it and is not turned itself.

    Within lines from right to left that is every one, elsewhere one with letters that run from right to left.
    """
    text = value if isinstance(value, str) else str(value)
    other_way = any(unicodedata.bidirectional(letter) in OTHER_WAY for letter in text)
    if not text or not (other_way or _is_right_to_left()):
        return value
    return type(text)(f"{FIRST_STRONG}{_harmless(text)}{ENDS}")


def isolated_lines(text: str) -> str:
    """What somebody wrote in several lines, each of which turns by itself."""
    lines = ((line.rstrip("\r\n"), line) for line in text.splitlines(keepends=True))
    return type(text)("").join(isolated(bare) + line[len(bare) :] for bare, line in lines)


def figure(text: str) -> str:
    """An amount or a number, which runs from left to right everywhere.

    A mark at its end stays: it keeps the last dot of an Arabic currency with its letters.
    """
    return f"{LEFT_TO_RIGHT}{text.lstrip(MARK)}{ENDS}" if text and _is_right_to_left() else text


def number(value: Decimal | str) -> str:
    """A quantity or a percentage as people write it: `20`, not `20.000`."""
    return figure(format_decimal(Decimal(value), "0.##########", locale=reader_locale()))


def written(value: object) -> str:
    """One value by itself, such as an amount or a day, as the reader's language writes it."""
    return str(_as_written(value, reader_locale()))


def _is_right_to_left() -> bool:
    locale: Locale | None = flask_babel.get_locale()
    return locale is not None and locale.text_direction == "rtl"


def _written(values: dict[str, object]) -> dict[str, object]:
    locale = reader_locale()
    return {name: _as_written(value, locale) for name, value in values.items()}


def _harmless(text: str) -> str:
    """Without marks that would end the isolate too early, or too late; those of its own values stay."""
    return "".join(part if _ISOLATED.fullmatch(part) else part.translate(TURNING) for part in _ISOLATED.split(text))


def _as_written(value: object, locale: str) -> object:
    if type(value) is date:
        return isolated(format_date(value, "medium", locale=locale))
    if type(value) is int:
        return figure(format_decimal(value, locale=locale))
    write = None if isinstance(value, str) else getattr(type(value), "format", None)
    return figure(write(value, locale)) if write else isolated(value)  # an amount of money knows how


# What customers are written in.
LANGUAGES = {
    "en": lazy_gettext("English"),
    "de": lazy_gettext("German"),
    "fr": lazy_gettext("French"),
    "es": lazy_gettext("Spanish"),
    "ar": lazy_gettext("Arabic"),
}
