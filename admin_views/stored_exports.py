"""Exports: the files of long lists, how far each is, and where it is fetched."""

from collections.abc import Iterator
from typing import Any, ClassVar

from flask import Response, flash, redirect, request, stream_with_context
from flask_admin import expose
from flask_admin.model.template import macro
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from admin_views.base import Rows
from admin_views.policy import may, me
from admin_views.refused_press import saying_refusals
from models.base import db
from models.export import Export, ExportPart
from models.language import gettext, lazy_gettext, marked
from tasks import exports, reading
from tasks.sheets import SHEETS


class StoredExports(Rows):
    """Each person's own, of admins everybody's. Not in the sidebar: the press on Export leads here."""

    view_permission = "exports"
    title = lazy_gettext("Exports")
    missing_words = lazy_gettext("There is no such export")
    empty_title = lazy_gettext("No exports yet")
    empty_icon = "download"
    empty_words = lazy_gettext("Export on a long list writes its file here, while you go on.")
    list_template = "admin/exports/list.html"
    details_template = "admin/exports/details.html"

    column_list = ("created_at", "sheet", "total", "gone_at", "state")
    column_sortable_list: ClassVar[Any] = ()
    column_default_sort: ClassVar[Any] = ("id", True)
    column_labels: ClassVar[Any] = {
        "created_at": lazy_gettext("Asked for"),
        "sheet": lazy_gettext("List"),
        "total": lazy_gettext("Rows"),
        "gone_at": lazy_gettext("Kept until"),
        "state": lazy_gettext("Status"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "created_at": "cell-main nowrap",
        "total": "num",
        "gone_at": "muted nowrap",
        "state": "cell-side",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        name: macro(name) for name in ("created_at", "sheet", "total", "gone_at", "state")
    }

    def __init__(self) -> None:
        super().__init__(Export, db, marked("Exports"), endpoint="export")

    def is_visible(self) -> bool:
        return False

    def get_query(self) -> Any:
        loaded = super().get_query().options(joinedload(Export.asked_by)).filter(Export.kept())
        return loaded if may("people.manage") else loaded.filter(Export.asked_by_id == me().id)

    def get_one(self, id: Any) -> Any:
        export = super().get_one(id)
        if export.is_gone or (export.asked_by_id != me().id and not may("people.manage")):
            raise NotFound
        return export

    def list_of(self, export: Export) -> str:
        """The name of the list whose rows it has."""
        return gettext(SHEETS[export.sheet].title)

    @expose("/download/")
    def download(self) -> BaseResponse:
        """The file, a portion at a time; one that is deleted meanwhile breaks off, which its length tells."""
        found = self.get_one(request.args.get("id"))
        with saying_refusals():
            export = exports.fetch_export(found.id, me())
            name = f"attachment; filename={export.file_name}"
            headers = {"Content-Disposition": name, "Content-Length": str(export.size)}
            return Response(stream_with_context(_text(export)), headers=headers, mimetype="text/csv")
        return redirect(self.page_of(found))

    @expose("/retry", methods=("POST",))
    def retry(self) -> BaseResponse:
        export = self.get_one(request.form.get("id"))
        with saying_refusals():
            exports.retry_export(export.id, me())
            flash(gettext("It goes on."), "pending")
        return redirect(self.page_of(export), 303)

    @expose("/forget", methods=("POST",))
    def forget(self) -> BaseResponse:
        export = self.get_one(request.form.get("id"))
        with saying_refusals():
            exports.delete_export(export.id, me())
            flash(gettext("%(file)s is deleted.", file=str(export)), "success")
        return redirect(self.get_url(".index_view"), 303)


def _text(export: Export) -> Iterator[bytes]:
    """No transaction is open while a portion is on its way to a browser, which may be slow."""
    for place in range(export.parts):
        here = (ExportPart.export_id == export.id, ExportPart.place == place)
        with reading() as session:
            text = session.scalars(select(ExportPart.text).where(*here)).one()
        yield (text or "").encode()
