"""What stands in the cells of a file: amounts, moments and texts that are safe to open in a spreadsheet.

Its heads, and the words in it that are the product's own, are in the reader's language.
"""

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from models.language import ENDS, FIRST_STRONG, Word, gettext, pmarked
from models.money import Money

# A spreadsheet runs a cell that begins with one of these; the wide ones are what Japanese keyboards make.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Some split lines at semicolons or tabs, whatever is quoted: there a cell begins, too. OWASP, "CSV Injection".
_BEGINS = re.compile(r'((?:^|[;\t\r\n])(?:[^\S\t\r\n]|")*)(?=[=+\-@＝＋－＠])')
# A cell holds nothing but its text: nothing around it is turned, and what is looked for there would not be found.
_ISOLATES = dict.fromkeys(map(ord, (FIRST_STRONG, ENDS)))


@dataclass(frozen=True, slots=True)
class Column:
    """Its head, in English, in which {zone} is the organization's time zone, and what stands beneath it of a row."""

    head: str
    of: Callable[[Any], Any]


def as_cell(value: Any, zone: ZoneInfo) -> str:
    """Amounts in major units, moments on the organization's clock, and text that stays text."""
    match value:
        case None:
            return ""
        case Money():
            return value.plain()
        case bool():
            return gettext(pmarked("answer", "yes") if value else pmarked("answer", "no"))
        case int() | Decimal():
            return str(value)
        case datetime():
            return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case Word():
            value = gettext(value)
    text = _BEGINS.sub(r"\1'", str(value).translate(_ISOLATES))
    return f"'{text}" if text.startswith(FORMULA) else text


def heads(columns: Iterable[Column], zone: ZoneInfo) -> str:
    """The first line, with the mark by which a spreadsheet knows UTF-8."""
    return "\ufeff" + _lines([[gettext(column.head).replace("{zone}", zone.key) for column in columns]])


def written(rows: Iterable[Any], columns: Iterable[Column], zone: ZoneInfo) -> str:
    """A line for each row."""
    return _lines([as_cell(column.of(row), zone) for column in columns] for row in rows)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
