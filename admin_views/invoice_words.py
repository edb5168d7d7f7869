"""What the panel says about an invoice: flags with amounts, and one sentence on why it is in its state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from babel.dates import format_skeleton

from models.invoice import Invoice
from models.language import gettext, marked, pgettext, pmarked, reader_locale
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
        (pmarked("invoice", "Overdue"), invoice.due() if invoice.is_overdue(today) else _money(invoice, 0)),
        (pmarked("invoice", "Processing"), _money(invoice, invoice.processing)),
        (pmarked("invoice", "Disputed"), _money(invoice, invoice.disputed)),
        (pmarked("invoice", "Lost"), _money(invoice, invoice.lost)),
        (pmarked("invoice", "Overpaid"), invoice.overpaid()),
        (pmarked("invoice", "Held"), invoice.held() if invoice.status == "Void" else _money(invoice, 0)),
        (
            pmarked("invoice", "Partially refunded"),
            _money(invoice, invoice.refunded if invoice.refunded < invoice.captured else 0),
        ),
    ]
    moneys = [Flag(gettext(name), money, name.lower().replace(" ", "-")) for name, money in found if money.amount]
    return [*moneys, *_promise(invoice.promised_day, today)]


def _promise(day: date | None, today: date) -> Iterator[Flag]:
    if day and day < today:
        yield Flag(pgettext("invoice", "Promise broken"), None, "promise-broken")
    elif day:
        skeleton = "MMMd" if day.year == today.year else "yMMMd"
        written = format_skeleton(skeleton, day, locale=reader_locale())
        yield Flag(gettext("Promised for %(day)s", day=written), None, "promised")


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
    """Why it is in this state, with figures, in one sentence of clauses that could each stand alone."""
    clauses = [*_state(invoice, facts.mail), *_around(invoice, facts), *_money_moves(invoice, facts)]
    return gettext("%(clauses)s.", clauses=gettext("; ").join(clauses))


def _state(invoice: Invoice, mail: Mail | None) -> Iterator[str]:
    total = invoice.grand_total()
    captured, refunded = _money(invoice, invoice.captured), _money(invoice, invoice.refunded)
    match invoice.status:
        case "Draft":
            yield gettext("Not issued yet; it gets its number when you send it or share its Pay Link")
        case "Issued":
            yield from _issued(mail)
        case "Sent":
            yield pgettext("invoice", "Sent and viewed") if invoice.viewed_at else pgettext("invoice", "Sent")
            yield gettext("nothing of %(total)s has been paid yet", total=total)
        case "Partially Paid":
            yield gettext("%(amount)s of %(total)s has been paid", amount=captured, total=total)
            yield from _given(refunded)
            if invoice.due().amount:
                yield gettext("%(amount)s is still due", amount=invoice.due())
        case "Paid":
            yield gettext("The total of %(total)s has been paid", total=total)
            yield from _given(refunded)
        case "Refunded" if refunded > captured:
            yield gettext(
                "%(refunded)s has been given back, more than the %(amount)s that was paid",
                refunded=refunded,
                amount=captured,
            )
        case "Refunded":
            yield gettext("All of the %(amount)s that was paid has been given back", amount=captured)
        case _:
            yield from _void(invoice, refunded)


def _given(refunded: Money) -> Iterator[str]:
    if refunded.amount:
        yield gettext("%(amount)s of it was given back", amount=refunded)


def _void(invoice: Invoice, refunded: Money) -> Iterator[str]:
    if invoice.held().amount:
        yield gettext("Voided, but %(amount)s that was paid is still held", amount=invoice.held())
    else:
        yield pgettext("invoice", "Voided")
        if refunded.amount:
            yield gettext("the %(amount)s that was paid has been given back", amount=refunded)
    yield gettext("its pay link takes no payment")


def _issued(mail: Mail | None) -> Iterator[str]:
    if mail is None or mail.state == "superseded":
        yield gettext("Issued, but not sent yet; send it, or share its Pay Link and mark it as sent")
    elif mail.state == "failed":
        yield gettext("The email to %(address)s could not be delivered; see Messages below", address=mail.to_address)
    else:
        yield gettext(
            "On its way to %(address)s; it becomes Sent once the mail server has accepted it", address=mail.to_address
        )
        if mail.last_error:
            yield gettext("the mail server did not take it yet, so it is tried again by itself")


def _around(invoice: Invoice, facts: Facts) -> Iterator[str]:
    """What does not concern money that moves."""
    if facts.is_held:
        yield gettext("it is being changed right now, so nobody can begin to pay")
    if facts.sent_version:
        yield gettext(
            "the customer was last sent version %(sent)s, not version %(present)s",
            sent=facts.sent_version,
            present=invoice.version,
        )
    deposit = outstanding_deposit(invoice)
    if deposit.amount and invoice.deposit_percent:
        yield gettext(
            "the first payment must bring the deposit of %(percent)s, %(amount)s",
            percent=percent(invoice.deposit_percent),
            amount=deposit,
        )
    if invoice.is_overdue(facts.today) and invoice.due_date:
        yield gettext("it was due on %(day)s", day=invoice.due_date)
    if invoice.promised_day:
        yield gettext("the customer has promised to pay by %(day)s", day=invoice.promised_day)


def _money_moves(invoice: Invoice, facts: Facts) -> Iterator[str]:
    said = (
        (invoice.processing, marked("%(amount)s is on its way and not confirmed yet")),
        (facts.failed, marked("the last try to pay %(amount)s did not go through")),
        (facts.offline, marked("%(amount)s was recorded by hand, paid without Stripe")),
        (facts.reversed, marked("%(amount)s that was recorded by hand was taken back")),
        (facts.awaiting, marked("a refund of %(amount)s waits for a second person's approval")),
        (facts.returning, marked("%(amount)s is being given back; Stripe has not confirmed it yet")),
        (invoice.disputed, marked("%(amount)s is disputed")),
        (invoice.lost, marked("%(amount)s was lost to a dispute")),
        (invoice.overpaid().amount, marked("%(amount)s more than its total was paid")),
    )
    yield from (gettext(words, amount=_money(invoice, amount)) for amount, words in said if amount)


def _money(invoice: Invoice, amount: int) -> Money:
    return Money(amount, invoice.currency)
