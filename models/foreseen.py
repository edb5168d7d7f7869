"""What a draft would say if it were issued now."""

from datetime import date, timedelta
from typing import Any

from models.invoice import Invoice
from models.organization import Organization


def foreseen(invoice: Invoice, organization: Organization) -> dict[str, Any]:
    """Its document as plain data; the number is not known before it is issued."""
    today, term = organization.today(), invoice.term(organization)
    days = invoice.due_days if invoice.due_date else term
    return invoice.content() | {
        "issue_date": today.isoformat(),
        "due_date": _due(invoice.due_date, today, term).isoformat(),
        "due_days": days,
        "contact": invoice.contact.snapshot() if invoice.contact else {},
        "issuer": organization.issuer(),
    }


def _due(chosen: date | None, today: date, term: int) -> date:
    return chosen or today + timedelta(days=term)
