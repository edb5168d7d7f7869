"""The closed-by-default base of every Flask-Admin view."""

from typing import Any, ClassVar

from flask import abort, redirect, request, url_for
from flask_admin import AdminIndexView, BaseView
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user
from werkzeug.wrappers import Response

from admin_views.policy import may


class Closed:
    """A view that only those see who hold its permission; a view that names none is seen by nobody."""

    view_permission: ClassVar[str] = ""

    def is_accessible(self) -> bool:
        return may(self.view_permission)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        """Sign in first; who is signed in and may not gets a 403 that says so."""
        if current_user.is_authenticated:
            abort(403)
        here = request.full_path if request.method == "GET" else request.referrer or ""
        return redirect(url_for("sign_in.form", next=here.rstrip("?")))


class Page(Closed, BaseView):
    """A page that is no list of rows."""


class Home(Closed, AdminIndexView):
    """The dashboard."""


class Rows(Closed, ModelView):
    """Rows of one noun. Nothing can be changed unless a view names the permission for it."""

    edit_permission: ClassVar[str] = ""
    export_permission: ClassVar[str] = "exports"
    action_permissions: ClassVar[dict[str, str]] = {}

    can_view_details = True
    can_set_page_size = False
    page_size = 25
    simple_list_pager = True
    column_display_actions = True
    column_editable_list = ()
    column_formatters_export: ClassVar[dict[str, Any]] = {}
    list_template = "admin/model/list.html"
    details_template = "admin/model/details.html"
    create_template = "admin/model/create.html"
    edit_template = "admin/model/edit.html"

    @property
    def can_create(self) -> bool:
        return may(self.edit_permission)

    @property
    def can_edit(self) -> bool:
        return may(self.edit_permission)

    # Rows are deleted by verbs, if at all.
    can_delete = False

    @property
    def can_export(self) -> bool:
        return False

    def is_action_allowed(self, name: str) -> bool:
        """A bulk action needs its permission; one that names none is allowed to nobody."""
        return may(self.action_permissions.get(name, ""))

    def get_one(self, id: str) -> Any:
        """One row, or None for an id that is none: `1,2` and texts included."""
        return super().get_one(id) if id.isascii() and id.isdigit() else None
