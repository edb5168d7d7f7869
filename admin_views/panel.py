"""What every page of the panel shows around its content, and the number that says when to look again."""

from functools import cached_property
from typing import Any

from babel import Locale
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request, url_for
from flask_babel import get_locale
from flask_login import current_user

from admin_views import palette, shortcuts, waiting
from admin_views.policy import may, not_signed_in
from admin_views.refused_press import RefusedPress, take
from models.activity import pulse
from models.base import db
from models.bulk_run import BulkRun, run_under_way
from models.dispute import count_to_answer
from models.export import Export, export_under_way
from models.language import pgettext
from models.notice import last_read
from models.organization import the_organization
from models.reconciliation import count_differences
from models.stripe_account import active_account

NO_PAGES = ("admin.static", "palette.find")
ENGLISH = Locale("en")
# Among these each form of the plural that any language has for whole numbers is found, but for millions.
COUNTED = (*range(1, 200), 0)

door = Blueprint("panel", __name__, url_prefix="/admin")


class Panel:
    """Read where a template asks for it, so that an error page needs no database."""

    @cached_property
    def plurals(self) -> dict[str, int]:
        """For each form of the plural in the reader's language, as CLDR names it, a number that takes it."""
        form_of, forms = (get_locale() or ENGLISH).plural_form, dict[str, int]()
        for number in COUNTED:
            forms.setdefault(form_of(number), number)
        return forms

    @cached_property
    def organization(self) -> str:
        return the_organization(db.session).name

    @cached_property
    def test_mode(self) -> bool:
        """While the connected account is in test mode, or the installation's own key is."""
        account = active_account(db.session)
        key: str = current_app.config["STRIPE_SECRET_KEY"]
        return key.startswith(("sk_test_", "rk_test_")) or (account is not None and not account.livemode)

    @cached_property
    def refused(self) -> RefusedPress:
        """What the person pressed before this page, if it was refused."""
        return take()

    @property
    def pulse(self) -> int:
        return int(g.get("pulse", 0))

    @property
    def pulse_url(self) -> str:
        return url_for("panel.beat")

    @property
    def palette(self) -> list[dict[str, Any]]:
        return palette.here() + shortcuts.offered()

    @property
    def palette_url(self) -> str:
        return url_for("palette.find")

    @cached_property
    def run(self) -> BulkRun | None:
        """The bulk work of this person that is under way."""
        return run_under_way(db.session, current_user.id) if may("invoices.send") else None

    @cached_property
    def export(self) -> Export | None:
        """The file of this person that is being written."""
        return export_under_way(db.session, current_user.id) if may("exports") else None

    @cached_property
    def waiting(self) -> dict[str, int]:
        """How many things of each kind wait for a person, as far as this one may see them."""
        return waiting.counts(db.session) if may("payments.view") else {}

    @cached_property
    def counts(self) -> dict[str, int]:
        """What waits for this person, by the menu item behind which it stands."""
        disputes = {"Disputes": count_to_answer(db.session)} if may("disputes.view") else {}
        refunds = {"Refunds": self.waiting.get("approval", 0)} if may("refunds.approve") else {}
        others = sum(number for noun, number in self.waiting.items() if noun != "approval")
        books = {"Reconcile": count_differences(db.session)} if may("webhooks.view") else {}
        return disputes | refunds | {"Needs attention": others} | books

    hot = ("Disputes", "Refunds", "Needs attention", "Reconcile")

    @property
    def role(self) -> str:
        return pgettext("role", str(current_user.role)) if current_user.is_authenticated else ""

    @property
    def sign_out_url(self) -> str:
        return url_for("sign_in.leave")


def init_app(app: Flask) -> None:
    app.register_blueprint(door)
    app.before_request(_note_pulse)
    app.context_processor(_context)


@door.get("/pulse")
def beat() -> tuple[Response, int]:
    """A number that grows when something changed that an open page may show."""
    if not current_user.is_authenticated:
        return not_signed_in()
    return jsonify(pulse=g.pulse), 200


def _note_pulse() -> None:
    """The number read before the page is the safe one: a change in between is seen at the next look."""
    if request.method == "GET" and request.path.startswith("/admin/") and request.endpoint not in NO_PAGES:
        signed_in = current_user.is_authenticated
        g.pulse = pulse(db.session) + last_read(db.session, current_user.id) if signed_in else 0


def _context() -> dict[str, Any]:
    return {"panel": Panel()}
