"""Bulk work: every act on many invoices, how far it is, and what became of each of them."""

from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.model.template import macro
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.looks import Kind
from admin_views.policy import may, me, needs
from admin_views.refused_press import saying_refusals
from models.base import db
from models.bulk_outcome import can_be_retried, outcomes
from models.bulk_run import KINDS, BulkRun
from models.language import gettext, lazy_gettext, lazy_pgettext, marked
from tasks import bulk_runs as verbs

_KINDS = Kind(
    "Kind",
    {
        "open": BulkRun.finished_at.is_(None),
        "refused": BulkRun.finished_at.is_not(None) & (BulkRun.refused > 0),
        **{kind: BulkRun.kind == kind for kind in KINDS},
    },
)


class BulkRuns(Rows):
    """Not in the sidebar: the list of invoices leads here, and the topbar while something is under way."""

    view_permission = "invoices.view"
    title = lazy_gettext("Bulk work")
    missing_words = lazy_gettext("There is no such run")
    empty_title = lazy_gettext("No bulk work yet")
    empty_icon = "invoice"
    empty_words = lazy_gettext("Select several invoices in their list to send, remind or void them together.")
    list_template = "admin/bulk_runs/list.html"
    details_template = "admin/bulk_runs/details.html"

    pills: ClassVar[Any] = (
        (lazy_pgettext("bulk work", "Under way"), {"flt0_kind_is": "open"}),
        (lazy_gettext("With refusals"), {"flt0_kind_is": "refused"}),
        *((lazy_gettext(kind.name), {"flt0_kind_is": name}) for name, kind in KINDS.items()),
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_list = ("created_at", "name", "total", "done", "refused", "state")
    column_sortable_list: ClassVar[Any] = ()
    column_default_sort: ClassVar[Any] = ("id", True)
    column_labels: ClassVar[Any] = {
        "created_at": lazy_gettext("Begun"),
        "name": lazy_gettext("What"),
        "total": lazy_gettext("Invoices"),
        "done": lazy_pgettext("number of invoices", "Done"),
        "refused": lazy_pgettext("number of invoices", "Refused"),
        "state": lazy_gettext("Status"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "created_at": "cell-main nowrap",
        "total": "num",
        "done": "num",
        "refused": "num",
        "state": "cell-side",
    }
    column_formatters: ClassVar[dict[str, Any]] = {name: macro(name) for name in ("created_at", "name", "state")}

    def __init__(self) -> None:
        super().__init__(BulkRun, db, marked("Bulk work"), endpoint="bulk_run")

    def is_visible(self) -> bool:
        return False

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(BulkRun.asked_by))

    def render(self, template: str, **context: Any) -> str:
        if template == self.details_template:
            run = context["model"]
            context["may_press"] = may(KINDS[run.kind].permission)
            context["again"] = run.retried(db.session) if run.finished_at and run.refused else None
            context["can_be_retried"] = run.finished_at and run.refused and can_be_retried(db.session, run.id)
            context |= {state: outcomes(db.session, run.id, state) for state in ("refused", "done")}
            context["untold"] = run.refused - sum(found.count for found in context["refused"])
        return super().render(template, **context)

    @expose("/retry", methods=("POST",))
    @needs("invoices.send")
    def retry(self) -> Response:
        """A new run of those that were refused, or the one that was begun before."""
        run_id = self.get_one(request.form.get("id")).id
        with saying_refusals():
            run_id = verbs.retry_refused(run_id, me())
        return redirect(self.get_url(".details_view", id=run_id), 303)

    @expose("/go-on", methods=("POST",))
    @needs("invoices.send")
    def go_on(self) -> Response:
        run = self.get_one(request.form.get("id"))
        with saying_refusals():
            verbs.go_on(run.id, me())
            flash(gettext("It goes on."), "pending")
        return redirect(self.page_of(run), 303)
