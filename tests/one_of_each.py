"""At least one row of everything that people look at."""

import base64
import hashlib
from datetime import timedelta

import builders

from models.base import db
from models.brand_file import BrandFile
from models.clock import now
from models.contact import Contact
from models.invoice import new_operation
from models.message_text import MessageText
from models.money import Money
from models.opportunity import Opportunity
from models.reminder import Reminder
from sandbox.accounts import STUDIO
from tasks import bulk_runs, exports, invoices, transaction
from tasks.payouts import record_payout
from tasks.reconcile import reconcile
from tasks.stripe_gateway.payouts import PayoutRecord

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def one_of_each() -> None:
    builders.connected()
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
    _of_the_customers_side()
    db.session.rollback()


def _of_the_customers_side() -> None:
    """What no verb makes yet."""
    with transaction() as session:
        seen = {"media_type": "image/png", "width": 1, "height": 1, "picture": PIXEL}
        session.add(BrandFile(digest=hashlib.sha256(PIXEL).hexdigest(), **seen))
        session.add(MessageText(kind="receipt", language="de", subject="Danke", introduction="Vielen Dank."))
        step = {"due_date": builders.today(), "days": 0, "decided_on": builders.today()}
        session.add(Reminder(invoice_id=1, outcome="skipped", why="promised", **step))
