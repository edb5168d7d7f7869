"""The pages that the command palette knows by name, and its verbs; their words are translated as they are offered."""

from dataclasses import dataclass

from flask import current_app, url_for

from admin_views.palette_verbs import VERBS
from admin_views.policy import may
from models.language import gettext, pmarked
from models.language import marked as _


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
    Shortcut(
        _("Payment Analytics"), "analytics.index", _("Payments"), "analytics.view", _("revenue, reports, collected")
    ),
    Shortcut(_("Payment Disputes"), "dispute.index_view", _("Payments"), "disputes.view", _("chargebacks, evidence")),
    Shortcut(
        _("Stripe Settings"),
        "stripe.index_view",
        _("Settings → Integrations"),
        "integrations.view",
        _("Stripe Connect, payouts"),
    ),
    Shortcut(_("Dashboard"), "admin.index", _("Go to")),
    Shortcut(_("Invoices"), "invoice.index_view", _("Go to"), "invoices.view"),
    Shortcut(_("New invoice"), "invoice.create_view", _("Action"), "invoices.edit", _("create invoice, add invoice")),
    Shortcut(_("Contacts"), "contact.index_view", _("Go to"), "contacts.view", _("customers")),
    Shortcut(_("Opportunities"), "opportunity.index_view", _("Go to"), "contacts.view", _("deals")),
    Shortcut(_("Payments"), "payment.index_view", _("Payments"), "payments.view", _("charges")),
    Shortcut(_("Refunds"), "refund.index_view", _("Payments"), "payments.view"),
    Shortcut(_("Credit notes"), "credit_note.index_view", _("Payments"), "payments.view", _("documents")),
    Shortcut(
        pmarked("page", "Needs attention"),
        "attention.index_view",
        _("Payments"),
        "payments.view",
        _("unmatched, duplicate, overpaid"),
    ),
    Shortcut(
        _("Reconcile"), "reconciliation.index_view", _("Payments"), "webhooks.view", _("compare, differences, report")
    ),
    Shortcut(_("Exports"), "export.index_view", _("Go to"), "exports", _("files, CSV, download")),
    Shortcut(_("Integrations"), "integrations.index", _("Settings"), "integrations.view", _("catalog")),
    Shortcut(_("Organization"), "organization.index", _("Settings"), "settings.edit", _("brand, time zone, currency")),
    Shortcut(_("People"), "people.index_view", _("Settings"), "", _("users, roles, team")),
    Shortcut(_("Messages"), "message.index_view", _("Settings"), "invoices.view", _("mail, email, outbox")),
    Shortcut(_("Webhooks"), "stripe_webhooks.index", _("Settings"), "webhooks.view", _("events, deliveries, Stripe")),
    Shortcut(_("Stripe events"), "event.index_view", _("Settings → Webhooks"), "webhooks.view", _("inbox, deliveries")),
)


def offered() -> list[dict[str, str]]:
    """What this person may open, and the verbs that this person may press: choosing one types what it `fills`."""
    pages = [
        _said(each.label, each.hint, each.keywords) | {"href": url_for(each.endpoint)}
        for each in SHORTCUTS
        if each.is_open()
    ]
    verbs = [_said(verb.label, "Action", verb.keywords) for verb in VERBS if may(verb.permission)]
    return pages + [verb | {"label": f"{verb['label']}…", "fills": f"{verb['label']} "} for verb in verbs]


def _said(label: str, hint: str, keywords: str) -> dict[str, str]:
    return {"label": gettext(label), "hint": gettext(hint), "keywords": gettext(keywords) if keywords else ""}
