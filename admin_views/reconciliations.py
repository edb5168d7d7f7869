"""Payments → Reconcile: every comparison of our books with Stripe's, and its report."""

from typing import Any, ClassVar

from flask import redirect
from flask_admin import expose
from flask_admin.model.template import macro
from sqlalchemy.orm import defer, joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.looks import Kind
from admin_views.policy import me
from models.base import db
from models.language import gettext, lazy_gettext, lazy_pgettext
from models.reconciliation import Reconciliation
from tasks.reconcile import reconcile_now
from tasks.sheets import SHEETS

_KINDS = Kind(
    "Kind",
    {
        "manual": Reconciliation.kind == "manual",
        "nightly": Reconciliation.kind == "nightly",
        "recent": Reconciliation.kind == "recent",
    },
)

# By the step of a run that is under way.
DOING = {
    "account": lazy_gettext("Comparing account."),
    "payments": lazy_gettext("Comparing payments."),
    "refunds": lazy_gettext("Comparing refunds."),
    "disputes": lazy_gettext("Comparing disputes."),
    "payouts": lazy_gettext("Comparing payouts."),
    "payments one by one": lazy_gettext("Comparing payments one by one."),
    "refunds one by one": lazy_gettext("Comparing refunds one by one."),
    "disputes one by one": lazy_gettext("Comparing disputes one by one."),
    "payouts one by one": lazy_gettext("Comparing payouts one by one."),
    "sessions": lazy_gettext("Comparing sessions."),
    "checkouts": lazy_gettext("Comparing checkouts."),
    "sums of each day": lazy_gettext("Comparing sums of each day."),
}


class Reconciliations(Rows):
    view_permission = "webhooks.view"
    title = lazy_gettext("Reconcile")
    missing_words = lazy_gettext("There is no such report")
    empty_title = lazy_gettext("No reports yet")
    sheet = SHEETS["reconciliation"]
    empty_icon = "check"
    empty_words = lazy_gettext("The last two days are compared with Stripe every five minutes, 35 days every night.")
    list_template = "admin/reconcile/list.html"
    details_template = "admin/reconcile/details.html"

    pills: ClassVar[Any] = (
        (lazy_gettext("By hand"), {"flt0_kind_is": "manual"}),
        (lazy_gettext("Every night"), {"flt0_kind_is": "nightly"}),
        (lazy_gettext("Last two days"), {"flt0_kind_is": "recent"}),
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_list = ("created_at", "kind", "checked", "repairs", "state")
    column_sortable_list: ClassVar[Any] = ()
    column_default_sort: ClassVar[Any] = [("created_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, Any]] = {
        "created_at": lazy_gettext("Begun"),
        "kind": lazy_pgettext("noun", "Run"),
        "checked": lazy_gettext("Checked"),
        "repairs": lazy_pgettext("number of differences", "Repaired"),
        "state": lazy_gettext("Status"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "created_at": "cell-main nowrap",
        "kind": "snug",
        "checked": "num",
        "repairs": "num",
    }
    column_formatters: ClassVar[dict[str, Any]] = {name: macro(name) for name in ("created_at", "kind", "state")}

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Reconciliation, db, name, category, endpoint="reconciliation")

    def doing(self, run: Reconciliation) -> str:
        """What is compared just now."""
        return str(DOING[run.doing]) if run.doing else gettext("It begins in a moment.")

    def get_query(self) -> Any:
        """The list needs nothing of what differed; its badge needs to know what was reached."""
        long = (Reconciliation.repaired, Reconciliation.differences)
        return super().get_query().options(joinedload(Reconciliation.asked_by), *(defer(field) for field in long))

    @expose("/run", methods=("POST",))
    def run(self) -> Response:
        return redirect(self.get_url(".details_view", id=reconcile_now(me())), 303)
