"""The closed-by-default base of every Flask-Admin view."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import abort, redirect, request, url_for
from flask_admin import BaseView
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user
from werkzeug.wrappers import Response

from admin_views.policy import may


# Routes of a ModelView, and what must be true of the view for them; Flask-Admin itself would redirect in silence.
ROUTES = {
    "create_view": "can_create",
    "edit_view": "can_edit",
    "details_view": "can_view_details",
    "delete_view": "can_delete",
    "export": "can_export",
    "ajax_lookup": "can_edit",
    "ajax_update": "can_edit",
}


class Closed:
    """A view that only those see who hold its permission; a view that names none is seen by nobody."""

    view_permission: ClassVar[str] = ""
    # What a route asks for beyond that, by the name of its function.
    route_permissions: ClassVar[dict[str, tuple[str, ...]]] = {}

    def is_accessible(self) -> bool:
        return may(self.view_permission)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Response:
        """Sign in first; who is signed in and may not gets a 403 that says so."""
        if current_user.is_authenticated:
            abort(403)
        here = request.full_path if request.method == "GET" else request.referrer or ""
        return redirect(url_for("sign_in.form", next=here.rstrip("?")))

    def is_route_allowed(self, name: str) -> bool:
        return all(may(permission) for permission in self.route_permissions.get(name, ()))

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        answer = super()._handle_view(name, **kwargs)  # type: ignore[misc]
        if answer is None and not self.is_route_allowed(name):
            abort(403)
        return answer

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Flask-Admin would call a view a second time after any TypeError."""
        return fn(self, *args, **kwargs)


class Page(Closed, BaseView):
    """A page that is no list of rows."""


class Rows(Closed, ModelView):
    """Rows of one noun. Nothing can be changed unless a view names the permission for it."""

    edit_permission: ClassVar[str] = ""
    export_permission: ClassVar[str] = "exports"
    action_permissions: ClassVar[dict[str, str]] = {}

    can_view_details = True
    can_list = True
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

    def is_route_allowed(self, name: str) -> bool:
        if name == "action_view":
            return self.is_action_allowed(request.form.get("action", ""))
        return super().is_route_allowed(name) and bool(getattr(self, ROUTES.get(name, "can_list")))

    def is_action_allowed(self, name: str) -> bool:
        """A bulk action needs its permission; one that names none is allowed to nobody."""
        return may(self.action_permissions.get(name, ""))

    def get_one(self, id: str) -> Any:
        """One row, or None for an id that is none: `1,2` and texts included."""
        return super().get_one(id) if id.isascii() and id.isdigit() else None
