"""What people write, as it is kept."""

import unicodedata
from typing import Any

from sqlalchemy.orm import validates

from models.folded import folded

# Embeddings, overrides and isolates turn the text around them too. The marks that stay (the joiners, and those that
# only say which way a letter runs) turn nothing: Persian and Indic names are written with them.
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Not seen, though Unicode counts them among letters, marks and symbols.
_LETTERS = {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0}
_UNSEEN = _LETTERS | {0x034F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)}


def one_line(text: str) -> str:
    """What somebody typed into one line: without breaks and marks that turn it round, as `written` besides."""
    return written(" ".join(filter(None, map(str.strip, text.translate(TURNING).splitlines()))))


def typed_columns(*names: str, found_by: tuple[str, ...] = ()) -> Any:
    """A member of a noun: these columns hold what somebody typed into one line; some of them people find it by."""

    def clean(row: Any, name: str, text: str | None) -> str | None:
        line = None if text is None else one_line(text)
        if name in found_by:
            row.folded = folded(line if each == name else getattr(row, each) for each in found_by)
        return line

    return validates(*names)(clean)


def written(text: str) -> str:
    """What somebody wrote, without spaces around; empty when nothing of it can be seen."""
    return text.strip() if any(_is_seen(letter) for letter in text) else ""


def _is_seen(letter: str) -> bool:
    return ord(letter) not in _UNSEEN and unicodedata.category(letter) not in ("Cc", "Cf", "Zs", "Zl", "Zp")
