"""What the panel says about an invoice: flags with amounts, and one sentence on why it is in its state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from babel.dates import format_date, format_skeleton

from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from models.parts import outstanding_deposit, percent


class Flag(NamedTuple):
    """What stands beside the status: words with an amount, or a promise; `look` names its style."""

    words: str
    money: Money | None
    look: str


def flags(invoice: Invoice, today: date) -> list[Flag]:
    """What stands beside the status, each with its amount; last, what the customer has promised."""
    found = [
        ("Overdue", invoice.due() if invoice.is_overdue(today) else _money(invoice, 0)),
        ("Processing", _money(invoice, invoice.processing)),
        ("Disputed", _money(invoice, invoice.disputed)),
        ("Lost", _money(invoice, invoice.lost)),
        ("Overpaid", invoice.overpaid()),
        ("Held", invoice.held() if invoice.status == "Void" else _money(invoice, 0)),
        ("Partially refunded", _money(invoice, invoice.refunded if invoice.refunded < invoice.captured else 0)),
    ]
    moneys = [Flag(name, money, name.lower().replace(" ", "-")) for name, money in found if money.amount]
    return [*moneys, *_promise(invoice.promised_day, today)]


def _promise(day: date | None, today: date) -> Iterator[Flag]:
    if day and day < today:
        yield Flag("Promise broken", None, "promise-broken")
    elif day:
        skeleton = "MMMd" if day.year == today.year else "yMMMd"
        yield Flag(f"Promised for {format_skeleton(skeleton, day, locale='en_US')}", None, "promised")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the invoice's own row; amounts in minor units of its currency.

    `mail` is the newest email that carried it, `sent_version` the version it was last sent in while that is not the
    present one, `returning` what refunds hold that Stripe has not confirmed, `awaiting` what waits for approval,
    `offline` what was recorded by hand, `reversed` what was and does not count any more, `failed` the newest payment
    if it did not go through.
    """

    today: date
    mail: Mail | None = None
    is_held: bool = False
    sent_version: int | None = None
    returning: int = 0
    awaiting: int = 0
    offline: int = 0
    reversed: int = 0
    failed: int = 0


def why(invoice: Invoice, facts: Facts) -> str:
    """Why it is in this state, with figures, in one sentence."""
    return "; ".join([_state(invoice, facts.mail), *_around(invoice, facts), *_money_moves(invoice, facts)]) + "."


def _state(invoice: Invoice, mail: Mail | None) -> str:
    captured, refunded = _money(invoice, invoice.captured), _money(invoice, invoice.refunded)
    match invoice.status:
        case "Draft":
            return "Not issued yet; it gets its number when you send it or share its Pay Link"
        case "Issued":
            return _issued(mail)
        case "Sent":
            seen = "Sent and viewed" if invoice.viewed_at else "Sent"
            return f"{seen}; nothing of {invoice.grand_total()} has been paid yet"
        case "Partially Paid":
            due = f"; {invoice.due()} is still due" if invoice.due().amount else ""
            return f"{captured} of {invoice.grand_total()} has been paid{_given(refunded)}{due}"
        case "Paid":
            return f"The total of {invoice.grand_total()} has been paid{_given(refunded)}"
        case "Refunded" if refunded > captured:
            return f"{refunded} has been given back, more than the {captured} that was paid"
        case "Refunded":
            return f"All of the {captured} that was paid has been given back"
    return _void(invoice, refunded)


def _given(refunded: Money) -> str:
    return f"; {refunded} of it was given back" if refunded.amount else ""


def _void(invoice: Invoice, refunded: Money) -> str:
    closed = "its pay link takes no payment"
    if invoice.held().amount:
        return f"Voided, but {invoice.held()} that was paid is still held; {closed}"
    given = f"; the {refunded} that was paid has been given back" if refunded.amount else ""
    return f"Voided{given}; {closed}"


def _issued(mail: Mail | None) -> str:
    if mail is None or mail.state == "superseded":
        return "Issued, but not sent yet; send it, or share its Pay Link and mark it as sent"
    if mail.state == "failed":
        return f"The email to {mail.to_address} could not be delivered; see Messages below"
    tried = "; the mail server did not take it yet, so it is tried again by itself" if mail.last_error else ""
    return f"On its way to {mail.to_address}; it becomes Sent once the mail server has accepted it{tried}"


def _around(invoice: Invoice, facts: Facts) -> Iterator[str]:
    """What does not concern money that moves."""
    if facts.is_held:
        yield "it is being changed right now, so nobody can begin to pay"
    if facts.sent_version:
        yield f"the customer was last sent version {facts.sent_version}, not version {invoice.version}"
    deposit = outstanding_deposit(invoice)
    if deposit.amount and invoice.deposit_percent:
        yield f"the first payment must bring the deposit of {percent(invoice.deposit_percent)}, {deposit}"
    if invoice.is_overdue(facts.today) and invoice.due_date:
        yield f"it was due on {format_date(invoice.due_date, 'medium', 'en_US')}"
    if invoice.promised_day:
        yield f"the customer has promised to pay by {format_date(invoice.promised_day, 'medium', 'en_US')}"


def _money_moves(invoice: Invoice, facts: Facts) -> Iterator[str]:
    said = (
        (invoice.processing, "{} is on its way and not confirmed yet"),
        (facts.failed, "the last try to pay {} did not go through"),
        (facts.offline, "{} was recorded by hand, paid without Stripe"),
        (facts.reversed, "{} that was recorded by hand was taken back"),
        (facts.awaiting, "a refund of {} waits for a second person's approval"),
        (facts.returning, "{} is being given back; Stripe has not confirmed it yet"),
        (invoice.disputed, "{} is disputed"),
        (invoice.lost, "{} was lost to a dispute"),
        (invoice.overpaid().amount, "{} more than its total was paid"),
    )
    yield from (words.format(_money(invoice, amount)) for amount, words in said if amount)


def _money(invoice: Invoice, amount: int) -> Money:
    return Money(amount, invoice.currency)
