"""What is compared with Stripe: payments, refunds, disputes, payouts; what each says there, and what our row says."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import InstrumentedAttribute

from models.dispute import CLOSED, Dispute
from models.money import Money
from models.payment import Payment
from models.refund import AT_STRIPE, Refund
from models.stripe_account import Payout
from tasks.disputes import record_dispute
from tasks.payments import record_payment
from tasks.payouts import record_payout
from tasks.refund_records import record_refund
from tasks.stripe_gateway import disputes, pages, payments, payouts, refunds
from tasks.stripe_gateway.disputes import DisputeRecord
from tasks.stripe_gateway.pages import Page, Window
from tasks.stripe_gateway.payments import PaymentRecord
from tasks.stripe_gateway.payouts import PayoutRecord
from tasks.stripe_gateway.refunds import RefundRecord

R = TypeVar("R", PaymentRecord, RefundRecord, DisputeRecord, PayoutRecord)
Facts = dict[str, object]
# A checkout lives a day at most: so much older than its charge a payment intent may be.
LONGEST_CHECKOUT = timedelta(days=1)
_NAMED_OTHERWISE = {"id": "stripe_id", "pending": "pending_reason"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[R]):
    """One kind of object. `said` and `kept` are the facts that must be equal, there and here."""

    name: str
    table: Any
    key: InstrumentedAttribute[Any]
    moment: InstrumentedAttribute[datetime]
    unsettled: ColumnElement[bool]
    page: Callable[[str, Window, str], Page[R]]
    look: Callable[[str, str], R]
    record: Callable[[str, R, datetime], bool]
    key_of: Callable[[R], str]
    # The payment that it is or belongs to; None for what belongs to the account itself.
    payment_of: Callable[[R], str | None] | None
    said: Callable[[R], Facts]
    kept: Callable[[Any], Facts]
    # What of it is added up by day, in a record and in our rows; None where nothing is.
    sum: InstrumentedAttribute[int] | None = None
    sum_where: tuple[ColumnElement[bool], ...] = ()
    summed: Callable[[R], Money | None] = lambda record: None
    # Events that tell when it came to its present state, whether they are needed, and what is said without them.
    events: tuple[str, ...] = ()
    asks: Callable[[R], bool] = lambda record: False
    otherwise: Callable[[R], datetime | None] = lambda record: None
    # Whether it must have a row here: an attempt to pay that brought nothing need not.
    counts: Callable[[R], bool] = lambda record: True
    slack: timedelta = timedelta()

    def mirrors(self, row: Any, record: R) -> bool:
        """Whether the row already says all that the record says, down to what is no fact of money."""
        renamed = _NAMED_OTHERWISE | {"created": self.moment.key}
        columns = self.table.__table__.columns
        said = {renamed.get(field.name, field.name): getattr(record, field.name) for field in fields(record)}
        return all(_is_kept(row, name, value) for name, value in said.items() if name in columns)

    def difference(self, record: R, kept: Facts | None) -> str:
        """One sentence on what differs, or nothing."""
        said = self.said(record)
        if kept is None:
            where = f"is at Stripe ({_listed(said)}) and not in our books"
            return f"{self.name} {self.key_of(record)} {where}." if self.counts(record) else ""
        wrong = {name: value for name, value in said.items() if kept[name] != value}
        ours = {name: kept[name] for name in wrong}
        words = f"{self.name} {self.key_of(record)}: {_listed(wrong)} at Stripe, {_listed(ours)} in our books."
        return words if wrong else ""

    def repair(self, record: R, before: Facts | None) -> str:
        """One sentence on what was mended."""
        said = self.said(record)
        name = f"{self.name} {self.key_of(record)}"
        if before is None:
            return f"{name} ({_listed(said)}) was missing."
        old = {field: before[field] for field, value in said.items() if before[field] != value}
        new = {field: said[field] for field in old}
        return f"{name}: {_listed(old)} became {_listed(new)}." if old else f"{name}: details were out of date."


def _is_kept(row: Any, name: str, value: object) -> bool:
    """A fee that was taken in another currency than the payment's is not kept."""
    if isinstance(value, Money):
        is_elsewhere = name == "fee" and value.currency != row.currency
        return is_elsewhere or (getattr(row, name), row.currency) == (value.amount, value.currency)
    return bool(getattr(row, name) == value)


def _listed(facts: Facts) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _payment_said(record: PaymentRecord) -> Facts:
    """A status that Stripe has made since says nothing to us."""
    if record.once_over is None:
        return {"amount": record.amount}
    return {"status": record.once_over, "amount": record.amount, "captured": record.captured}


def _payment_kept(row: Payment) -> Facts:
    amount, captured = Money(row.amount, row.currency), Money(row.captured, row.currency)
    return {"status": row.status, "amount": amount, "captured": captured}


def _refund_said(record: RefundRecord) -> Facts:
    """A state that Stripe has made since says nothing to us."""
    known = {"state": record.state, "amount": record.amount}
    return known if record.state in AT_STRIPE else {"amount": record.amount}


def _dispute_said(record: DisputeRecord) -> Facts:
    withdrawn = Money(record.withdrawn, record.amount.currency)
    return {"status": record.status, "amount": record.amount, "withdrawn": withdrawn}


def _dispute_kept(row: Dispute) -> Facts:
    amount, withdrawn = Money(row.amount, row.currency), Money(row.withdrawn, row.currency)
    return {"status": row.status, "amount": amount, "withdrawn": withdrawn}


PAYMENTS = Kind(
    name="Payment",
    table=Payment,
    key=Payment.payment_intent_id,
    moment=Payment.paid_at,
    unsettled=Payment.status == "processing",
    page=pages.of_payments,
    look=payments.look_at,
    record=record_payment,
    key_of=lambda record: record.payment_intent_id,
    payment_of=lambda record: record.payment_intent_id,
    said=_payment_said,
    kept=_payment_kept,
    counts=lambda record: record.status in ("succeeded", "processing"),
    slack=LONGEST_CHECKOUT,
    events=("payment_intent.payment_failed", "payment_intent.canceled"),
    asks=lambda record: record.status not in ("succeeded", "processing"),
    sum=Payment.captured,
    summed=lambda record: record.captured,
)
REFUNDS = Kind(
    name="Refund",
    table=Refund,
    key=Refund.stripe_id,
    moment=Refund.created_at,
    unsettled=Refund.state.in_(("pending", "requires_action")),
    page=pages.of_refunds,
    look=refunds.look_at,
    record=record_refund,
    key_of=lambda record: record.id,
    payment_of=lambda record: record.payment_intent_id,
    said=_refund_said,
    kept=lambda row: {"state": row.state, "amount": Money(row.amount, row.currency)},
    events=("refund.updated", "refund.failed"),
    asks=lambda record: True,
    otherwise=lambda record: None if record.state in ("failed", "canceled") else record.created,
    sum=Refund.amount,
    sum_where=(Refund.state == "succeeded",),
    summed=lambda record: record.amount if record.state == "succeeded" else None,
)
DISPUTES = Kind(
    name="Dispute",
    table=Dispute,
    key=Dispute.stripe_id,
    moment=Dispute.created_at,
    unsettled=Dispute.status.not_in(CLOSED),
    page=pages.of_disputes,
    look=disputes.look_at,
    record=record_dispute,
    key_of=lambda record: record.id,
    payment_of=lambda record: record.payment_intent_id,
    events=("charge.dispute.closed",),
    asks=lambda record: record.status in CLOSED,
    said=_dispute_said,
    kept=_dispute_kept,
)
PAYOUTS = Kind(
    name="Payout",
    table=Payout,
    key=Payout.stripe_id,
    moment=Payout.created_at,
    unsettled=false(),
    page=pages.of_payouts,
    look=payouts.look_at,
    record=record_payout,
    key_of=lambda record: record.id,
    payment_of=None,
    said=lambda record: {"status": record.status, "amount": record.amount},
    kept=lambda row: {"status": row.status, "amount": Money(row.amount, row.currency)},
)
KINDS: tuple[Kind[Any], ...] = (PAYMENTS, REFUNDS, DISPUTES, PAYOUTS)
