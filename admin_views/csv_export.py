"""Lists as CSV files: read in short portions while they are sent, and safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Response, abort, request, stream_with_context
from flask_admin import expose

from admin_views.fields import row_id
from admin_views.policy import may, me
from models.base import db
from models.organization import the_organization
from tasks import reading
from tasks.cells import Column, heads, written
from tasks.exports import note_export

PORTION = 500


class Sheet:
    """The columns of a file, and what a portion loads at once beside what the list itself does."""

    def __init__(self, *columns: Column, loads: tuple[Any, ...] = ()) -> None:
        self.columns, self.loads = columns, loads


def as_file(name: str, text: Iterable[str]) -> Response:
    """An answer that is saved under this name and day instead of being shown."""
    today = the_organization(db.session).today()
    headers = {"Content-Disposition": f"attachment; filename={name}-{today}.csv"}
    return Response(stream_with_context(text), headers=headers, mimetype="text/csv")


class Exports:
    """A list that has a sheet can be taken along as a file by those who hold the permission `exports`."""

    sheet: ClassVar[Sheet | None] = None

    @property
    def can_export(self) -> bool:
        return self.sheet is not None and may("exports")

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Response:
        """The rows that this search and these filters show, the newest first."""
        if export_type != "csv":
            abort(404)
        note_export(me(), self.endpoint, request.args.to_dict())  # type: ignore[attr-defined]
        return self._as_file(None)

    def export_ticked(self, ids: list[str]) -> Response:
        wanted = sorted(known for known in map(row_id, ids) if known)
        note_export(me(), self.endpoint, {"ids": wanted})  # type: ignore[attr-defined]
        return self._as_file(wanted)

    def _as_file(self, ids: list[int] | None) -> Response:
        zone, sheet = the_organization(db.session).zone, self.sheet or Sheet()
        return as_file(self.endpoint, self._text(sheet, zone, ids))  # type: ignore[attr-defined]

    def _text(self, sheet: Sheet, zone: ZoneInfo, ids: list[int] | None) -> Iterator[str]:
        """No transaction is open while a portion is on its way to a browser, which may be slow."""
        yield heads(sheet.columns, zone)
        last: int | None = None
        while True:
            with reading():
                rows = self._portion(sheet, ids, last)
                last = rows[-1].id if rows else None
                text = written(rows, sheet.columns, zone)
            if last is None:
                return
            yield text

    def _portion(self, sheet: Sheet, ids: list[int] | None, last: int | None) -> list[Any]:
        view: Any = self
        asked = view._get_list_extra_args()
        search, filters = (None, None) if ids is not None else (asked.search, asked.filters)
        _, query = view.get_list(None, None, False, search, filters, execute=False, page_size=0)
        key = view.model.id
        query = query if ids is None else query.filter(key.in_(ids))
        query = query if last is None else query.filter(key < last)
        found: list[Any] = query.options(*sheet.loads).order_by(None).order_by(key.desc()).limit(PORTION).all()
        return found
