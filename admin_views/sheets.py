"""What each list takes along into a file: a column for each fact, amounts beside their currency."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import joinedload, selectinload

from admin_views.attention_words import Matter
from admin_views.csv_export import Sheet
from models.invoice import Invoice
from models.money import Money
from models.opportunity import Opportunity
from models.payment import Payment
from models.refund import Refund
from tasks.cells import Column

Of = Callable[[Any], Any]


def _fact(head: str, name: str) -> Column:
    return Column(head, lambda row: getattr(row, name))


def _amount(head: str, name: str = "amount") -> Column:
    """Minor units of the row's own currency."""
    return Column(head, lambda row: None if (minor := getattr(row, name)) is None else Money(minor, row.currency))


def _billed(of: Of) -> tuple[Column, ...]:
    """The invoice that `of` takes from the row, and whose it is, as far as there is one."""
    return (
        Column("Invoice", lambda row: (invoice := of(row)) and (invoice.number or invoice.title)),
        Column("Contact", lambda row: (invoice := of(row)) and invoice.contact and invoice.contact.name),
        Column("Email", lambda row: (invoice := of(row)) and invoice.contact and invoice.contact.email),
    )


CURRENCY = _fact("Currency", "currency")

INVOICES = Sheet(
    _fact("Number", "number"),
    _fact("Status", "status"),
    Column("Contact", lambda row: row.contact and row.contact.name),
    Column("Company", lambda row: row.contact and row.contact.company),
    Column("Email", lambda row: row.contact and row.contact.email),
    _fact("Opportunity", "opportunity"),
    _fact("Owner", "owner"),
    _fact("Purchase order", "po_number"),
    _fact("Issue date", "issue_date"),
    _fact("Due date", "due_date"),
    _fact("Promised for", "promised_for"),
    CURRENCY,
    Column("Net", lambda row: Money(row.totals().net, row.currency)),
    Column("Tax", lambda row: Money(row.totals().tax, row.currency)),
    _amount("Total", "total"),
    _amount("Collected", "captured"),
    _amount("Refunded", "refunded"),
    _amount("Lost to disputes", "lost"),
    _amount("Processing", "processing"),
    Column("Amount due", lambda row: row.due()),
    _fact("Sent ({zone})", "sent_at"),
    _fact("Viewed ({zone})", "viewed_at"),
    _fact("Voided ({zone})", "voided_at"),
    loads=(
        joinedload(Invoice.opportunity),
        joinedload(Invoice.owner),
        selectinload(Invoice.lines),
    ),
)
PAYMENTS = Sheet(
    _fact("Received ({zone})", "paid_at"),
    *_billed(lambda row: row.invoice),
    _fact("Method", "method"),
    _fact("Status", "status_words"),
    CURRENCY,
    _amount("Amount"),
    _amount("Collected", "captured"),
    _amount("Refunded", "refunded"),
    _amount("Lost to disputes", "lost"),
    _amount("Stripe fee", "fee"),
    _fact("Stripe account", "account"),
    _fact("Payment intent", "payment_intent_id"),
    _fact("Charge", "charge_id"),
    _fact("Recorded by", "recorded_by"),
    _fact("Reference", "note"),
    loads=(
        joinedload(Payment.account),
        joinedload(Payment.recorded_by),
    ),
)
REFUNDS = Sheet(
    _fact("Requested ({zone})", "created_at"),
    *_billed(lambda row: row.payment.invoice),
    _fact("By", "who"),
    _fact("Approved by", "approved_by"),
    _fact("Reason", "reason_words"),
    _fact("Note", "note"),
    _fact("Status", "state_words"),
    CURRENCY,
    _amount("Amount"),
    _fact("Refund at Stripe", "stripe_id"),
    Column("Payment intent", lambda row: row.payment.payment_intent_id),
    loads=(joinedload(Refund.approved_by),),
)
DISPUTES = Sheet(
    _fact("Opened ({zone})", "created_at"),
    *_billed(lambda row: row.payment and row.payment.invoice),
    _fact("Reason", "reason_words"),
    _fact("Status", "status_words"),
    _fact("Evidence due by ({zone})", "due_by"),
    _fact("Decided ({zone})", "decided_at"),
    CURRENCY,
    _amount("Amount"),
    _amount("Withdrawn", "withdrawn"),
    _amount("Dispute fee", "fee"),
    _fact("Dispute at Stripe", "stripe_id"),
    _fact("Charge", "charge_id"),
)
CREDIT_NOTES = Sheet(
    _fact("Number", "number"),
    *_billed(lambda row: row.invoice),
    _fact("Issue date", "issue_date"),
    _fact("Status", "state_words"),
    CURRENCY,
    _amount("Amount"),
)
PAYOUTS = Sheet(
    _fact("Arrives", "arrival_date"),
    _fact("Made ({zone})", "created_at"),
    _fact("Stripe account", "account"),
    _fact("Status", "status_words"),
    CURRENCY,
    _amount("Amount"),
    _fact("Payout at Stripe", "stripe_id"),
    _fact("Trace id", "trace_id"),
)
CONTACTS = Sheet(
    _fact("Name", "name"),
    _fact("Company", "company"),
    _fact("Billing name", "billing_name"),
    _fact("Email", "email"),
    Column("Cc", lambda row: ", ".join(row.cc_addresses)),
    _fact("Phone", "phone"),
    _fact("Address", "address"),
    _fact("Tax number", "tax_number"),
    _fact("Language", "language"),
    _fact("Currency", "currency"),
    _fact("Due days", "due_days"),
    _fact("Added ({zone})", "created_at"),
)
OPPORTUNITIES = Sheet(
    _fact("Name", "name"),
    _fact("Contact", "contact"),
    _fact("Owner", "owner"),
    _fact("Stage", "stage"),
    CURRENCY,
    _amount("Expected amount"),
    _fact("Added ({zone})", "created_at"),
    loads=(joinedload(Opportunity.owner),),
)
MATTERS = Sheet(
    Column("What happened", lambda row: Matter(row).sentence),
    Column("Status", lambda row: Matter(row).state),
    _fact("Invoice", "invoice"),
    Column("Customer", lambda row: Matter(row).customer),
    CURRENCY,
    _amount("Amount"),
    _fact("Since ({zone})", "created_at"),
    _fact("Resolved ({zone})", "resolved_at"),
    _fact("Resolved by", "resolved_by"),
    _fact("Reason", "reason"),
)
MESSAGES = Sheet(
    _fact("To", "to_address"),
    _fact("Message", "kind_words"),
    _fact("Subject", "subject"),
    _fact("Invoice", "invoice"),
    _fact("Written ({zone})", "created_at"),
    _fact("Sent ({zone})", "sent_at"),
    _fact("Status", "state"),
)
EVENTS = Sheet(
    _fact("Event", "type"),
    _fact("About", "object_id"),
    _fact("Created ({zone})", "created_at"),
    _fact("Arrived ({zone})", "received_at"),
    _fact("Status", "state"),
    _fact("Event at Stripe", "event_id"),
    _fact("Stripe account", "account"),
)
REPORTS = Sheet(
    _fact("Begun ({zone})", "created_at"),
    _fact("Finished ({zone})", "finished_at"),
    _fact("Compared", "kind_words"),
    _fact("Asked by", "asked_by"),
    _fact("Checked", "checked"),
    _fact("Repaired", "repairs"),
    _fact("Differences", "open_differences"),
    _fact("Status", "state"),
)
PEOPLE = Sheet(
    _fact("Name", "name"),
    _fact("Email", "email"),
    _fact("Role", "role"),
    _fact("Since ({zone})", "created_at"),
    _fact("Active", "is_active"),
)
