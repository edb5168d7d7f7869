"""The form of an invoice as a browser posts it."""

from typing import Any


def typed(*lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    blank = {"description": "Design", "quantity": "1", "price": "40.00", "discount": "", "tax_name": "", "tax": ""}
    rows = {f"lines-{n}-{part}": text for n, line in enumerate(lines or ({},)) for part, text in (blank | line).items()}
    return {"currency": "USD", "contact_id": "", "opportunity_id": "", "terms": "", "notes": ""} | rows | fields
