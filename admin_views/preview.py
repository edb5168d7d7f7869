"""Door to the customer's page as staff look at it: in any state, in each language, and never counted as a view."""

from flask import g, render_template, request
from flask_admin import expose
from werkzeug.wrappers import Response

from admin_views.base import Rows
from models.base import db
from models.invoice import new_operation
from models.language import LANGUAGES, gettext, speaking
from models.pay_page import foreseen_page
from models.readers import language_of

# As strict as the customer's own page, and it may neither send a form nor report anything to anybody.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Preview(Rows):
    @expose("/preview/")
    def preview(self) -> Response:
        """Without a link, so nothing can be paid or reported from it."""
        invoice = self.get_one(request.args.get("id"))
        page = foreseen_page(db.session, invoice)
        asked = request.args.get("language", "")
        language = asked if asked in LANGUAGES else language_of(invoice, page.organization)
        frame = {
            "title": gettext("Preview of %(invoice)s", invoice=invoice.title),
            "words": gettext("So its customer sees it. Nothing can be paid here, and looking at it is no view."),
            "languages": {code: str(name) for code, name in LANGUAGES.items()},
            "back": gettext("Back to the invoice"),
        }
        typed = page.parts.suggested.plain() if page.parts else None
        shown = {"page": page, "state": page.state, "operation": new_operation(), "typed": typed, "pay_url": ""}
        with speaking(language):
            drawn = render_template("admin/invoices/preview.html", frame=frame, spoken_now=language, **shown)
        return Response(
            drawn, mimetype="text/html", headers={"Content-Security-Policy": POLICY.format(nonce=g.csp_nonce)}
        )
