"""In which language an invoice's customer reads what we write."""

from typing import Any

from models.invoice import Invoice
from models.organization import Organization


def language_of(invoice: Invoice, organization: Organization) -> str:
    """Of messages: the contact's as it is now, else the one the invoice was issued in, else the organization's."""
    chosen = invoice.contact.language if invoice.contact else None
    return chosen or frozen_language({"contact": invoice.contact_snapshot}, organization)


def frozen_language(content: dict[str, Any], organization: Organization) -> str:
    """Of documents, which stay as they are: the contact's as their content keeps it, else the organization's."""
    known: str | None = (content.get("contact") or {}).get("language")
    return known or organization.language
