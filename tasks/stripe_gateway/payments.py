"""Payment intents with their latest charge (docs.stripe.com/api/payment_intents)."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from models.language import pmarked
from models.money import Money
from tasks.stripe_gateway.client import PAGE, UNREADABLE, calling, id_of, moment, options, text

_EXPAND = ["latest_charge.balance_transaction"]
# The same for what belongs to a payment: one call shows both.
WITH_PAYMENT = [f"payment_intent.{path}" for path in _EXPAND]
_IN_LISTS = [f"data.{path}" for path in _EXPAND]
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_capture")
_ONCE_OVER = {
    "open": "failed",
    "waiting": "processing",
    "processing": "processing",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
}
# That it failed, and not why: docs.stripe.com/declines/codes and docs.stripe.com/error-codes.
_VAGUE = ("card_declined", "generic_could_not_process", "generic_decline", "payment_intent_payment_attempt_failed")
# How people say it, where capital letters are not enough; kept in English.
_SPELLED = {
    "card": pmarked("payment method", "Card"),
    "us_bank_account": pmarked("payment method", "US bank account"),
    "sepa_debit": pmarked("payment method", "SEPA debit"),
}


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """`status`: open, waiting, processing, succeeded, failed or canceled; unknown is what Stripe has added since.

    *waiting*: the customer, or their bank, has something to do yet; a voucher or a transfer may take days for it.

    `settled` is when the money reached the account's balance: of a bank debit, days after it was charged.
    """

    payment_intent_id: str
    status: str
    amount: Money
    captured: Money
    charge_id: str | None
    fee: Money | None
    method: str
    failure: str | None
    created: datetime
    metadata: dict[str, str]
    settled: datetime | None = None
    failure_code: str | None = None

    @property
    def once_over(self) -> str | None:
        """What it is for us once nobody is at Stripe's page any more; None for what Stripe has added since."""
        return _ONCE_OVER.get(self.status)


def look_at(account: str, payment_intent_id: str) -> PaymentRecord:
    with calling() as client:
        found = client.v1.payment_intents.retrieve(payment_intent_id, {"expand": _EXPAND}, options(account))
    return record_of(found.to_dict())


def named(account: str, wanted: set[str], first: datetime, last: datetime, pages: int) -> list[PaymentRecord]:
    """Those of the wanted intents that a list of what was made from first to last shows on its newest pages.

    One that we cannot read is left out.
    """
    left, found = set(wanted), []
    with calling() as client:
        between: Any = {"created": {"gte": int(first.timestamp()), "lte": int(last.timestamp())}}
        listed = client.v1.payment_intents.list(between | {"limit": PAGE, "expand": _IN_LISTS}, options(account))
        for intent in islice(listed.auto_paging_iter(), pages * PAGE):
            if intent.id in left:
                left.remove(intent.id)
                with suppress(*UNREADABLE):
                    found.append(record_of(intent.to_dict()))
            if not left:
                break
    return found


def within(found: dict[str, Any]) -> tuple[PaymentRecord, ...]:
    """The payment of something that belongs to one and was asked for together with it."""
    intent = found.get("payment_intent")
    return (record_of(intent),) if isinstance(intent, dict) else ()


def record_of(found: dict[str, Any]) -> PaymentRecord:
    charge = found.get("latest_charge")
    charge = charge if isinstance(charge, dict) else None
    status = _status(found)
    received = found["amount_received"] if status == "succeeded" else 0
    return PaymentRecord(
        payment_intent_id=found["id"],
        status=status,
        amount=Money.from_stripe(found["amount"], found["currency"]),
        captured=Money.from_stripe(received, found["currency"]),
        charge_id=id_of(found.get("latest_charge")),
        fee=_fee(charge),
        method=_method(charge),
        failure=text((found.get("last_payment_error") or {}).get("message"), 1000) or None,
        created=moment(charge["created"] if charge else found["created"]),
        metadata=dict(found.get("metadata") or {}),
        settled=_settled(charge),
        failure_code=_failure_code(found, charge),
    )


def record_of_charge(charge: dict[str, Any]) -> PaymentRecord | None:
    """What a charge alone tells of its payment intent: that money came, or is on its way; else nothing.

    A charge that failed was one attempt, and one that is not captured holds no money: neither says what
    became of the intent. Checkout charges the whole amount of an intent, and the intent's metadata stand on it.
    """
    status = {"succeeded": "succeeded", "pending": "processing"}.get(charge["status"])
    if status is None or not charge.get("payment_intent") or (status == "succeeded" and not charge["captured"]):
        return None
    shown = {name: charge[name] for name in ("amount", "currency", "created", "metadata")}
    received = charge["amount_captured"]
    intent = {"id": id_of(charge["payment_intent"]), "status": status, "amount_received": received}
    return record_of(shown | intent | {"latest_charge": charge})


def record_of_session(session: dict[str, Any], at: int, has_failed: bool = False) -> PaymentRecord | None:
    """What a completed Checkout Session alone tells of its payment intent.

    The whole amount came, or is on its way; or it did not come after all, which only the event's type says.
    """
    status = {"paid": "succeeded", "unpaid": "processing"}.get(session["payment_status"])
    if status is None or session["status"] != "complete" or not session.get("payment_intent"):
        return None
    shown = {"currency": session["currency"], "metadata": session.get("metadata"), "created": at}
    amount = session["amount_total"]
    received = amount if status == "succeeded" else 0
    intent = {"id": id_of(session["payment_intent"]), "status": status, "amount_received": received}
    record = record_of(shown | intent | {"amount": amount})
    return replace(record, status="failed") if has_failed and status == "processing" else record


def _status(found: dict[str, Any]) -> str:
    """A declined card leaves the intent open for another; a failed charge of a bank debit ends it."""
    status = found["status"]
    if status in ("succeeded", "processing", "canceled"):
        return str(status)
    if status == "requires_action":
        return "waiting"
    if status not in _OPEN:
        return "unknown"
    charge = found.get("latest_charge")
    failed = isinstance(charge, dict) and charge["status"] == "failed"
    return "failed" if failed and found.get("last_payment_error") else "open"


def _failure_code(found: dict[str, Any], charge: dict[str, Any] | None) -> str | None:
    """Stripe's word for what its sentence says, the most telling of those it has.

    Of a card it is the decline code. Of a bank debit that is `generic_decline`, and the reason is the code of the
    error (ACH) or stands on the charge alone (SEPA).
    """
    error = found.get("last_payment_error") or {}
    of_charge = (charge or {}).get("failure_code") if charge and id_of(error.get("charge")) == charge["id"] else None
    words = [word for word in (error.get("decline_code"), of_charge, error.get("code")) if word]
    return text(next((word for word in words if word not in _VAGUE), words[0] if words else None), 60) or None


def _fee(charge: dict[str, Any] | None) -> Money | None:
    transaction = charge and charge.get("balance_transaction")
    if not isinstance(transaction, dict):
        return None
    return Money.from_stripe(transaction["fee"], transaction["currency"])


def _settled(charge: dict[str, Any] | None) -> datetime | None:
    transaction = charge and charge.get("balance_transaction")
    return moment(transaction["created"]) if isinstance(transaction, dict) else None


def _method(charge: dict[str, Any] | None) -> str:
    details = (charge or {}).get("payment_method_details") or {}
    kind = details.get("type") or ""
    card = details.get("card") or {}
    if kind == "card" and card.get("last4"):
        return text(f"{(card.get('brand') or 'card').capitalize()} •••• {card['last4']}", 60)
    last4 = (details.get(kind) or {}).get("last4")
    words = _SPELLED.get(kind) or kind.replace("_", " ").capitalize()
    return text(f"{words} •••• {last4}" if last4 else words, 60)
