"""Doors to what staff write down about an invoice: notes, promises; and to a copy of it."""

from flask import flash, redirect, request
from flask_admin import expose
from werkzeug.wrappers import Response

from admin_views.base import Rows
from admin_views.fields import row_id
from admin_views.invoice_actions import copied, operation
from admin_views.payment_actions import typed, typed_day
from admin_views.policy import me, needs
from admin_views.refused_press import saying_refusals
from admin_views.said import say, way
from models.base import db
from models.invoice import Invoice
from models.language import gettext
from tasks import following_up as verbs
from tasks.invoices import give_to
from tasks.revisions import duplicate_invoice


class FollowingUp(Rows):
    @expose("/note/", methods=("POST",))
    @needs("invoices.edit")
    def note(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            verbs.add_note(invoice.id, me(), request.form.get("text", ""))
        return redirect(self.page_of(invoice))

    @expose("/promise/", methods=("POST",))
    @needs("invoices.edit")
    def promise(self) -> Response:
        """A day, or the press that takes the promise away; an empty day is a slip."""
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            if typed("take_away"):
                verbs.promise(invoice.id, me(), None)
                flash(gettext("The promise is taken away."), "success")
            else:
                verbs.promise(invoice.id, me(), typed_day("day"))
                flash(gettext("The promise is noted."), "success")
        return redirect(self.page_of(invoice))

    @expose("/give/", methods=("POST",))
    @needs("invoices.edit")
    def give(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            give_to(invoice.id, me(), row_id(request.form.get("owner")))
            said = gettext("%(invoice)s belongs to %(owner)s now.", invoice=invoice.title, owner=invoice.owner)
            flash(said, "success")
        return redirect(self.page_of(invoice))

    @expose("/duplicate/", methods=("POST",))
    @needs("invoices.edit")
    def duplicate(self) -> Response:
        invoice = self.get_one(request.form.get("id"))
        with saying_refusals():
            draft = db.session.get_one(Invoice, duplicate_invoice(invoice.id, me(), operation()))
            edit = way(gettext("Edit the draft"), "invoices.edit", "invoice.edit_view", id=draft.id)
            say(copied(draft, invoice), "success", edit)
            return redirect(self.page_of(draft))
        return redirect(self.page_of(invoice))
