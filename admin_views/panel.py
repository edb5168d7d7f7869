"""What every page of the panel shows around its content, and the number that says when to look again."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request, url_for
from flask_login import current_user

from admin_views import waiting
from admin_views.policy import may
from admin_views.refused_press import RefusedPress, take
from models.activity import pulse
from models.base import db
from models.dispute import count_to_answer
from models.organization import the_organization
from models.reconciliation import count_differences
from models.stripe_account import active_account

door = Blueprint("panel", __name__, url_prefix="/admin")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What the command palette offers to those who hold the permission; to all when there is none."""

    label: str
    endpoint: str
    hint: str
    permission: str = ""
    keywords: str = ""

    def is_open(self) -> bool:
        known = self.endpoint in current_app.view_functions
        return known and (not self.permission or may(self.permission))


SHORTCUTS = (
    Shortcut("Payment Analytics", "analytics.index", "Payments", "analytics.view", "revenue, reports, collected"),
    Shortcut("Payment Disputes", "dispute.index_view", "Payments", "disputes.view", "chargebacks, evidence"),
    Shortcut(
        "Stripe Settings",
        "stripe.index_view",
        "Settings → Integrations",
        "integrations.view",
        "Stripe Connect, payouts",
    ),
    Shortcut("Dashboard", "admin.index", "Go to"),
    Shortcut("Invoices", "invoice.index_view", "Go to", "invoices.view"),
    Shortcut("New invoice", "invoice.create_view", "Action", "invoices.edit", "create invoice, add invoice"),
    Shortcut("Contacts", "contact.index_view", "Go to", "contacts.view", "customers"),
    Shortcut("Opportunities", "opportunity.index_view", "Go to", "contacts.view", "deals"),
    Shortcut("Payments", "payment.index_view", "Payments", "payments.view", "charges"),
    Shortcut("Refunds", "refund.index_view", "Payments", "payments.view"),
    Shortcut("Credit notes", "credit_note.index_view", "Payments", "payments.view", "documents"),
    Shortcut("Needs attention", "attention.index_view", "Payments", "payments.view", "unmatched, duplicate, overpaid"),
    Shortcut("Reconcile", "reconciliation.index_view", "Payments", "webhooks.view", "compare, differences, report"),
    Shortcut("Integrations", "integrations.index", "Settings", "integrations.view", "catalog"),
    Shortcut("Organization", "organization.index", "Settings", "settings.edit", "brand, time zone, currency"),
    Shortcut("People", "people.index_view", "Settings", "", "users, roles, team"),
    Shortcut("Messages", "message.index_view", "Settings", "invoices.view", "mail, email, outbox"),
    Shortcut("Webhooks", "stripe_webhooks.index", "Settings", "webhooks.view", "events, deliveries, Stripe"),
    Shortcut("Stripe events", "event.index_view", "Settings → Webhooks", "webhooks.view", "inbox, deliveries"),
)


class Panel:
    """Read where a template asks for it, so that an error page needs no database."""

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
    def palette(self) -> list[dict[str, str]]:
        return [
            {"label": s.label, "hint": s.hint, "href": url_for(s.endpoint), "keywords": s.keywords}
            for s in SHORTCUTS
            if s.is_open()
        ]

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
        return str(current_user.role) if current_user.is_authenticated else ""

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
        return jsonify(error="Please sign in."), 401
    return jsonify(pulse=g.pulse), 200


def _note_pulse() -> None:
    """The number read before the page is the safe one: a change in between is seen at the next look."""
    if request.method == "GET" and request.path.startswith("/admin/") and request.endpoint != "admin.static":
        g.pulse = pulse(db.session) if current_user.is_authenticated else 0


def _context() -> dict[str, Any]:
    return {"panel": Panel()}
