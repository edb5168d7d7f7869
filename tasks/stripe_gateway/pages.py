"""Stripe's lists of what an account has, a page of up to a hundred at a time, the newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Generic, TypeVar

from tasks.stripe_gateway import checkouts, disputes, payments, payouts, refunds
from tasks.stripe_gateway.checkouts import SessionRecord
from tasks.stripe_gateway.client import PAGE, UNREADABLE, calling, options
from tasks.stripe_gateway.disputes import DisputeRecord
from tasks.stripe_gateway.payments import PaymentRecord
from tasks.stripe_gateway.payouts import PayoutRecord
from tasks.stripe_gateway.refunds import RefundRecord

Record = TypeVar("Record")
_CHARGE, _PAYMENT = ["data.latest_charge.balance_transaction"], ["data.payment_intent"]


@dataclass(frozen=True, slots=True)
class Listed(Generic[Record]):
    """One object, and the metadata of the payment that it is or belongs to."""

    record: Record
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """`after` names the last one while there are more; of what has a form that we cannot read there is only the id."""

    listed: list[Listed[Record]]
    unreadable: list[Listed[str]]
    after: str


@dataclass(frozen=True, slots=True)
class Window:
    """What was created from `since` on, and before `until` where that is given."""

    since: datetime
    until: datetime | None = None

    def asked(self, after: str, expand: list[str] | None = None) -> Any:
        """The parameters that every list has."""
        before = {} if self.until is None else {"lt": ceil(self.until.timestamp())}
        asked: dict[str, Any] = {"limit": PAGE, "created": {"gte": int(self.since.timestamp())} | before}
        return asked | ({"starting_after": after} if after else {}) | ({"expand": expand} if expand else {})


def of_payments(account: str, window: Window, after: str = "") -> Page[PaymentRecord]:
    with calling() as client:
        found = client.v1.payment_intents.list(window.asked(after, _CHARGE), options(account))
    return _page(found, payments.record_of, lambda intent: intent)


def of_refunds(account: str, window: Window, after: str = "") -> Page[RefundRecord]:
    with calling() as client:
        found = client.v1.refunds.list(window.asked(after, _PAYMENT), options(account))
    return _page(found, refunds.record_of, _payment)


def of_disputes(account: str, window: Window, after: str = "") -> Page[DisputeRecord]:
    with calling() as client:
        found = client.v1.disputes.list(window.asked(after, _PAYMENT), options(account))
    return _page(found, disputes.record_of, _payment)


def of_payouts(account: str, window: Window, after: str = "") -> Page[PayoutRecord]:
    with calling() as client:
        found = client.v1.payouts.list(window.asked(after), options(account))
    return _page(found, payouts.record_of, lambda payout: payout)


def of_open_sessions(account: str, window: Window, after: str = "") -> Page[SessionRecord]:
    """Checkout Sessions that can still be paid."""
    with calling() as client:
        found = client.v1.checkout.sessions.list(window.asked(after) | {"status": "open"}, options(account))
    return _page(found, checkouts.record_of, lambda session: session)


def _page(
    found: Any, record_of: Callable[[dict[str, Any]], Record], owner: Callable[[dict[str, Any]], dict[str, Any]]
) -> Page[Record]:
    data = [thing.to_dict() for thing in found.data]
    page: Page[Record] = Page([], [], data[-1]["id"] if found.has_more else "")
    for thing in data:
        metadata = dict(owner(thing).get("metadata") or {})
        try:
            page.listed.append(Listed(record_of(thing), metadata))
        except UNREADABLE:
            page.unreadable.append(Listed(thing["id"], metadata))
    return page


def _payment(thing: dict[str, Any]) -> dict[str, Any]:
    """The payment that was asked for together with it; what was charged without an intent is nobody's of ours."""
    intent = thing.get("payment_intent")
    return intent if isinstance(intent, dict) else {}
