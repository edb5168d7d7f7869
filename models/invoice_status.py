"""The one status rule: pure functions of an invoice's facts. All amounts are minor units of one currency."""

STATUSES = ("Draft", "Issued", "Sent", "Partially Paid", "Paid", "Refunded", "Void")


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
    return 0 if status in ("Void", "Refunded") else max(0, total - captured - processing)
