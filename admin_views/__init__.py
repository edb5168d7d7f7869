"""Staff's doors: Flask-Admin views that read nouns and call verbs."""

from flask import Flask
from flask_admin import Admin
from flask_admin.menu import MenuView

from admin_views import bell, errors, palette, panel, policy, sign_in
from admin_views.analytics import Analytics
from admin_views.attention import NeedsAttention
from admin_views.bell import Notices
from admin_views.bulk_runs import BulkRuns
from admin_views.contacts import Contacts
from admin_views.credit_notes import CreditNotes
from admin_views.dashboard import Dashboard
from admin_views.disputes import Disputes
from admin_views.integrations import Integrations
from admin_views.invoices import Invoices
from admin_views.message_texts import MessageTexts
from admin_views.messages import Messages
from admin_views.opportunities import Opportunities
from admin_views.organization import OrganizationSettings
from admin_views.payments import Payments
from admin_views.payouts import Payouts
from admin_views.people import People
from admin_views.reconciliations import Reconciliations
from admin_views.refunds import Refunds
from admin_views.reminders import ReminderSettings
from admin_views.stored_exports import StoredExports
from admin_views.stripe_settings import StripeSettings
from admin_views.webhooks import Events, Webhooks
from models.language import marked, pmarked

# Names of the sidebar are translated where they are shown: what waits is counted by them.
PAYMENTS, SETTINGS = marked("Payments"), marked("Settings")


def init_app(app: Flask) -> None:
    errors.init_app(app)
    policy.init_app(app)
    panel.init_app(app)
    bell.init_app(app)
    palette.init_app(app)
    app.register_blueprint(sign_in.door)
    home = Dashboard(name=marked("Dashboard"), url="/admin", menu_icon_value="dashboard")
    admin = Admin(app, name="Paydesk", index_view=home)
    with app.app_context():
        _add_views(admin)


def _add_views(admin: Admin) -> None:
    """The sidebar has them in this order; what a person may not open is not shown."""
    invoices, runs = Invoices(), BulkRuns()
    admin.add_view(invoices)
    admin.add_view(runs)
    invoices.menu.add_child(MenuView(marked("Bulk work"), runs))
    admin.add_view(Contacts())
    admin.add_view(Opportunities())
    admin.add_category(PAYMENTS, icon_value="payments")
    admin.add_view(Analytics(marked("Analytics"), PAYMENTS, "analytics"))
    admin.add_view(Disputes(marked("Disputes"), PAYMENTS))
    admin.add_view(Payments(marked("Payments"), PAYMENTS))
    admin.add_view(Refunds(marked("Refunds"), PAYMENTS))
    admin.add_view(CreditNotes(marked("Credit notes"), PAYMENTS))
    admin.add_view(NeedsAttention(pmarked("page", "Needs attention"), PAYMENTS))
    admin.add_view(Reconciliations(marked("Reconcile"), PAYMENTS))
    admin.add_view(Notices())
    admin.add_view(StoredExports())
    admin.add_category(SETTINGS, icon_value="settings")
    admin.add_view(OrganizationSettings(marked("Organization"), SETTINGS, "organization"))
    integrations = Integrations(marked("Integrations"), SETTINGS, "integrations")
    admin.add_view(integrations)
    admin.add_view(People(marked("People"), SETTINGS))
    admin.add_view(Messages(marked("Messages"), SETTINGS))
    admin.add_view(ReminderSettings(marked("Reminders"), SETTINGS, "reminders"))
    admin.add_view(MessageTexts(marked("Texts"), SETTINGS, "message_text"))
    webhooks = Webhooks(marked("Webhooks"), SETTINGS, "stripe_webhooks", "/admin/webhooks")
    events = Events(marked("Events"), SETTINGS)
    admin.add_view(webhooks)
    admin.add_view(events)
    webhooks.menu.add_child(MenuView(marked("Events"), events))
    stripe = StripeSettings("Stripe Connect", SETTINGS)
    payouts = Payouts(marked("Payouts"), SETTINGS)
    admin.add_view(stripe)
    admin.add_view(payouts)
    # Stripe Connect is found in the catalog; while it is open, Integrations is the current item of the sidebar.
    integrations.menu.add_child(MenuView("Stripe Connect", stripe))
    integrations.menu.add_child(MenuView(marked("Payouts"), payouts))
