"""Errors inside the panel's frame: who is signed in and went wrong is shown the way on."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from babel.lists import format_list
from flask import current_app, g, render_template, request
from flask_admin import Admin
from sqlalchemy.exc import SQLAlchemyError

from admin_views.paths import came_from
from admin_views.policy import may, me, somebody_is_here
from models.base import db
from models.language import marked, pgettext, reader_locale
from models.people import PERMISSIONS, holders

# Beyond these the organization's admins are told by their number.
MOST_NAMED = 3


@dataclass(frozen=True)
class Lost:
    """Stands where the frame expects a view; no item of the sidebar is the current one."""

    code: int
    title: str
    text: str
    help: str

    name = marked("Error")
    extra_css: tuple[str, ...] = ()
    extra_js: tuple[str, ...] = ()

    @property
    def admin(self) -> Admin:
        found: Admin = current_app.extensions["admin"][0]
        return found

    @cached_property
    def near(self) -> Any:
        """The list in which it would stand, if this person may open it."""
        noun = (request.endpoint or "").split(".")[0]
        views = (view for view in self.admin._views if view.endpoint == noun and hasattr(view, "missing_words"))
        return next((view for view in views if view.is_accessible()), None) if self.code == 404 else None

    @property
    def back(self) -> str:
        """The page on which a form was sent in vain."""
        return came_from() or "" if request.method == "POST" and self.code == 400 else ""

    @property
    def heading(self) -> str:
        is_one = (request.endpoint or "").endswith((".details_view", ".edit_view"))
        known = is_one and self.near
        return str(self.near.missing_words) if known else self.title

    @cached_property
    def missing(self) -> str:
        """What the permission that is missing would allow: `Void invoices`."""
        permission = str(g.get("missing_permission", "")) if self.code == 403 else ""
        return "" if may(permission) else str(PERMISSIONS.get(permission, ""))

    @property
    def role(self) -> str:
        return pgettext("role", str(me().role))

    @cached_property
    def helpers(self) -> str:
        """Who else can give a permission: `Ada Admin or Finn Finance`; empty when they are too many to name."""
        others = [user for user in holders(db.session, "people.manage") if user != me()] if self.code == 403 else []
        able = [user.name or user.email for user in others]
        return format_list(able, "or", reader_locale()) if 0 < len(able) <= MOST_NAMED else ""


def is_in_the_panel(code: int) -> bool:
    """Whether the frame can be drawn around it: the database answers, and it is known who is here and may do what."""
    with suppress(SQLAlchemyError):
        return code < 500 and request.path.startswith("/admin") and somebody_is_here()
    return False


def page(code: int, title: str, text: str, help: str) -> str:
    return render_template("admin/lost.html", admin_view=Lost(code, title, text, help))
