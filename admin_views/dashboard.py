"""The dashboard: what came in, what is owed, what needs a person, as each person wants to see it."""

from itertools import groupby
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_views import widgets
from admin_views.base import Home
from admin_views.policy import me
from models.base import db
from models.language import gettext
from models.organization import the_organization
from models.stripe_account import active_account
from tasks import preferences


class Dashboard(Home):
    """The first page after the sign-in; each part is shown to those who may see what it leads to."""

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)

    @expose("/")
    def index(self) -> str:
        session, hidden = db.session, me().hidden_widgets
        return self.render(
            "admin/dashboard/index.html",
            connected=active_account(session) is not None,
            rows=_rows(session, hidden),
            offered=widgets.offered(),
            hidden=hidden,
        )

    @expose("/widgets", methods=("POST",))
    def widgets(self) -> Response:
        """Those that are ticked are shown; of those that were not offered nothing was said."""
        wanted = set(request.form.getlist("shown"))
        preferences.switch_widgets(me(), {widget.name: widget.name in wanted for widget in widgets.offered()})
        flash(gettext("Your dashboard is as you chose it."), "success")
        return redirect(self.get_url(".index"))


def _rows(session: Session, hidden: list[str]) -> list[tuple[str, list[tuple[widgets.Widget, Any]]]]:
    """The widgets that this person sees, by their place, each with what it has read."""
    organization = the_organization(session)
    read = [(widget, widget.read(session, organization)) for widget in widgets.shown(hidden)]
    return [(place, list(found)) for place, found in groupby(read, lambda pair: pair[0].place)]
