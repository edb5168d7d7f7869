"""Whom we bill, for what, and with which invoices."""

from sqlalchemy.orm import joinedload, selectinload

from models.contact import Contact
from models.invoice import Invoice
from models.language import marked
from models.money import Money
from models.opportunity import Opportunity
from tasks.cells import Column
from tasks.sheets.sheet import CURRENCY, Sheet, amount, fact

INVOICES = Sheet(
    "invoice",
    marked("Invoices"),
    Invoice,
    fact("Number", "number"),
    fact("Status", "status"),
    Column("Contact", lambda row: row.contact and row.contact.name),
    Column("Company", lambda row: row.contact and row.contact.company),
    Column("Email", lambda row: row.contact and row.contact.email),
    fact("Opportunity", "opportunity"),
    fact("Owner", "owner"),
    fact("Purchase order", "po_number"),
    fact("Issue date", "issue_date"),
    fact("Due date", "due_date"),
    fact("Promised for", "promised_for"),
    CURRENCY,
    Column("Net", lambda row: Money(row.totals().net, row.currency)),
    Column("Tax", lambda row: Money(row.totals().tax, row.currency)),
    amount("Total", "total"),
    amount("Collected", "captured"),
    amount("Refunded", "refunded"),
    amount("Lost to disputes", "lost"),
    amount("Processing", "processing"),
    Column("Amount due", lambda row: row.due()),
    fact("Sent ({zone})", "sent_at"),
    fact("Viewed ({zone})", "viewed_at"),
    fact("Voided ({zone})", "voided_at"),
    loads=(
        joinedload(Invoice.contact),
        joinedload(Invoice.opportunity),
        joinedload(Invoice.owner),
        selectinload(Invoice.lines),
    ),
)
CONTACTS = Sheet(
    "contact",
    marked("Contacts"),
    Contact,
    fact("Name", "name"),
    fact("Company", "company"),
    fact("Billing name", "billing_name"),
    fact("Email", "email"),
    Column("Cc", lambda row: ", ".join(row.cc_addresses)),
    fact("Phone", "phone"),
    fact("Address", "address"),
    fact("Tax number", "tax_number"),
    fact("Language", "language"),
    fact("Currency", "currency"),
    fact("Due days", "due_days"),
    fact("Added ({zone})", "created_at"),
)
OPPORTUNITIES = Sheet(
    "opportunity",
    marked("Opportunities"),
    Opportunity,
    fact("Name", "name"),
    fact("Contact", "contact"),
    fact("Owner", "owner"),
    fact("Stage", "stage"),
    CURRENCY,
    amount("Expected amount"),
    fact("Added ({zone})", "created_at"),
    loads=(
        joinedload(Opportunity.contact),
        joinedload(Opportunity.owner),
    ),
)
