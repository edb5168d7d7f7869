"""What the desk itself keeps: matters, messages, events, reports, people."""

from sqlalchemy.orm import defer, joinedload

from models.attention import Attention
from models.attention_words import Matter
from models.invoice import Invoice
from models.language import marked, pmarked
from models.mail import Mail
from models.people import User
from models.reconciliation import Reconciliation
from models.stripe_event import StripeEvent
from tasks.cells import Column
from tasks.sheets.sheet import CURRENCY, INVOICED, Sheet, amount, fact

MATTERS = Sheet(
    "attention",
    pmarked("page", "Needs attention"),
    Attention,
    Column("What happened", lambda row: Matter(row).sentence),
    Column("Status", lambda row: Matter(row).state),
    fact("Invoice", "invoice"),
    Column("Customer", lambda row: Matter(row).customer),
    CURRENCY,
    amount("Amount"),
    fact("Since ({zone})", "created_at"),
    fact("Resolved ({zone})", "resolved_at"),
    fact("Resolved by", "resolved_by"),
    fact("Reason", "reason"),
    loads=(
        joinedload(Attention.payment).options(INVOICED),
        joinedload(Attention.invoice).joinedload(Invoice.contact),
        joinedload(Attention.resolved_by),
    ),
)
MESSAGES = Sheet(
    "message",
    marked("Messages"),
    Mail,
    fact("To", "to_address"),
    fact("Message", "kind_words"),
    fact("Subject", "subject"),
    fact("Invoice", "invoice"),
    fact("Written ({zone})", "created_at"),
    fact("Sent ({zone})", "sent_at"),
    fact("Status", "state"),
    loads=(joinedload(Mail.invoice), defer(Mail.html), defer(Mail.text), defer(Mail.data)),
)
EVENTS = Sheet(
    "event",
    marked("Events"),
    StripeEvent,
    fact("Event", "type"),
    fact("About", "object_id"),
    fact("Created ({zone})", "created_at"),
    fact("Arrived ({zone})", "received_at"),
    fact("Status", "state"),
    fact("Event at Stripe", "event_id"),
    fact("Stripe account", "account"),
    loads=(defer(StripeEvent.body),),
)
REPORTS = Sheet(
    "reconciliation",
    marked("Reconcile"),
    Reconciliation,
    fact("Begun ({zone})", "created_at"),
    fact("Finished ({zone})", "finished_at"),
    fact("Compared", "kind_words"),
    fact("Asked by", "asked_by"),
    fact("Checked", "checked"),
    fact("Repaired", "repairs"),
    fact("Differences", "open_differences"),
    fact("Status", "state"),
    loads=(
        joinedload(Reconciliation.asked_by),
        defer(Reconciliation.repaired),
        defer(Reconciliation.differences),
    ),
)
PEOPLE = Sheet(
    "people",
    marked("People"),
    User,
    fact("Name", "name"),
    fact("Email", "email"),
    fact("Role", "role"),
    fact("Since ({zone})", "created_at"),
    fact("Active", "is_active"),
    loads=(joinedload(User.role),),
)
