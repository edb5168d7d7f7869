"""Cells of lists that look the same wherever they turn up, drawn by admin/payments/_looks.html."""

from collections.abc import Callable
from typing import Any

from flask import get_template_attribute
from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from sqlalchemy import ColumnElement

from models.language import gettext

LOOKS = "admin/payments/_looks.html"
Formatter = Callable[[Any, Any, Any, str], Any]


def cell(macro: str, of: Callable[[Any], Any] = lambda row: row) -> Formatter:
    """A formatter that draws what `of` takes from the row."""
    return lambda view, context, row, name: get_template_attribute(LOOKS, macro)(of(row))


def word(of: Callable[[Any], str]) -> Formatter:
    """A formatter that says in the reader's language what `of` takes from the row."""
    return lambda view, context, row, name: gettext(text) if (text := of(row)) else ""


class Kind(BaseSQLAFilter):
    """Rows of one kind; each kind is a condition, by the word that stands in the address."""

    def __init__(self, name: str, kinds: dict[str, ColumnElement[bool]]) -> None:
        super().__init__(None, name, options=[(kind, kind) for kind in kinds])
        self.kinds, self.key_name = kinds, name

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        return query.filter(self.kinds[value])

    def validate(self, value: str) -> bool:
        return value in self.kinds

    def operation(self) -> str:
        return "is"
