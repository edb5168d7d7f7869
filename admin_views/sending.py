"""Doors to how an invoice reaches its customer."""

from flask import abort, flash, redirect, request
from flask_admin import expose
from werkzeug.wrappers import Response

from admin_views import invoice_actions, said
from admin_views.base import Rows
from admin_views.fields import row_id
from admin_views.letter_frame import framed, refused_in_frame
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from admin_views.sending_form import SendingForm
from models.base import db
from models.invoice import Invoice, new_operation
from models.language import gettext
from models.mail import Mail
from models.organization import the_organization
from models.refusal import Conflict, Refused
from tasks import invoices as verbs
from tasks import letters
from tasks.messages import retry_mail


class Sending(Rows):
    @expose("/send/", methods=("GET", "POST"))
    @needs("invoices.send")
    def send(self) -> Response | str | tuple[str, int]:
        """Preview and send: what goes to its contact, with a note and copies if that is wished."""
        invoice = self.get_one(request.values.get("id"))
        cc = invoice.contact.copies_to() if invoice.contact else []
        shown = {"operation": new_operation(), "edits": invoice.edits, "shown_at": self.shown_at()}
        form = SendingForm(data=shown | {"cc": cc})
        if not form.is_submitted():
            return self._send_page(invoice, form)
        if not form.validate():
            return self._send_page(invoice, form), 400
        try:
            operation, shown_at = invoice_actions.operation(), invoice_actions.shown_at()
            verbs.send_invoice(invoice.id, me(), operation, cover=form.cover(me()), shown_at=shown_at)
        except Refused as error:
            flash(str(error), "danger")
            form.edits.data, form.shown_at.data = str(invoice.edits), self.shown_at()  # as it is now, and as was said
            return self._send_page(invoice, form), 409 if isinstance(error, Conflict) else 400
        queued = gettext("Queued for delivery to %(address)s.", address=invoice.recipient())
        said.say(queued, "pending", invoice_actions.to_pay_link(invoice))
        return redirect(self.page_of(invoice), 303)

    def _send_page(self, invoice: Invoice, form: SendingForm) -> Response | str:
        """Refused where the invoice cannot be sent at all: its own page says what is missing."""
        try:
            subject = letters.preview(db.session, invoice, "").subject
        except Refused as error:
            flash(str(error), "danger")
            return redirect(self.page_of(invoice), 303)
        attaches = the_organization(db.session).documents == "attach"
        return self.render("admin/invoices/send.html", model=invoice, form=form, subject=subject, attaches=attaches)

    @expose("/letter/", methods=("GET", "POST"))
    @needs("invoices.send")
    def letter(self) -> Response:
        """The message that would be sent, with the note that is written so far."""
        invoice = self.get_one(request.values.get("id"))
        try:
            return framed(letters.preview(db.session, invoice, request.form.get("note", "")).html)
        except Refused as error:
            return refused_in_frame(error)

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
