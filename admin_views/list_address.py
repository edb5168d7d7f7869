"""How the address of a list is understood: its filters, its search, its order; and what of it is not."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from flask import request
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from flask_admin.model.filters import BaseFilter
from sqlalchemy import false, or_

from models.folded import holds
from models.language import gettext

LAST_PAGE = 10**6
# An email address can be so long.
LONGEST_SEARCH = 254
LONGEST_SAID = 60


class Addressed(ModelView):
    """A list that shows what its address says, or no rows: others would be taken for those that were asked for."""

    longest_search = LONGEST_SEARCH

    @property
    def astray(self) -> list[str]:
        """What of the address is not understood, a sentence each."""
        asked = ((name, value) for _, name, value in _asked_filters() if not self._understood(name, value))
        found = [self._why(name, value) for name, value in asked]
        if _asked_search() and not self._search_supported:
            found.append(gettext("This list cannot be searched."))
        return found

    def get_query(self) -> Any:
        query = super().get_query()
        return query.filter(false()) if self.astray else query

    def _get_list_extra_args(self) -> ViewArgs:
        """Pages are counted from 0, and what is no column is not sorted by: that chooses among the same rows."""
        asked = super()._get_list_extra_args()
        asked.page = asked.page if 0 <= asked.page <= LAST_PAGE else 0
        asked.search = _asked_search() if self._search_supported else None
        column = self._get_column_by_idx(asked.sort)
        if column is None or not self.is_sortable(column[0]):
            asked.sort = asked.sort_desc = None
        return asked

    def _apply_search(self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str) -> Any:
        """Each word stands somewhere in one of the columns; what means something to a database means itself."""
        for word in search.split():
            found = []
            for column, path in self._search_fields or ():
                query, joins, other = self._apply_path_joins(query, joins, path, inner_join=False)
                found.append(holds(getattr(other, column.key) if other is not None else column, word))
            query = query.filter(or_(*found))
        return query, count_query, joins, count_joins

    def _get_list_filter_args(self) -> list[tuple[int, str, str]]:
        """Those that are understood, in the order of their places; Flask-Admin's own drops the others with a flash."""
        asked = sorted(_asked_filters(), key=itemgetter(0))
        return [known for _, name, value in asked if (known := self._understood(name, value))]

    def _understood(self, name: str, value: str) -> tuple[int, str, str] | None:
        """As Flask-Admin passes filters on."""
        place, known = (self._filter_args or {}).get(name, (0, None))
        return (place, str(known.name), value) if known and self._takes(known, value) else None

    def _takes(self, known: BaseFilter, value: str) -> bool:
        options = known.get_options(self)
        return bool(known.validate(value)) and (not options or value in dict(options))

    def _why(self, name: str, value: str) -> str:
        said = {"filter": name[:LONGEST_SAID], "value": value[:LONGEST_SAID]}
        if name in (self._filter_args or {}):
            return gettext("The filter “%(filter)s” does not understand “%(value)s”.", **said)
        return gettext("This list has no filter “%(filter)s”.", **said)


def _asked_filters() -> Iterator[tuple[str, str, str]]:
    """The place, the name and the value of each filter of the address, such as `flt0_currency_is=USD`."""
    for argument, value in request.args.items(multi=True):
        if argument.startswith("flt"):
            place, _, name = argument.removeprefix("flt").partition("_")
            yield place, name or argument, value


def _asked_search() -> str | None:
    """The words that are looked for; None for spaces only."""
    return " ".join(request.args.get("search", "").split())[:LONGEST_SEARCH] or None
