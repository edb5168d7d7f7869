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
from tasks.sheets.sheet import CURRENCY, INVOICED, Sheet, amount, fact, word

MATTERS = Sheet(
    "attention",
    pmarked("page", "Needs attention"),
    Attention,
    Column(marked("What happened"), lambda row: Matter(row).sentence),
    Column(marked("Status"), lambda row: Matter(row).state),
    fact(marked("Invoice"), "invoice"),
    Column(pmarked("column", "Customer"), lambda row: Matter(row).customer),
    CURRENCY,
    amount(marked("Amount")),
    fact(marked("Since ({zone})"), "created_at"),
    fact(marked("Resolved ({zone})"), "resolved_at"),
    fact(marked("Resolved by"), "resolved_by"),
    fact(marked("Reason"), "reason"),
    loads=(
        joinedload(Attention.payment).options(INVOICED),
        joinedload(Attention.invoice).joinedload(Invoice.contact),
        joinedload(Attention.resolved_by),
    ),
)
# As the page of a message says it.
_MAILED = {
    "sending": pmarked("message", "Sending…"),
    "sent": pmarked("message", "Sent"),
    "failed": pmarked("message", "Failed"),
    "superseded": pmarked("message", "Superseded"),
}
MESSAGES = Sheet(
    "message",
    marked("Messages"),
    Mail,
    fact(pmarked("person", "To"), "to_address"),
    word(marked("Message"), "kind_words"),
    fact(marked("Subject"), "subject"),
    fact(marked("Invoice"), "invoice"),
    fact(marked("Written ({zone})"), "created_at"),
    fact(marked("Sent ({zone})"), "sent_at"),
    Column(marked("Status"), lambda row: _MAILED[row.state]),
    loads=(joinedload(Mail.invoice), defer(Mail.html), defer(Mail.text), defer(Mail.data)),
)
EVENTS = Sheet(
    "event",
    marked("Events"),
    StripeEvent,
    fact(marked("Event"), "type"),
    fact(marked("About"), "object_id"),
    fact(marked("Created ({zone})"), "created_at"),
    fact(marked("Arrived ({zone})"), "received_at"),
    word(marked("Status"), "state"),
    fact(marked("Event at Stripe"), "event_id"),
    fact(marked("Stripe account"), "account"),
    loads=(defer(StripeEvent.body),),
)
REPORTS = Sheet(
    "reconciliation",
    marked("Reconcile"),
    Reconciliation,
    fact(marked("Begun ({zone})"), "created_at"),
    fact(marked("Finished ({zone})"), "finished_at"),
    word(marked("Compared"), "kind_words"),
    fact(marked("Asked by"), "asked_by"),
    fact(marked("Checked"), "checked"),
    fact(pmarked("number of differences", "Repaired"), "repairs"),
    fact(pmarked("number of differences", "Differences"), "open_differences"),
    word(marked("Status"), "state"),
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
    fact(marked("Name"), "name"),
    fact(marked("Email"), "email"),
    word(marked("Role"), "role", "role"),
    fact(marked("Since ({zone})"), "created_at"),
    fact(pmarked("person", "Active"), "is_active"),
    loads=(joinedload(User.role),),
)
