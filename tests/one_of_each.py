"""At least one row of everything that has a page."""

from datetime import timedelta

import builders

from models.base import db
from models.clock import now
from models.contact import Contact
from models.invoice import new_operation
from models.money import Money
from models.opportunity import Opportunity
from sandbox.accounts import STUDIO
from tasks import bulk_runs, exports, invoices, transaction
from tasks.payouts import record_payout
from tasks.reconcile import reconcile
from tasks.stripe_gateway.payouts import PayoutRecord


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
    db.session.rollback()
