"""The one status rule: pure functions of an invoice's facts. All amounts are minor units of one currency."""

from models.language import pmarked

# Translated where they are shown.
STATUSES = (
    pmarked("invoice", "Draft"),
    pmarked("invoice", "Issued"),
    pmarked("invoice", "Sent"),
    pmarked("invoice", "Partially Paid"),
    pmarked("invoice", "Paid"),
    pmarked("invoice", "Refunded"),
    pmarked("invoice", "Void"),
)
# Nobody owes a draft, nor what is void or was given back; nothing is left of what is paid.
OWED_IN = ("Issued", "Sent", "Partially Paid")


def status_of(*, void: bool, issued: bool, sent: bool, total: int, captured: int, refunded: int) -> str:
    """The one status rule. Giving money back never reopens an invoice."""
    if void:
        return "Void"
    if captured == 0:
        return "Sent" if sent else "Issued" if issued else "Draft"
    if refunded >= captured:
        return "Refunded"
    return "Partially Paid" if captured < total else "Paid"


def amount_due(status: str, total: int, captured: int, processing: int) -> int:
    """What is left to pay; `models.receivables.DUE` is the same in SQL."""
    return max(0, total - captured - processing) if status in OWED_IN else 0
