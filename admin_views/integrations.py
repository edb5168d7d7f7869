"""The catalog of what Paydesk works together with."""

from flask_admin import expose

from admin_views.base import Page
from models.base import db
from models.stripe_account import active_account


class Integrations(Page):
    view_permission = "integrations.view"

    @expose("/")
    def index(self) -> str:
        return self.render("admin/integrations/index.html", account=active_account(db.session))
