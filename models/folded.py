"""How names are found and sorted, however they are typed: `alvarez` finds Álvarez, de Vries stands before Zofia."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, or_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

# Letters and signs of Latin names that Unicode does not take apart.
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
_ALIKE = str.maketrans(_PLAIN | dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("‐–—", "-"))
# PostgreSQL's index holds no more than 2704 bytes of a row, and a letter may take four.
_LONGEST = 200
_END = "\n"
# Both engines sort it by its letters' numbers, and PostgreSQL's index finds beginnings only so.
_FOLDED = Text().with_variant(Text(collation="C"), "postgresql")


class Findable:
    """A noun that people look for by name; `models.written.typed_columns` keeps `folded` as its texts change."""

    folded: Mapped[str] = mapped_column(_FOLDED, index=True, deferred=True)


def fold(text: str) -> str:
    """Without accents, case, marks that are not seen and spaces too many: what two ways to type a name share."""
    apart = unicodedata.normalize("NFKD", text)
    letters = (sign for sign in apart if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf")
    return " ".join("".join(letters).casefold().translate(_ALIKE).split())


def folded(texts: Iterable[str | None]) -> str:
    """A row's texts in one, the one that it is sorted by first."""
    return _END.join(fold(text or "")[:_LONGEST] for text in texts)


def holds(column: InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    """Whether this stands somewhere in the column; in one that is folded, however it is written."""
    if column.key == "folded":
        return column.contains(fold(word) or word, autoescape=True)
    return column.icontains(word, autoescape=True)


def begins(column: InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Whether a word of a folded column begins so."""
    found = fold(typed) or typed
    behind = (column.contains(f"{before}{found}", autoescape=True) for before in (" ", _END))
    return or_(column.startswith(found, autoescape=True), *behind)
