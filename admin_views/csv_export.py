"""Lists as CSV files: read in short portions while they are sent, and safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, redirect, request, stream_with_context
from flask_admin import expose
from flask_admin.model.base import ViewArgs
from werkzeug.wrappers import Response as BaseResponse

from admin_views.fields import row_id
from admin_views.invoice_actions import operation
from admin_views.policy import may, me
from admin_views.refused_press import saying_refusals
from admin_views.said import say, way
from models.base import db
from models.export import StillWritten
from models.language import gettext, ngettext
from models.organization import the_organization
from tasks import reading
from tasks.cells import heads, written
from tasks.exports import begin_export, note_export
from tasks.sheets import Sheet

# A list of more rows is written by a worker, not while a browser waits.
AT_ONCE = 5000
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

    @expose("/export/<export_type>/", methods=("GET", "POST"))
    def export(self, export_type: str) -> BaseResponse:
        """The rows that this search and these filters show, the newest first: at once, or as work where they are many.

        Work is begun by a press alone. A bare address leads to the list instead, where it can be pressed.
        """
        if export_type != "csv":
            abort(404)
        view: Any = self
        asked = view._get_list_extra_args()
        _, query = view.get_list(None, None, False, asked.search, asked.filters, execute=False, page_size=0)
        is_press = request.method == "POST"
        ids, address = self._ids(query, None if is_press else AT_ONCE + 1), _address(view, asked)
        if len(ids) <= AT_ONCE:
            return self._as_file(ids, address)
        if not is_press:
            flash(_many(), "info")
            return redirect(view.get_url(".index_view", **address))
        with saying_refusals():
            return self._as_work(ids, address)
        return redirect(view.get_url(".index_view", **address))

    def _as_work(self, ids: list[int], asked: dict[str, Any]) -> BaseResponse:
        view: Any = self
        try:
            export_id = begin_export(view.sheet.name, ids, asked, me(), operation())
        except StillWritten as error:
            there = way(gettext("See how far it is"), "exports", "export.details_view", id=error.export_id)
            say(str(error), "warning", there)
            return redirect(view.get_url(".index_view", **asked), 303)
        return redirect(view.get_url("export.details_view", id=export_id), 303)

    def export_ticked(self, ids: list[str]) -> Response:
        view: Any = self
        wanted = sorted(known for known in map(row_id, ids) if known)
        return self._as_file(self._ids(view.get_query().filter(view.model.id.in_(wanted))), {"ids": wanted})

    def _ids(self, query: Any, most: int | None = None) -> list[int]:
        key = self.model.id  # type: ignore[attr-defined]
        return [found for (found,) in query.with_entities(key).order_by(None).order_by(key.desc()).limit(most)]

    def _as_file(self, ids: list[int], asked: dict[str, Any]) -> Response:
        sheet: Any = self.sheet
        note_export(me(), sheet.name, asked)
        return as_file(sheet.name, _text(sheet, the_organization(db.session).zone, ids))


def _address(view: Any, asked: ViewArgs) -> dict[str, str]:
    """What the list understands of its address, and nothing else that stands there."""
    search = {"search": asked.search} if asked.search else {}
    return search | view._get_filters(asked.filters)


def _many() -> str:
    """Why a bare address begins nothing."""
    return ngettext(
        "This list has more than %(num)s row. Press Export, and its file is written while you go on.",
        "This list has more than %(num)s rows. Press Export, and its file is written while you go on.",
        AT_ONCE,
    )


def _text(sheet: Sheet, zone: ZoneInfo, ids: list[int]) -> Iterator[str]:
    """No transaction is open while a portion is on its way to a browser, which may be slow."""
    yield heads(sheet.columns, zone)
    for start in range(0, len(ids), PORTION):
        with reading() as session:
            text = written(sheet.rows(session, ids[start : start + PORTION]), sheet.columns, zone)
        yield text
