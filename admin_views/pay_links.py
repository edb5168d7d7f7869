"""Doors to the customer's link."""

from typing import Any

import segno
from flask import redirect, request
from flask_admin import expose
from markupsafe import Markup
from werkzeug.wrappers import Response

from admin_views import invoice_actions, said
from admin_views.base import Rows
from admin_views.fields import row_id
from admin_views.invoice_presses import PAYABLE
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from models.base import db
from models.invoice import Invoice
from models.language import gettext
from models.pay_link import present_link
from tasks import pay_links as verbs


class PayLinks(Rows):
    @expose("/pay-link/", methods=("POST",))
    @needs("invoices.send")
    def pay_link(self) -> Response:
        """The page again, with the link to copy in a dialog."""
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            verbs.pay_link(invoice.id, me())
            return redirect(self._dialog_of(invoice))
        return redirect(self.page_of(invoice))

    @expose("/replace-link/", methods=("POST",))
    @needs("invoices.send")
    def replace_link(self) -> Response:
        """The page again, with the new link to copy."""
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            is_closed = verbs.replace_link(invoice.id, me(), _link_id())
            text = gettext("The Pay Link of %(invoice)s is another one now.", invoice=invoice.title)
            steps = [invoice_actions.to_send(invoice)] if invoice.status in PAYABLE else []
            said.say(text, "success", *steps)
            _say_what_is_open(is_closed)
            return redirect(self._dialog_of(invoice))
        return redirect(self.page_of(invoice))

    @expose("/revoke-link/", methods=("POST",))
    @needs("invoices.send")
    def revoke_link(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            is_closed = verbs.revoke_link(invoice.id, me(), _link_id())
            said.say(gettext("The Pay Link of %(invoice)s is revoked.", invoice=invoice.title), "success")
            _say_what_is_open(is_closed)
        return redirect(self.page_of(invoice))

    def _dialog_of(self, invoice: Invoice) -> str:
        return self.get_url(".details_view", id=invoice.id, show="pay-link")

    def link_of(self, invoice: Invoice) -> dict[str, Any]:
        """For the page: `link` is the valid one; `pay_link`, its address, and `qr` only where they are asked for."""
        link = present_link(db.session, invoice.id)
        url = link.url if link and request.args.get("show") == "pay-link" else None
        return {"link": link, "pay_link": url, "qr": _qr_code(url) if url else None}


def _say_what_is_open(is_closed: bool) -> None:
    """Who was on Stripe's page by the link that is over can pay there until it is closed."""
    if not is_closed:
        text = gettext(
            "A payment that was begun by the old link could not be closed at Stripe yet. It ends within a day at the "
            "latest."
        )
        said.say(text, "warning")


def _link_id() -> int:
    """The one that the form was shown with."""
    return row_id(request.form.get("link")) or 0


def _qr_code(url: str) -> Markup:
    """As a picture within the page: dark on light with its quiet zone, however dark the page is."""
    code = segno.make(url, error="m")
    words = gettext("QR code of the Pay Link")
    drawn = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", title=words)
    return Markup(drawn)  # noqa: S704
