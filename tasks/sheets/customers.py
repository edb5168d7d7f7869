"""Whom we bill, for what, and with which invoices."""

from sqlalchemy.orm import joinedload, selectinload

from models.contact import Contact
from models.invoice import Invoice
from models.language import marked, pmarked
from models.money import Money
from models.opportunity import Opportunity
from tasks.cells import Column
from tasks.sheets.sheet import CURRENCY, Sheet, amount, fact, word

INVOICES = Sheet(
    "invoice",
    marked("Invoices"),
    Invoice,
    fact(marked("Number"), "number"),
    word(marked("Status"), "status", "invoice"),
    Column(marked("Contact"), lambda row: row.contact and row.contact.name),
    Column(marked("Company"), lambda row: row.contact and row.contact.company),
    Column(marked("Email"), lambda row: row.contact and row.contact.email),
    fact(marked("Opportunity"), "opportunity"),
    fact(marked("Owner"), "owner"),
    fact(marked("Purchase order"), "po_number"),
    fact(marked("Issue date"), "issue_date"),
    fact(marked("Due date"), "due_date"),
    fact(marked("Promised for"), "promised_for"),
    CURRENCY,
    Column(marked("Net"), lambda row: Money(row.totals().net, row.currency)),
    Column(marked("Tax"), lambda row: Money(row.totals().tax, row.currency)),
    amount(marked("Total"), "total"),
    amount(marked("Collected"), "captured"),
    amount(pmarked("amount", "Refunded"), "refunded"),
    amount(marked("Lost to disputes"), "lost"),
    amount(pmarked("amount", "Processing"), "processing"),
    Column(marked("Amount due"), lambda row: row.due()),
    fact(marked("Sent ({zone})"), "sent_at"),
    fact(marked("Viewed ({zone})"), "viewed_at"),
    fact(marked("Voided ({zone})"), "voided_at"),
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
    fact(marked("Name"), "name"),
    fact(marked("Company"), "company"),
    fact(marked("Billing name"), "billing_name"),
    fact(marked("Email"), "email"),
    Column(marked("Cc"), lambda row: ", ".join(row.cc_addresses)),
    fact(marked("Phone"), "phone"),
    fact(marked("Address"), "address"),
    fact(marked("Tax number"), "tax_number"),
    fact(marked("Language"), "language"),
    fact(marked("Currency"), "currency"),
    fact(marked("Due days"), "due_days"),
    fact(marked("Added ({zone})"), "created_at"),
)
OPPORTUNITIES = Sheet(
    "opportunity",
    marked("Opportunities"),
    Opportunity,
    fact(marked("Name"), "name"),
    fact(marked("Contact"), "contact"),
    fact(marked("Owner"), "owner"),
    word(marked("Stage"), "stage", "opportunity"),
    CURRENCY,
    amount(marked("Expected amount")),
    fact(marked("Added ({zone})"), "created_at"),
    loads=(
        joinedload(Opportunity.contact),
        joinedload(Opportunity.owner),
    ),
)
