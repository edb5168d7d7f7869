"""Looks at Stripe: what events speak of is fetched by several threads at once, then recorded by one."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.clock import now
from models.payment import payment_of
from tasks import reading
from tasks.accounts import record_account
from tasks.disputes import record_dispute
from tasks.payments import record_payment
from tasks.payouts import record_payout
from tasks.refund_records import record_refund
from tasks.sessions import record_session
from tasks.stripe_gateway import accounts, checkouts, disputes, payments, payouts, refunds
from tasks.stripe_gateway.accounts import AccountRecord
from tasks.stripe_gateway.checkouts import SessionRecord
from tasks.stripe_gateway.disputes import DisputeRecord
from tasks.stripe_gateway.payments import PaymentRecord
from tasks.stripe_gateway.payouts import PayoutRecord
from tasks.stripe_gateway.refunds import RefundRecord
from tasks.stripe_gateway.told import Record

AT_ONCE = 16
MANY = 20
# A Checkout Session lives for a day at most, and its payment intent with it.
LONGEST_CHECKOUT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """The object at Stripe that events speak of. An empty kind is one that we do nothing about."""

    kind: str
    account: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look has shown, in the order in which it is recorded, and when the look began."""

    records: tuple[Record, ...]
    began: datetime


# The first prefix that fits says what an event speaks of; other types are kept and answered, no more.
_KINDS = (
    ("checkout.session.", "checkout"),
    ("payment_intent.", "payment"),
    ("charge.dispute.", "dispute"),
    ("charge.refund.", "refund"),
    ("charge.", "payment"),
    ("refund.", "refund"),
    ("payout.", "payout"),
    ("account.updated", "account"),
    ("account.application.deauthorized", "account"),
)

# In this order one look spares another: a checkout brings its payment along, and refunds find theirs.
_FETCH: dict[str, Callable[[str, str], tuple[Record, ...]]] = {
    "account": lambda account, _: (accounts.look_at(account),),
    "checkout": checkouts.look_with_payment,
    "payment": lambda account, object_id: (payments.look_at(account, object_id),),
    "dispute": disputes.look_with_payment,
    "refund": refunds.look_with_payment,
    "payout": lambda account, object_id: (payouts.look_at(account, object_id),),
}
KINDS = ("", *_FETCH)

_RECORD: dict[type[Record], Callable[[str, Any, datetime], object]] = {
    AccountRecord: record_account,
    SessionRecord: record_session,
    PaymentRecord: record_payment,
    DisputeRecord: record_dispute,
    RefundRecord: record_refund,
    PayoutRecord: record_payout,
}


def subject_of(event_type: str, account: str, object_id: str) -> Subject:
    kind = next((kind for prefix, kind in _KINDS if event_type.startswith(prefix)), "")
    return Subject(kind, account, account if kind == "account" else object_id)


def look(subject: Subject) -> Seen:
    """Ask Stripe. Touches no database, so that threads may do it."""
    began = now()
    return Seen(_FETCH[subject.kind](subject.account, subject.object_id), began)


def look_at_all(pool: Executor, subjects: Iterable[Subject]) -> dict[Subject, Future[Seen]]:
    """Look at each in a thread of the pool, and wait for all of them."""
    looks = {subject: pool.submit(copy_context().run, look, subject) for subject in subjects}
    wait(looks.values())
    return looks


def listed(account: str, intents: set[str], first: datetime, last: datetime) -> dict[Subject, Seen]:
    """Many payments of one account, found in Stripe's list instead of being looked at one by one.

    Their events are of the time from first to last. A page of a hundred is worth it for each twenty of them; what
    is not on those pages is left to a look of its own.
    """
    began = now()
    found = payments.named(account, intents, first - LONGEST_CHECKOUT, last, len(intents) // MANY)
    return {Subject("payment", account, record.payment_intent_id): Seen((record,), began) for record in found}


def record(account: str, seen: Seen) -> bool:
    """Save what a look has shown; False when it belongs to a payment that we do not know: not ours, or not yet."""
    known = [one for one in seen.records if _record(account, one, seen.began)]
    return len(known) == len(seen.records)


def _record(account: str, one: Record, began: datetime) -> bool:
    if isinstance(one, RefundRecord | DisputeRecord) and not _is_known(account, one.payment_intent_id):
        return False
    _RECORD[type(one)](account, one, began)
    return True


def _is_known(account: str, payment_intent_id: str | None) -> bool:
    with reading() as session:
        return payment_of(session, account, payment_intent_id) is not None
