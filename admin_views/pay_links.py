"""Doors to the customer's link."""

from flask import redirect, request
from flask_admin import expose
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from tasks import pay_links as verbs


class PayLinks(Rows):
    @expose("/pay-link/", methods=("POST",))
    @needs("invoices.send")
    def pay_link(self) -> Response:
        """The page again, with the link to copy in a dialog."""
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            verbs.pay_link(invoice.id, me())
            return redirect(self.get_url(".details_view", id=invoice.id, show="pay-link"))
        return redirect(self.page_of(invoice))
