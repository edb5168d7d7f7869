"""What the panel says about an invoice: flags with amounts, and one sentence on why it is in its state."""

from collections.abc import Iterator
from datetime import date

from babel.dates import format_date

from models.invoice import Invoice
from models.mail import Mail
from models.money import Money


def flags(invoice: Invoice, today: date) -> list[tuple[str, Money]]:
    """What stands beside the status, each with its amount."""
    found = [
        ("Overdue", invoice.due() if invoice.is_overdue(today) else _money(invoice, 0)),
        ("Processing", _money(invoice, invoice.processing)),
        ("Disputed", _money(invoice, invoice.disputed)),
        ("Overpaid", invoice.overpaid()),
        ("Held", invoice.held() if invoice.status == "Void" else _money(invoice, 0)),
        ("Partially refunded", _money(invoice, invoice.refunded if invoice.refunded < invoice.captured else 0)),
    ]
    return [(name, money) for name, money in found if money.amount]


def why(invoice: Invoice, today: date, mail: Mail | None = None, returning: int = 0) -> str:
    """Why it is in this state, with figures.

    `mail` is the newest email that carried it, `returning` what refunds hold that Stripe has not confirmed.
    """
    return " ".join([_state(invoice, mail), *_besides(invoice, today, returning)])


def _state(invoice: Invoice, mail: Mail | None) -> str:
    captured, refunded = _money(invoice, invoice.captured), _money(invoice, invoice.refunded)
    match invoice.status:
        case "Draft":
            return "Not issued yet. It gets its number when you send it or share its Pay Link."
        case "Issued":
            return _issued(invoice, mail)
        case "Sent":
            seen = "Sent and viewed" if invoice.viewed_at else "Sent"
            return f"{seen}; nothing of {invoice.grand_total()} has been paid yet."
        case "Partially Paid":
            return f"{captured} of {invoice.grand_total()} has been paid; {invoice.due()} is still due."
        case "Paid":
            given = f"; {refunded} of it was given back" if refunded.amount else ""
            return f"The total of {invoice.grand_total()} has been paid{given}."
        case "Refunded":
            return f"All of the {captured} that was paid has been given back."
    if invoice.held().amount:
        return f"Voided, but {invoice.held()} that was paid is still held. Its pay link takes no payment."
    given = f"; the {refunded} that was paid has been given back" if refunded.amount else ""
    return f"Voided{given}. Its pay link takes no payment."


def _issued(invoice: Invoice, mail: Mail | None) -> str:
    if mail is None or mail.state == "superseded":
        return "Issued, but not sent yet. Send it, or share its Pay Link and mark it as sent."
    if mail.state == "failed":
        return f"The email to {mail.to_address} could not be delivered. See Messages below."
    tried = " The mail server did not take it yet; it is tried again by itself." if mail.last_error else ""
    return f"On its way to {mail.to_address}; it becomes Sent once the mail server has accepted it.{tried}"


def _besides(invoice: Invoice, today: date, returning: int) -> Iterator[str]:
    if invoice.is_overdue(today) and invoice.due_date:
        yield f"It was due on {format_date(invoice.due_date, 'medium', 'en_US')}."
    if invoice.processing:
        yield f"{_money(invoice, invoice.processing)} is on its way and not confirmed yet."
    if returning:
        yield f"{_money(invoice, returning)} is being given back; Stripe has not confirmed it yet."
    if invoice.disputed:
        yield f"{_money(invoice, invoice.disputed)} is disputed."
    if invoice.overpaid().amount:
        yield f"{invoice.overpaid()} more than its total was paid."


def _money(invoice: Invoice, amount: int) -> Money:
    return Money(amount, invoice.currency)
