"""At least one row of everything that people look at."""

import base64
from datetime import datetime, timedelta

import builders

from models.base import db
from models.clock import now
from models.contact import Contact
from models.invoice import new_operation
from models.money import Money
from models.opportunity import Opportunity
from sandbox.accounts import STUDIO
from tasks import bulk_runs, exports, invoices, transaction
from tasks.message_texts import change_text
from tasks.organization import change_logo
from tasks.payouts import record_payout
from tasks.reconcile import reconcile
from tasks.reminders import change_reminders, send_reminders
from tasks.stripe_gateway.payouts import PayoutRecord

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def one_of_each() -> None:
    builders.connected()
    _of_the_customers_side()
    staff = builders.person("staff")
    with transaction() as session:
        contact = Contact(name="Grace Hopper", email="grace@example.com", company="Navy")
        session.add(deal := Opportunity(name="Website", contact=contact, owner_id=staff.id))
    about = {"contact": contact, "opportunity": deal, "owner": staff}
    builders.a_draft_invoice(**about)
    builders.a_partly_paid_invoice(**about)
    builders.a_sent_invoice(due_date=builders.today() - timedelta(days=9), **about)
    drafts = (builders.a_draft_invoice(**about), builders.a_draft_invoice(**about | {"contact": None}))
    bulk_runs.work_bulk(bulk_runs.begin_bulk("send", [draft.id for draft in drafts], staff, new_operation()))
    exports.write_export(exports.begin_export("invoice", [drafts[0].id], {}, staff, new_operation()))
    void = builders.a_sent_invoice(**about)
    invoices.void_invoice(void.id, staff)
    builders.a_refund(builders.a_paid_invoice("20.00", **about), "20.00")
    builders.a_disputed_invoice(**about)
    builders.a_paid_invoice("64.47", **about)
    builders.an_unmatched_payment()
    record_payout(STUDIO, PayoutRecord("po_1", Money(100, "USD"), "in_transit", None, None, now()), now())
    reconcile()
    db.session.rollback()


def _of_the_customers_side() -> None:
    """A logo, a text of one's own, a reminder that went out and one that did not."""
    admin, soon = builders.person("admin"), builders.today() + timedelta(days=7)
    change_logo(admin, PIXEL)
    change_text(admin, "receipt", "ar", "شكرًا على {amount}", "شكرًا، {customer}.")
    change_reminders(admin, [-7, 3])
    builders.a_sent_invoice(due_date=soon)
    with builders.in_a_while(days=-2):
        builders.a_sent_invoice(due_date=soon)
    with builders.moved_to(datetime.combine(builders.today(), builders.NOON)):
        send_reminders()
        builders.come_home()
