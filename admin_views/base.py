"""The closed-by-default base of every Flask-Admin view."""

from collections.abc import Callable
from typing import Any, ClassVar

from flask import abort, flash, redirect, request, url_for
from flask_admin import AdminIndexView, BaseView, expose
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_views.csv_export import Exports
from admin_views.fields import row_id
from admin_views.list_address import Addressed
from admin_views.paths import came_from, own_path
from admin_views.policy import may, me, refuse
from admin_views.said import Step, say
from models.activity import log
from models.base import locked
from models.clock import now
from models.invoice import new_operation
from models.language import LazyString, gettext, lazy_gettext
from models.refusal import Refused
from tasks import transaction


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
            refuse(self.view_permission)
        here = request.full_path if request.method == "GET" else came_from() or ""
        return redirect(url_for("sign_in.form", next=here.rstrip("?")))

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        answer = super()._handle_view(name, **kwargs)  # type: ignore[misc]
        if answer is None:
            for missing in (each for each in self.route_permissions.get(name, ()) if not may(each)):
                refuse(missing)
        return answer

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Once: Flask-Admin calls a view again after a TypeError, even after it has sent money back."""
        return fn(self, *args, **kwargs)


class Page(Closed, BaseView):
    """A page that is no list of rows."""


class Home(Closed, AdminIndexView):
    """The dashboard."""


class Rows(Exports, Closed, Addressed):
    """Rows of one noun. Nothing can be changed unless a view names the permission for it."""

    edit_permission: ClassVar[str] = ""
    action_permissions: ClassVar[dict[str, str]] = {}

    # Words and looks of the list: ready-made filters, classes of cells, what an empty list says.
    title: ClassVar[str | LazyString] = ""
    missing_words: ClassVar[str | LazyString] = ""
    empty_title: ClassVar[str | LazyString] = lazy_gettext("Nothing here yet")
    pills: ClassVar[tuple[tuple[str | LazyString, dict[str, str]], ...]] = ()
    cell_classes: ClassVar[dict[str, str]] = {}
    search_hint: ClassVar[str | LazyString] = lazy_gettext("Search")
    empty_words: ClassVar[str | LazyString] = lazy_gettext("There is nothing here yet.")
    action_icons: ClassVar[dict[str, str]] = {}
    grave_actions: ClassVar[frozenset[str]] = frozenset()
    row_menu: ClassVar[bool] = False

    can_view_details = True
    can_set_page_size = False
    page_size = 25
    simple_list_pager = True
    named_filter_urls = True
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

    def is_action_allowed(self, name: str) -> bool:
        """A bulk action needs its permission; one that names none is allowed to nobody."""
        return may(self.action_permissions.get(name, ""))

    # Rendered into forms: a second press of the same button finds the first.
    new_operation = staticmethod(new_operation)

    @staticmethod
    def shown_at() -> str:
        """Rendered into forms whose press means what the page shows: what has happened since is told instead."""
        return now().isoformat()

    def handle_action(self, return_view: str | None = None) -> Any:
        """A forged action is refused like a hidden button, not silently left undone; 400 for what is no action."""
        if request.form.get("action") not in self._actions_data:
            abort(400)
        if not self.is_action_allowed(asked := request.form.get("action", "")):
            refuse(self.action_permissions.get(asked, ""))
        return super().handle_action(return_view)

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        doors = {
            "create_view": "can_create",
            "edit_view": "can_edit",
            "details_view": "can_view_details",
            "delete_view": "can_delete",
            "export": "can_export",
            "ajax_lookup": "can_edit",
            "ajax_update": "can_edit",
        }
        answer = super()._handle_view(name, **kwargs)
        if answer is None and name in doors and not getattr(self, doors[name]):
            refuse("exports" if name == "export" else self.edit_permission)
        if answer is None:
            self._refuse_astray(name)
        return answer

    def _refuse_astray(self, name: str) -> None:
        """Flask-Admin leads on to any address in `url` whose host it takes for ours, and does so for want of an id.

        Of rows that are not understood nothing is done, and no file is made.
        """
        if name == "details_view" and row_id(request.args.get("id")) is None:
            abort(404)
        if any(url and own_path(url) is None for url in request.values.getlist("url")):
            abort(400)
        if name != "index_view" and (why := self.astray):
            raise Refused(" ".join(why))

    def get_one(self, id: Any) -> Any:
        """One row; 404 for an id that is none: `1,2`, two ids and texts included."""
        return (super().get_one(id) if row_id(id) is not None else None) or abort(404)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        form = self.create_form()
        if self.validate_form(form) and (row := self.create_model(form)):
            say(self.saved_words(row), "success", *self.next_steps(row))
            return redirect(self.get_save_return_url(row, True))
        return self._form_page(self.create_template, form)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        row = self.get_one(request.args.get("id"))
        form = self.edit_form(obj=row)
        if self.validate_form(form) and self.update_model(form, row):
            say(self.saved_words(row), "success", *self.next_steps(row))
            return redirect(self.get_save_return_url(row, False))
        return self._form_page(self.edit_template, form, row)

    def _form_page(self, template: str, form: Any, row: Any = None) -> tuple[str, int]:
        """The form as it was typed; what is wrong stands beside its fields."""
        page = self.render(template, form=form, model=row, return_url=self.page_of(row))
        return page, 400 if request.method == "POST" else 200

    def page_of(self, row: Any) -> str:
        return self.get_url(".details_view", id=row.id) if row else self.get_url(".index_view")

    def get_save_return_url(self, model: Any, is_created: bool = False) -> str:
        return self.page_of(model)

    def saved_words(self, row: Any) -> str:
        """What is said once the row is saved; a language may bend it by the noun."""
        return gettext("It is saved.")

    def next_steps(self, row: Any) -> tuple[Step, ...]:
        """What is offered once the row is saved."""
        return ()

    def create_model(self, form: Any) -> Any:
        return self._save(form, None)

    def update_model(self, form: Any, model: Any) -> bool:
        return self._save(form, model.id) is not None

    def _save(self, form: Any, row_id: int | None) -> Any:
        """Take over the form's own fields and nothing else, with a line in the audit log; None when refused."""
        try:
            with transaction() as session:
                row = locked(session, self.model, row_id) if row_id else self.model()
                before = self.written(row) if row_id else None
                self.fill(session, form, row)
                session.add(row)
                session.flush()
                noun = self.model.__tablename__
                log(
                    session,
                    me(),
                    f"{noun}.{'edit' if row_id else 'create'}",
                    f"{noun}:{row.id}",
                    before,
                    self.written(row),
                )
        except Refused as error:
            flash(str(error), "danger")
            return None
        return row

    def fill(self, session: Session, form: Any, row: Any) -> None:
        """Put the form into the row, inside the transaction that saves it. May refuse."""
        form.populate_obj(row)

    def written(self, row: Any) -> dict[str, Any]:
        """What the audit log keeps of a row, before and after."""
        return {
            c.key: v
            for c in self.model.__table__.columns
            if c.key != "folded" and isinstance(v := getattr(row, c.key), (str, int, bool, list))
        }
