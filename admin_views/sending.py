"""Doors to how an invoice reaches its customer."""

from flask import abort, flash, redirect, request
from flask_admin import expose
from werkzeug.wrappers import Response

from admin_views import invoice_actions, said
from admin_views.base import Rows
from admin_views.fields import row_id
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from models.base import db
from models.language import gettext
from models.mail import Mail
from tasks import invoices as verbs
from tasks.messages import retry_mail


class Sending(Rows):
    @expose("/mark-as-sent/", methods=("POST",))
    @needs("invoices.send")
    def mark_as_sent(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            verbs.mark_as_sent(invoice.id, me())
            said.say(gettext("Marked as sent."), "success", invoice_actions.to_pay_link(invoice))
        return redirect(self.page_of(invoice))

    @expose("/retry-mail/", methods=("POST",))
    @needs("invoices.send")
    def retry_mail(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        mail = db.session.get(Mail, row_id(request.form.get("mail")) or 0)
        if mail is None or mail.invoice_id != invoice.id:
            abort(404)
        with saying_refusals():
            retry_mail(mail.id, me())
            flash(gettext("Queued again for delivery to %(address)s.", address=mail.to_address), "pending")
        return redirect(self.page_of(invoice))
