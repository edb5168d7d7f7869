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
from tasks.cells import heads, written
from tasks.exports import note_export
from tasks.sheets import Sheet

PORTION = 500


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
        view: Any = self
        asked = view._get_list_extra_args()
        _, query = view.get_list(None, None, False, asked.search, asked.filters, execute=False, page_size=0)
        return self._as_file(query, request.args.to_dict())

    def export_ticked(self, ids: list[str]) -> Response:
        view: Any = self
        wanted = sorted(known for known in map(row_id, ids) if known)
        return self._as_file(view.get_query().filter(view.model.id.in_(wanted)), {"ids": wanted})

    def _as_file(self, query: Any, asked: dict[str, Any]) -> Response:
        sheet: Any = self.sheet
        key = sheet.table.id
        ids = [found for (found,) in query.with_entities(key).order_by(None).order_by(key.desc())]
        note_export(me(), sheet.name, asked)
        return as_file(sheet.name, _text(sheet, the_organization(db.session).zone, ids))


def _text(sheet: Sheet, zone: ZoneInfo, ids: list[int]) -> Iterator[str]:
    """No transaction is open while a portion is on its way to a browser, which may be slow."""
    yield heads(sheet.columns, zone)
    for start in range(0, len(ids), PORTION):
        with reading() as session:
            text = written(sheet.rows(session, ids[start : start + PORTION]), sheet.columns, zone)
        yield text
