"""What the demo organization is on its first day."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from demo import Trouble
from demo.sandbox import Sandbox
from demo.seed import seed
from models.activity import Activity
from models.attention import Attention
from models.base import db
from models.bulk_run import BulkRun
from models.clock import now
from models.contact import Contact
from models.dispute import Dispute
from models.export import Export
from models.invoice import Invoice, new_operation
from models.invoice_note import InvoiceNote
from models.invoice_status import STATUSES
from models.language import LANGUAGES
from models.mail import Mail
from models.money import Money
from models.notice import Notice
from models.opportunity import Opportunity
from models.organization import the_organization
from models.payment import Payment
from models.people import User
from models.refund import WAITING, Refund
from models.reminder import Reminder
from models.stripe_account import Payout, active_account
from models.stripe_event import StripeEvent
from tasks.audit import audit
from tasks.invoices import send_invoice
from tasks.people import sign_in, signed_in
from tasks.reconcile import reconcile
from tasks.refunds import issue_refund, send_refund

pytestmark = pytest.mark.usefixtures("demo")


def invoices(*where: object) -> list[Invoice]:
    return list(db.session.scalars(select(Invoice).where(*where).order_by(Invoice.id)))  # type: ignore[arg-type]


def test_the_books_balance() -> None:
    assert audit() == []


def test_stripe_has_nothing_that_we_lack_in_half_a_year() -> None:
    report = reconcile(now() - timedelta(days=400))

    assert (report.repaired, report.unchecked) == ([], [])
    assert report.checked > 60


def test_it_is_connected_in_test_mode_with_one_requirement_outstanding() -> None:
    account = active_account(db.session)

    assert account is not None
    assert (account.name, account.livemode, account.charges_enabled) == ("Northwind Studio", False, True)
    assert account.requirements["currently_due"] == ["company.tax_id"]


def test_one_dispute_is_won_one_is_lost_and_one_is_due_in_five_days() -> None:
    disputes = {dispute.status: dispute for dispute in db.session.scalars(select(Dispute))}
    organization = the_organization(db.session)

    assert sorted(disputes) == ["lost", "needs_response", "won"]
    due_by = disputes["needs_response"].due_by
    assert due_by is not None
    assert organization.day_of(due_by) - organization.today() == timedelta(days=5)


def test_one_payout_is_on_its_way_and_the_others_have_arrived() -> None:
    states = Counter(db.session.scalars(select(Payout.status)))

    assert states["in_transit"] == 1
    assert states["paid"] == states.total() - 1 > 5


@pytest.mark.parametrize("status", STATUSES)
def test_there_is_an_invoice_in_every_status(status: str) -> None:
    assert invoices(Invoice.status == status)


def test_some_invoices_are_overdue_and_one_of_them_was_never_viewed() -> None:
    today = the_organization(db.session).today()
    overdue = [invoice for invoice in invoices() if invoice.is_overdue(today)]

    assert len(overdue) >= 3
    assert any(invoice.viewed_at is None for invoice in overdue)


def test_one_draft_lacks_only_its_contact_and_another_can_be_sent_at_once() -> None:
    drafts = invoices(Invoice.issued_at.is_(None))
    ready = next(draft for draft in drafts if draft.contact)

    assert [draft.total > 0 for draft in drafts if draft.contact is None] == [True]
    assert send_invoice(ready.id, staff(), new_operation())


def test_an_open_invoice_shows_all_that_one_can_say() -> None:
    newest = invoices(Invoice.status == "Sent")[-1]

    assert len(newest.lines) == 3
    assert any(line.discount for line in newest.lines)
    assert newest.po_number
    assert newest.notes
    assert newest.promised_for
    assert db.session.scalar(select(InvoiceNote).where(InvoiceNote.invoice_id == newest.id))


def test_three_drafts_were_sent_in_one_press_and_one_of_them_was_refused() -> None:
    run = db.session.scalars(select(BulkRun)).one()

    assert (run.state, run.done, run.refused) == ("Partly refused", 2, 1)


def test_a_file_of_a_list_is_ready_to_be_fetched() -> None:
    export = db.session.scalars(select(Export)).one()

    assert (export.state, export.total) == ("Ready", 3)


def test_one_refund_is_above_the_limit_and_waits_for_a_second_person() -> None:
    waiting = db.session.scalars(select(Refund).where(Refund.state == WAITING)).one()

    assert staff().role.limit == Money(100_000, "USD") < waiting.money


def test_the_last_payments_came_in_several_ways() -> None:
    newest = select(Payment).where(Payment.status == "succeeded").order_by(Payment.id.desc()).limit(5)

    assert {payment.method.partition(" •")[0] for payment in db.session.scalars(newest)} == {
        "Bank transfer",
        "Mastercard",
        "Visa",
    }


def test_the_admin_has_invoices_too_and_hears_of_a_payment_and_of_a_message_that_came_back() -> None:
    admin = db.session.scalars(select(User).where(User.email == "admin@northwind.example")).one()
    unread = db.session.scalars(select(Notice.kind).where(Notice.user_id == admin.id, Notice.read_at.is_(None)))

    assert sorted(unread) == ["mail_failed", "payment_received"]
    assert {invoice.status for invoice in invoices(Invoice.owner_id == admin.id)} == {"Paid", "Sent"}
    refused = db.session.scalars(select(Mail).where(Mail.parked_at.is_not(None))).one()
    assert (refused.kind, "550" in (refused.last_error or "")) == ("reminder", True)


def test_reminders_are_on_and_go_out_and_a_promise_keeps_one_back() -> None:
    decided = list(db.session.scalars(select(Reminder)))

    assert the_organization(db.session).reminders_since
    assert len([each for each in decided if each.mail and each.mail.sent_at]) > 2
    assert "promised" in {each.why for each in decided}


def test_parts_may_be_paid_of_an_open_invoice() -> None:
    assert invoices(Invoice.status == "Sent", Invoice.partial_payments)


def test_an_invoice_has_two_tax_rates_and_a_discount() -> None:
    found = [invoice for invoice in invoices() if len(invoice.totals().taxes) == 2]
    db.session.rollback()

    assert any(line.discount for invoice in found for line in invoice.lines)


def test_a_refund_was_made_in_stripes_dashboard() -> None:
    assert len(list(db.session.scalars(select(Refund).where(Refund.operation.is_(None))))) == 1


def test_a_bank_debit_is_received_days_after_it_was_begun() -> None:
    told: dict[int | None, dict[str, datetime]] = {}
    for entry in db.session.scalars(select(Activity).where(Activity.kind.like("payment_%"))):
        told.setdefault(entry.invoice_id, {})[entry.kind] = entry.at
    debits = [entries for entries in told.values() if "payment_processing" in entries]

    arrived = [debit for debit in debits if "payment_received" in debit]
    assert (len(debits), len(arrived)) == (2, 1)
    assert arrived[0]["payment_received"] - arrived[0]["payment_processing"] > timedelta(days=1)


def test_one_payment_came_by_bank_transfer_and_one_waits_for_somebody_to_match_it() -> None:
    offline = db.session.scalars(select(Payment).where(Payment.account_id.is_(None))).one()
    matter = db.session.scalars(select(Attention).where(Attention.resolved_at.is_(None))).one()

    assert (offline.method, offline.invoice.status) == ("Bank transfer", "Paid")
    assert (matter.kind, matter.payment.invoice) == ("unmatched", None)


def test_numbers_grow_with_time() -> None:
    issued = sorted(invoices(Invoice.issued_at.is_not(None)), key=lambda invoice: invoice.number or "")

    assert issued == sorted(issued, key=lambda invoice: str(invoice.issued_at))
    assert now() - timedelta(days=200) < min(invoice.created_at for invoice in issued) < now() - timedelta(days=170)


def test_every_message_was_accepted_in_its_time() -> None:
    mails = list(db.session.scalars(select(Mail).where(Mail.sent_at.is_not(None))))

    assert len(mails) > 80
    assert all(mail.sent_at and mail.sent_at - mail.created_at < timedelta(minutes=1) for mail in mails)


def test_the_owner_was_told_and_has_read_all_but_the_newest() -> None:
    read = [notice.read_at is not None for notice in db.session.scalars(select(Notice).order_by(Notice.created_at))]
    assert 0 < read.count(False) < 10
    assert read == sorted(read, reverse=True)
    assert db.session.scalar(select(func.count()).select_from(Mail).where(Mail.kind == "news")) > 20


def test_contacts_and_opportunities_are_there() -> None:
    contacts = list(db.session.scalars(select(Contact)))

    assert len(contacts) == 12
    assert all(contact.valid_email() and contact.address for contact in contacts)
    assert any(contact.copies_to() for contact in contacts)
    assert any(contact.billing_name and contact.tax_number and contact.due_days == 30 for contact in contacts)


def test_customers_read_five_languages_below_a_logo_and_can_ask_somebody() -> None:
    organization = the_organization(db.session)

    assert organization.logo_id
    assert organization.support_email
    assert organization.support_tel
    assert set(db.session.scalars(select(Contact.language))) == {None, *(LANGUAGES.keys() - {"en"})}
    assert all(invoices(Contact.language == one, Invoice.contact_id == Contact.id) for one in LANGUAGES if one != "en")


def test_what_was_won_was_not_paid_beyond_what_was_expected_and_what_was_lost_was_not_billed() -> None:
    billed: Counter[str] = Counter()
    for invoice in invoices(Invoice.opportunity_id.is_not(None)):
        billed[invoice.opportunity.name if invoice.opportunity else ""] += invoice.total
    known = list(db.session.scalars(select(Opportunity)))

    assert (len(known), sum(one.stage == "Lost" for one in known)) == (9, 1)
    assert all(billed[one.name] <= (0 if one.stage == "Lost" else one.amount) for one in known)


@pytest.mark.parametrize("role", ["admin", "finance", "staff", "viewer"])
def test_each_role_can_sign_in(role: str) -> None:
    person = signed_in(sign_in(f"{role}@northwind.example", f"the password of {role}", "127.0.0.1"))

    assert person is not None
    assert (person.role.name, bool(person.name)) == (role.capitalize(), True)


def test_a_second_time_changes_nothing(demo: Flask) -> None:
    before = len(invoices())

    assert not seed(demo, {})
    assert len(invoices()) == before


def test_the_sandbox_is_left_as_it_was_found_but_for_one_event_to_come(demo: Flask) -> None:
    state = Sandbox(demo.config["STRIPE_API_BASE"], "sk_test_sandbox").state()

    assert (state["clock"]["moved"], state["deliveries"]["mode"]) == (None, "normal")
    waiting = [delivery["type"] for delivery in state["deliveries"]["recent"] if delivery["outcome"] == "pending"]
    assert waiting == ["account.updated"]


def test_the_inbox_has_all_that_stripe_has_told_lately() -> None:
    kept = list(db.session.scalars(select(StripeEvent).order_by(StripeEvent.id)))

    assert {event.outcome for event in kept} == {"handled"}
    assert not [event.type for event in kept if event.due_at or event.parked_at or event.last_error]
    assert {event.lag for event in kept} == {"1 second"}
    assert [event.created_at for event in kept] == sorted(event.created_at for event in kept)
    told = {event.type for event in kept}
    assert told >= {"checkout.session.completed", "refund.created", "charge.dispute.created", "payout.paid"}


def test_a_seeded_payment_can_be_refunded() -> None:
    invoice = invoices(Invoice.status == "Paid", Invoice.refunded == 0, Invoice.disputed == 0)[-1]

    made = issue_refund(invoice.id, Money(invoice.captured, "USD"), staff(), new_operation())
    for refund_id in made:
        send_refund(refund_id)

    db.session.expire_all()
    assert db.session.get_one(Invoice, invoice.id).status == "Refunded"
    assert db.session.scalars(select(Payment).where(Payment.invoice_id == invoice.id)).one().refundable().amount == 0


def test_the_real_stripe_is_never_played_with() -> None:
    with pytest.raises(Trouble, match="this machine only"):
        Sandbox("https://api.stripe.com", "sk_test_x")


def staff() -> User:
    return db.session.scalars(select(User).where(User.email == "staff@northwind.example")).one()


def test_two_late_invoices_are_promised_and_one_promise_is_broken() -> None:
    today = the_organization(db.session).today()
    promised = [one for one in invoices(Invoice.promised_for.is_not(None)) if one.is_overdue(today)]

    assert sorted(invoice.promised_for < today for invoice in promised if invoice.promised_for) == [False, True]
    assert all(db.session.scalar(select(InvoiceNote).where(InvoiceNote.invoice_id == one.id)) for one in promised)
