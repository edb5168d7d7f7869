"""The pages and verbs that the command palette knows by name."""

from dataclasses import dataclass

from flask import current_app, url_for

from admin_views.policy import may


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


@dataclass(frozen=True, slots=True)
class Verb:
    """What the palette offers to do with an invoice: chosen, it is typed, and the palette asks with which one.

    It leads to the invoice's page with the dialog `show` open, where the press itself stands.
    """

    label: str
    permission: str
    show: str
    keywords: str

    def naming(self, title: str) -> str:
        """`Send Invoice 2026-0041`; a draft is told by its own word."""
        return f"{self.label.removesuffix('Invoice').strip()} {title}"

    def after(self, typed: str) -> str | None:
        """What is typed behind the verb; None when it does not begin with it."""
        begins = f"{self.label.casefold()} "
        return typed[len(begins) :].strip() if f"{typed} ".casefold().startswith(begins) else None


VERBS = (
    Verb("Send Invoice", "invoices.send", "send", "email, mail, deliver"),
    Verb("Copy Pay Link of", "invoices.send", "pay-link", "url, pay link"),
)
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


def offered() -> list[dict[str, str]]:
    """What this person may open, and the verbs that this person may press: choosing one types what it `fills`."""
    pages = [
        {"label": each.label, "hint": each.hint, "href": url_for(each.endpoint), "keywords": each.keywords}
        for each in SHORTCUTS
        if each.is_open()
    ]
    verbs = [
        {"label": f"{verb.label}…", "hint": "Action", "fills": f"{verb.label} ", "keywords": verb.keywords}
        for verb in VERBS
        if may(verb.permission)
    ]
    return pages + verbs
