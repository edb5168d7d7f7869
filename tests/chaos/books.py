"""Our books beside the sandbox's: whatever differs, as sentences."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulk_run import BulkRun
from models.checkout import Checkout
from models.dispute import Dispute
from models.document import Document
from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.refund import Refund
from models.stripe_event import StripeEvent

WORK = (Mail, StripeEvent, Refund, Checkout, BulkRun, Document)
Object = dict[str, Any]


@dataclass
class Books:
    """`stripe` is the sandbox's whole state; of what is in it, what carries our install id is ours."""

    session: Session
    stripe: Any
    was_restored: bool = False

    def kind(self, name: str) -> list[Object]:
        found: list[Object] = self.stripe["objects"][name]
        return found

    @cached_property
    def intents(self) -> dict[str, Object]:
        install = the_organization(self.session).install_id
        ours = [one for one in self.kind("payment_intent") if one["metadata"].get("paydesk_install") == install]
        return {one["id"]: one for one in ours}

    @cached_property
    def payments(self) -> dict[str, Payment]:
        return {one.payment_intent_id: one for one in self.session.scalars(select(Payment)) if one.payment_intent_id}

    @cached_property
    def refunds(self) -> list[Refund]:
        return list(self.session.scalars(select(Refund)))

    @cached_property
    def checkouts(self) -> dict[str, Checkout]:
        return {one.uuid: one for one in self.session.scalars(select(Checkout))}

    @cached_property
    def mails(self) -> list[Mail]:
        return list(self.session.scalars(select(Mail)))


def unfinished(session: Session) -> list[str]:
    """What is still to be done, or waits for a person."""
    found = []
    for table in WORK:
        rows = session.scalars(select(table).where(table.due_at.is_not(None) | table.parked_at.is_not(None)))
        found += [f"{table.__tablename__} {row.id} is not done: {row.last_error}" for row in rows]
    return found


def numbers_of(session: Session) -> dict[str, int]:
    """Which invoice has which number."""
    return {str(row.number): row.id for row in session.scalars(select(Invoice).where(Invoice.number.is_not(None)))}


def lost_matches(books: Books, before: dict[str, int]) -> list[tuple[int, str]]:
    """Payments of no invoice, with the number of the one they were made for, where it is the same one still."""
    found, now = [], numbers_of(books.session)
    for intent_id, payment in books.payments.items():
        number = _number(books.intents[intent_id])
        if payment.invoice_id is None and payment.captured and now.get(number) == before.get(number, 0):
            found.append((payment.id, number))
    return found


def differences(books: Books) -> list[str]:
    checks = (_intents, _payments, _refunds, _refunds_of_ours, _disputes, _sessions, _invoices, _days)
    return [said for check in checks for said in check(books)]


def _money(amount: int, currency: str) -> Money:
    return Money.from_stripe(amount, currency)


def _intents(books: Books) -> Iterator[str]:
    """What was paid at Stripe stands in our books once, with the same amount."""
    for intent in books.intents.values():
        row, status = books.payments.get(intent["id"]), intent["status"]
        if status not in ("succeeded", "processing"):
            continue
        if row is None:
            yield f"{intent['id']} is {status} at Stripe and unknown to us"
        elif row.status != status or row.captured != _money(intent["amount_received"], intent["currency"]).amount:
            yield f"{intent['id']} is {status} with {intent['amount_received']}; we say {row.status}, {row.captured}"


def _payments(books: Books) -> Iterator[str]:
    for payment in books.payments.values():
        if payment.payment_intent_id not in books.intents:
            yield f"payment {payment.id} is unknown to Stripe"
        elif payment.status in ("failed", "canceled") and payment.captured:
            yield f"payment {payment.id} is {payment.status} and captured"


def _refunds(books: Books) -> Iterator[str]:
    ours = {one.stripe_id: one for one in books.refunds}
    for refund in books.kind("refund"):
        if refund["payment_intent"] not in books.intents:
            continue
        row, amount = ours.get(refund["id"]), _money(refund["amount"], refund["currency"]).amount
        if row is None or (row.state, row.amount) != (refund["status"], amount):
            said = (row.state, row.amount) if row else None
            yield f"{refund['id']} is {refund['status']} with {amount}; we say {said}"


def _refunds_of_ours(books: Books) -> Iterator[str]:
    """Each row is one refund at Stripe, and each press one refund a payment."""
    known = {one["id"] for one in books.kind("refund")}
    for row in books.refunds:
        if row.state not in ("failed", "canceled") and row.stripe_id not in known:
            yield f"refund {row.id} is {row.state} and not at Stripe"
    told = Counter(one["metadata"].get("paydesk_operation") for one in books.kind("refund"))
    for uuid, times in told.items():
        if uuid and times > 1:
            yield f"the refund {uuid} was made {times} times"


def _disputes(books: Books) -> Iterator[str]:
    ours = {one.stripe_id: one for one in books.session.scalars(select(Dispute))}
    for dispute in books.kind("dispute"):
        row = ours.get(dispute["id"])
        if dispute["payment_intent"] in books.intents and (row is None or row.status != dispute["status"]):
            yield f"{dispute['id']} is {dispute['status']}; we say {row and row.status}"


def _sessions(books: Books) -> Iterator[str]:
    """Nobody can pay at Stripe what we do not know of, nor one invoice twice."""
    install = the_organization(books.session).install_id
    open_ = Counter[str]()
    for session in books.kind("checkout.session"):
        told = session["metadata"]
        if session["status"] != "open" or told.get("paydesk_install") != install:
            continue
        open_[told["paydesk_invoice"]] += 1
        row = books.checkouts.get(told["paydesk_operation"])
        if row is None or row.stripe_id != session["id"] or row.state != "open":
            yield f"{session['id']} is open; we say {row and (row.stripe_id, row.state)}"
    for number, times in open_.items():
        if times > 1:
            yield f"invoice {number} has {times} open sessions"


def _invoices(books: Books) -> Iterator[str]:
    """Sums of each invoice, from Stripe's objects; nobody paid more than the invoice's total.

    Money whose checkout was lost with a database waits for a person and counts for no invoice.
    """
    offline = Counter[int]()
    for payment in books.session.scalars(select(Payment).where(Payment.account_id.is_(None))):
        offline[payment.invoice_id or 0] += payment.captured
    unmatched = {name for name, payment in books.payments.items() if payment.invoice_id is None}
    paid, back = Counter[str](), Counter[str]()
    for intent in books.intents.values():
        if intent["id"] not in unmatched:
            paid[_number(intent)] += _money(intent["amount_received"], intent["currency"]).amount
    for refund in books.kind("refund"):
        paid_by = refund["payment_intent"]
        if paid_by in books.intents and paid_by not in unmatched and refund["status"] == "succeeded":
            back[_number(books.intents[paid_by])] += _money(refund["amount"], refund["currency"]).amount
    for invoice in books.session.scalars(select(Invoice).where(Invoice.number.is_not(None))):
        number = str(invoice.number)
        theirs, ours = (paid[number] + offline[invoice.id], back[number]), (invoice.captured, invoice.refunded)
        if theirs != ours:
            yield f"invoice {number}: paid and given back {theirs} at Stripe and in cash, {ours} with us"
        # An older database does not know of the version that was paid: what is too much waits for staff.
        if theirs[0] > invoice.total and not books.was_restored:
            yield f"invoice {number} over {invoice.total} was paid with {theirs[0]}"


def _number(intent: Object) -> str:
    return str(intent["metadata"]["paydesk_invoice"])


def _days(books: Books) -> Iterator[str]:
    """Per UTC day and currency."""
    theirs, ours = Counter[tuple[Any, str]](), Counter[tuple[Any, str]]()
    charges = {one["id"]: one for one in books.kind("charge")}
    for intent in books.intents.values():
        if intent["status"] == "succeeded":
            day = charges[intent["latest_charge"]]["created"] // 86400
            theirs[day, intent["currency"].upper()] += _money(intent["amount_received"], intent["currency"]).amount
    for payment in books.payments.values():
        if payment.captured:
            ours[int(payment.paid_at.timestamp()) // 86400, payment.currency] += payment.captured
    if theirs != ours:
        yield f"days: Stripe {dict(theirs)}, we {dict(ours)}"
