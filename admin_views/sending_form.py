"""The form of Preview and send."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import Length

from admin_views.billing_fields import AddressesField
from admin_views.fields import AsWritten
from admin_views.invoice_form import EditsField, ShownField
from models.language import lazy_gettext
from models.people import User
from models.sending import LONGEST_NOTE, Cover


class SendingForm(AsWritten, FlaskForm):
    operation = HiddenField()
    edits, shown_at = EditsField(), ShownField()
    note = TextAreaField(
        lazy_gettext("Note"),
        [Length(max=LONGEST_NOTE)],
        description=lazy_gettext("Stands above the amount, also in the copies."),
    )
    cc = AddressesField(
        lazy_gettext("Cc"),
        [Length(max=2000)],
        description=lazy_gettext("Each gets a message of its own. Put commas between addresses."),
    )
    to_me = BooleanField(lazy_gettext("Send a copy to me"))

    def cover(self, by: User) -> Cover:
        mine = by.email if self.to_me.data else ""
        return Cover(self.note.data or "", tuple(self.cc.addresses), mine, self.edits.seen)
