"""What a signed event tells of its own object, for when that can be looked at no more."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tasks.stripe_gateway import accounts, checkouts, disputes, payments, payouts, refunds
from tasks.stripe_gateway.accounts import AccountRecord
from tasks.stripe_gateway.checkouts import SessionRecord
from tasks.stripe_gateway.client import UNREADABLE, GatewayError
from tasks.stripe_gateway.disputes import DisputeRecord
from tasks.stripe_gateway.payments import PaymentRecord
from tasks.stripe_gateway.payouts import PayoutRecord
from tasks.stripe_gateway.refunds import RefundRecord

Json = dict[str, Any]
Record = AccountRecord | DisputeRecord | PaymentRecord | PayoutRecord | RefundRecord | SessionRecord

_READ: dict[str, Callable[[Json], Record | None]] = {
    "account": accounts.record_of,
    "charge": payments.record_of_charge,
    "dispute": disputes.record_of,
    "payout": payouts.record_of,
    "refund": refunds.record_of,
}
# Where an object's status goes after its beginning: of two events of one second the further one is the later.
_COURSE = {
    "charge": ["succeeded"],
    "checkout.session": ["complete", "expired"],
    "dispute": ["under_review", "won", "lost", "warning_closed", "prevented"],
    "payment_intent": ["processing", "succeeded", "canceled"],
    "payout": ["in_transit", "paid", "failed", "canceled"],
    "refund": ["succeeded", "failed", "canceled"],
}


class Told:
    """A signed event, read again."""

    def __init__(self, body: str) -> None:
        self.event: Json = json.loads(body)
        self.object: Json = self.event["data"]["object"]
        self.kind = str(self.object.get("object"))

    @property
    def order(self) -> tuple[int, bool, int, str]:
        """Of what has happened to one object. Stripe tells the time in whole seconds only."""
        is_first = self.event["type"].endswith(".created")
        course, status = _COURSE.get(self.kind, []), self.object.get("status")
        progress = course.index(status) + 1 if status in course else 0
        return int(self.event["created"]), not is_first, progress, self.event["id"]

    def records(self, charges: Mapping[str, Json]) -> tuple[Record, ...]:
        """What can be recorded of it; nothing where it does not say enough. `charges` are those of other events."""
        try:
            found = [read(self.object) for read in self._readings(charges)]
        except UNREADABLE as error:
            raise GatewayError("This event of Stripe's has a form that we cannot read.", permanent=True) from error
        return tuple(record for record in found if record)

    def _readings(self, charges: Mapping[str, Json]) -> list[Callable[[Json], Record | None]]:
        if self.kind == "payment_intent":
            return [lambda intent: self._payment(intent, charges)]
        if self.kind == "checkout.session":
            return [checkouts.record_of, self._payment_of_session]
        return [_READ[self.kind]] if self.kind in _READ else []

    def _payment_of_session(self, session: Json) -> PaymentRecord | None:
        has_failed = self.event["type"] == "checkout.session.async_payment_failed"
        return payments.record_of_session(session, self.event["created"], has_failed)

    def _payment(self, intent: Json, charges: Mapping[str, Json]) -> PaymentRecord | None:
        """An event only names the intent's charge. That no money came yet says an attempt that failed, no other."""
        charge = intent.get("latest_charge")
        record = payments.record_of(intent | {"latest_charge": charges.get(str(charge), charge)})
        says_so = record.status not in ("open", "failed") or self.event["type"] == "payment_intent.payment_failed"
        return record if says_so else None
