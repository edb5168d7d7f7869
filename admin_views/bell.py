"""The bell in the topbar, and the page of all that it ever told, with the choice of when it comes by email."""

from functools import cached_property
from typing import Any, ClassVar

from flask import Flask, flash, redirect, request
from flask_admin import expose
from flask_admin.model.template import macro
from flask_login import current_user
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.fields import row_id
from admin_views.looks import Kind
from admin_views.paths import came_from
from admin_views.policy import may, me
from models.base import db
from models.invoice import Invoice
from models.language import gettext, lazy_gettext, lazy_pgettext, marked
from models.notice import Notice, count_unread, latest
from tasks import news, preferences

# How many the menu shows.
NEWEST = 10
BY_MAIL = {
    "at_once": (lazy_gettext("At once"), lazy_gettext("An email as soon as something happens.")),
    "daily": (
        lazy_gettext("Daily"),
        lazy_gettext("One email at 7:00 in the morning, if something has happened."),
    ),
    "never": (lazy_gettext("Never"), lazy_gettext("The bell is enough.")),
}
_KINDS = Kind("State", {"unread": Notice.read_at.is_(None), "read": Notice.read_at.is_not(None)})


class Bell:
    """Read where the topbar asks for it."""

    @cached_property
    def is_there(self) -> bool:
        return bool(current_user.is_authenticated) and may("invoices.view")

    @cached_property
    def unread(self) -> int:
        return count_unread(db.session, current_user.id)

    @cached_property
    def newest(self) -> list[Notice]:
        return latest(db.session, current_user.id, NEWEST)


class Notices(Rows):
    """One's own, and nobody else's."""

    view_permission = "invoices.view"
    can_view_details = False
    title = lazy_gettext("Notifications")
    missing_words = lazy_gettext("There is no such notification")
    empty_title = lazy_gettext("No notifications yet")
    empty_icon = "bell"
    empty_words = lazy_gettext("What happens to invoices that you own shows up here: payments, and what went wrong.")
    list_template = "admin/bell/list.html"

    pills: ClassVar[Any] = (
        (lazy_pgettext("notifications", "Unread"), {"flt0_state_is": "unread"}),
        (lazy_pgettext("notifications", "Read"), {"flt0_state_is": "read"}),
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_list = ("kind", "invoice", "created_at", "amount")
    column_sortable_list: ClassVar[Any] = ()
    column_default_sort: ClassVar[Any] = ("id", True)
    column_labels: ClassVar[Any] = {
        "kind": lazy_gettext("What happened"),
        "invoice": lazy_gettext("Invoice"),
        "created_at": lazy_gettext("When"),
        "amount": lazy_gettext("Amount"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "kind": "cell-main",
        "created_at": "muted nowrap",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {name: macro(name) for name in column_list}

    def __init__(self) -> None:
        super().__init__(Notice, db, marked("Notifications"), endpoint="notice", url="/admin/notices")

    def is_visible(self) -> bool:
        """Not in the sidebar: the bell leads here, and one's own menu."""
        return False

    def get_query(self) -> Any:
        mine = super().get_query().filter(Notice.user_id == me().id)
        return mine.options(joinedload(Notice.invoice).joinedload(Invoice.contact))

    def render(self, template: str, **context: Any) -> str:
        return super().render(template, **context | {"by_mail": BY_MAIL, "chosen": me().news_by_mail})

    @expose("/by-mail", methods=("POST",))
    def by_mail(self) -> Response:
        """When they come by email too."""
        preferences.choose_news(me(), request.form.get("when", ""))
        flash(gettext("Your choice is saved."), "success")
        return redirect(self.get_url(".index_view"), 303)

    @expose("/open", methods=("POST",))
    def open(self) -> Response:
        """To the invoice that it tells of; it is read now."""
        invoice_id = news.read_notice(row_id(request.form.get("id")) or 0, me())
        all_of_them = self.get_url(".index_view")
        return redirect(self.get_url("invoice.details_view", id=invoice_id) if invoice_id else all_of_them, 303)

    @expose("/read", methods=("POST",))
    def read_all(self) -> Response:
        news.read_all_notices(me())
        flash(gettext("Everything is marked as read."), "success")
        return redirect(came_from() or self.get_url(".index_view"), 303)


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"bell": Bell()})
