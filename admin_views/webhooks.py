"""Settings → Webhooks: whether Stripe's events come home, and every event that has come."""

from typing import Any, ClassVar

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.actions import action
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_admin.model.template import macro
from sqlalchemy import or_
from sqlalchemy.orm import defer
from werkzeug.wrappers import Response

from admin_views.base import Page, Rows
from admin_views.looks import Kind
from admin_views.policy import me
from admin_views.refused_press import saying_refusals
from models.base import db
from models.language import gettext, lazy_gettext, lazy_pgettext, ngettext
from models.reconciliation import WebhookCheck
from models.stripe_event import StripeEvent
from models.traffic import PARKED, RETRIED, WAITING, arrivals, pile_of
from tasks.arrivals import arrival_findings
from tasks.events import retry_event, retry_events
from tasks.findings import NEEDED, endpoint_findings
from tasks.sheets import SHEETS
from tasks.webhooks import check_now


class _State(Kind):
    """The few that wait come in the order in which they do, along the index that finds them."""

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        order = StripeEvent.parked_at.desc() if value == "parked" else StripeEvent.due_at
        return super().apply(query, value, alias).order_by(order)


class _Type(FilterEqual):
    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        return super().apply(query, value, alias).order_by(StripeEvent.received_at.desc())


class Webhooks(Page):
    """Shown from what we know: Stripe is asked by a job."""

    view_permission = "webhooks.view"

    @expose("/")
    def index(self) -> str:
        session = db.session
        heard = arrivals(session)
        return self.render(
            "admin/webhooks/index.html",
            check=session.get_one(WebhookCheck, 1),
            findings=[*endpoint_findings(session), *arrival_findings(session)],
            arrivals=heard,
            unheard=[kind for kind in NEEDED if kind not in {one.type for one in heard}],
            parked=pile_of(session, PARKED),
            retried=pile_of(session, RETRIED),
        )

    @expose("/check", methods=("POST",))
    def check(self) -> Response:
        check_now(me())
        return redirect(self.get_url(".index"), 303)


class Events(Rows):
    """Not in the sidebar: Webhooks leads here."""

    view_permission = "webhooks.view"
    title = lazy_gettext("Events")
    missing_words = lazy_gettext("There is no such event")
    empty_title = lazy_gettext("No events yet")
    sheet = SHEETS["event"]
    empty_icon = "bell"
    empty_words = lazy_gettext("What Stripe tells of payments, refunds and disputes shows up here.")
    search_hint = lazy_gettext("Id of an event or an object")
    list_template = "admin/webhooks/events.html"
    details_template = "admin/webhooks/event.html"
    action_permissions: ClassVar[dict[str, str]] = {"retry": "webhooks.view"}
    route_permissions: ClassVar[dict[str, tuple[str, ...]]] = {"retry": ("webhooks.view",)}

    pills: ClassVar[Any] = (
        (lazy_pgettext("events", "Waiting for a person"), {"flt0_state_is": "parked"}),
        (lazy_pgettext("events", "Tried again"), {"flt0_state_is": "retried"}),
        (lazy_pgettext("events", "Waiting"), {"flt0_state_is": "waiting"}),
    )
    column_filters: ClassVar[Any] = (
        _State("State", {"parked": PARKED, "retried": RETRIED, "waiting": WAITING}),
        _Type(StripeEvent.type, "Type"),
    )
    column_searchable_list: ClassVar[Any] = ("event_id", "object_id")
    column_list = ("type", "object_id", "received_at", "lag", "state")
    column_sortable_list: ClassVar[Any] = ()
    column_default_sort: ClassVar[Any] = ("id", True)
    column_labels: ClassVar[dict[str, Any]] = {
        "type": lazy_gettext("Event"),
        "object_id": lazy_gettext("About"),
        "received_at": lazy_gettext("Arrived"),
        "lag": lazy_gettext("On its way for"),
        "state": lazy_gettext("Status"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "type": "cell-main",
        "received_at": "muted nowrap",
        "lag": "muted nowrap hide-tablet",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        name: macro(name) for name in ("type", "object_id", "received_at", "state")
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(StripeEvent, db, name, category, endpoint="event")

    def is_visible(self) -> bool:
        return False

    def get_query(self) -> Any:
        return super().get_query().options(defer(StripeEvent.body))

    def _apply_search(self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str) -> Any:
        """An id as it stands: parts of one would be looked for in every event there ever was."""
        term = search.strip()
        wanted = or_(StripeEvent.event_id == term, StripeEvent.object_id == term)
        return query.filter(wanted), count_query, joins, count_joins

    @action("retry", lazy_gettext("Retry"), lazy_gettext("Each selected event that waits for a person is tried again."))
    def action_retry(self, ids: list[str]) -> None:
        tried = retry_events([event.id for event in map(self.get_one, ids)], me())
        done = ngettext(
            "%(num)s of %(all)s selected events are tried again.",
            "%(num)s of %(all)s selected events are tried again.",
            tried,
            all=len(ids),
        )
        flash(done, "pending" if tried else "info")

    @expose("/retry", methods=("POST",))
    def retry(self) -> Response:
        event = self.get_one(request.form.get("id"))
        with saying_refusals():
            retry_event(event.id, me())
            flash(gettext("The event is tried again."), "pending")
        came_from = self.get_url("stripe_webhooks.index") if request.form.get("back") else self.page_of(event)
        return redirect(came_from, 303)
