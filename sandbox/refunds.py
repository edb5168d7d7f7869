from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.balance import book, covers
from sandbox.cards import BY_NUMBER
from sandbox.errors import Refused, invalid, no_such
from sandbox.events import change, emit
from sandbox.ids import new_id
from sandbox.money import written
from sandbox.rates import converted
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

LATER = 10  # seconds of the clock until the bank has decided, for the test cards ...5126 and ...7726


@dataclass(frozen=True)
class Plan:
    """How a refund begins, and what becomes of it by itself a little later."""

    status: str = "succeeded"
    pending_reason: str | None = None
    then: str | None = None


# What the test cards say: https://docs.stripe.com/testing#refunds. Bank debits are always pending at first.
_PLANS = {
    "succeeded": Plan(),
    "fails": Plan("succeeded", None, "fail_refund"),
    "pending": Plan("pending", "processing", "settle_refund"),
}


def create_refund(world: World, account: str, params: Json) -> Json:
    charge = _charge_to_refund(world, account, params)
    _check_refundable(world, charge)
    amount = _amount_to_refund(charge, params.get("amount"))
    plan = _plan(world, account, charge, amount)
    refund = world.store.add(account, _refund(world, charge, amount, params, plan))
    if plan.pending_reason != "charge_pending":
        take(world, account, refund)
    refunded = charge["amount_refunded"] + amount
    fields = {"amount_refunded": refunded, "refunded": refunded == charge["amount"]}
    change(world, account, "charge.refunded", charge, **fields)
    emit(world, account, "refund.created", refund)
    if plan.then:
        world.later(LATER, plan.then, refund["id"])
    return refund


def _plan(world: World, account: str, charge: Json, amount: int) -> Plan:
    """https://docs.stripe.com/refunds: when the available balance is too low, refunds of cards wait, others fail."""
    if charge["status"] == "pending":
        return Plan("pending", "charge_pending")
    if world.refunds_wait:
        return Plan("pending", "processing")
    if not covers(world, account, converted(amount, charge["currency"], world.currency_of(account))):
        is_card = charge["payment_method_details"]["type"] == "card"
        return Plan("pending", "insufficient_funds") if is_card else Plan("pending", "processing", "lack_funds")
    return _PLANS[BY_NUMBER[charge["_card"]].refund if charge.get("_card") in BY_NUMBER else "pending"]


def _charge_to_refund(world: World, account: str, params: Json) -> Json:
    if "charge" in params:
        charge = world.store.find(params["charge"], "charge", account)
        if charge is None:
            raise no_such("charge", params["charge"], "charge")
        return charge
    intent = world.store.find(params["payment_intent"], "payment_intent", account)
    if intent is None:
        raise no_such("payment_intent", params["payment_intent"], "payment_intent")
    charge = world.store.find(intent["latest_charge"] or "", "charge", account)
    # A bank debit on its way can be refunded: https://docs.stripe.com/payments/ach-direct-debit#refunds
    if charge is None or charge["status"] == "failed":
        # Wording as in public reports, e.g. woocommerce-gateway-stripe#1134.
        raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return charge


def _check_refundable(world: World, charge: Json) -> None:
    if charge["status"] == "failed":
        words = f"Charge {charge['id']} cannot be refunded because it failed."
        raise invalid(words, "charge", "charge_not_refundable")
    disputes = world.store.select("dispute", {"json_extract(body, '$.charge') = ?": charge["id"]})
    if any(not dispute["is_charge_refundable"] for dispute in disputes):
        # Wording: Sylius/StripePlugin#120.
        words = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise invalid(words, code="charge_disputed")


def _amount_to_refund(charge: Json, asked: int | None) -> int:
    """Wordings: getlago/lago-api#6443 and reactioncommerce/reaction#3704."""
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if asked is None else asked
    if amount > left:
        asked_for, remaining = written(amount, charge["currency"]), written(left, charge["currency"])
        words = f"Refund amount ({asked_for}) is greater than unrefunded amount on charge ({remaining})"
        raise invalid(words, "amount")
    return amount


def _refund(world: World, charge: Json, amount: int, params: Json, plan: Plan) -> Json:
    card = charge["payment_method_details"]["type"] == "card"
    pending = plan.status == "pending"
    details: dict[str, Any] = {"type": charge["payment_method_details"]["type"]}
    if card:
        reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
        details["card"] = {"type": "pending" if pending else "refund", **reference}
    return shaped(
        "refund",
        id=new_id("re" if card else "pyr"),
        amount=amount,
        charge=charge["id"],
        created=world.clock.now(),
        currency=charge["currency"],
        destination_details=details,
        metadata=params.get("metadata") or {},
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=params.get("reason"),
        status=plan.status,
        **({"pending_reason": plan.pending_reason} if pending else {}),
    )


def take(world: World, account: str, refund: Json) -> None:
    transaction = book(
        world,
        account,
        type="refund" if refund["id"].startswith("re_") else "payment_refund",
        category="refund",
        amount=-refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
        description="REFUND FOR CHARGE",
        available_on=world.clock.now(),
    )
    refund["balance_transaction"] = transaction["id"]
    world.store.save(refund)


def set_refund(world: World, refund_id: str, status: str, failure_reason: str | None = None) -> Json:
    """What the bank decides: pending and succeeded may still change, failed and canceled may not."""
    refund = world.object(refund_id, "refund")
    if refund["status"] in ("failed", "canceled") or status == refund["status"]:
        raise Refused(f"A refund that is {refund['status']} cannot become {status}.")
    if status not in ("pending", "requires_action", "succeeded", "failed", "canceled"):
        raise Refused(f"{status} is not a status of refunds.")
    account = world.owner(refund_id)
    refund.pop("pending_reason", None)
    refund.pop("next_action", None)
    if status in ("failed", "canceled"):
        return _give_back(world, account, refund, status, failure_reason or "unknown")
    if status == "pending":
        refund["pending_reason"] = "processing"
    if status == "requires_action":
        refund["next_action"] = _ask_by_mail(world, refund)
    return change(world, account, "refund.updated", refund, status=status)


def _ask_by_mail(world: World, refund: Json) -> Json:
    """The SDK's docstring of Refund.NextAction: Stripe asks the customer by email where the money is to go.

    How long Stripe waits for the answer is not written there; here it is 45 days.
    """
    address = world.object(refund["charge"], "charge")["billing_details"]["email"]
    sent = {"email_sent_at": world.clock.now(), "email_sent_to": address}
    details = {"email_sent": sent, "expires_at": world.clock.now() + 45 * 86_400}
    return {"type": "display_details", "display_details": details}


def _give_back(world: World, account: str, refund: Json, status: str, reason: str) -> Json:
    """https://docs.stripe.com/refunds#failed-refunds: the amount returns to the account's balance.

    That `amount_refunded` goes down again is not written there; without it a second refund could not be made.
    """
    charge = world.object(refund["charge"], "charge")
    left = charge["amount_refunded"] - refund["amount"]
    change(world, account, "charge.updated", charge, amount_refunded=left, refunded=False)
    fields: Json = {"status": status}
    if refund["balance_transaction"]:
        fields["failure_balance_transaction"] = _return(world, account, refund)
    if status == "failed":
        fields["failure_reason"] = reason
    change(world, account, "refund.updated", refund, **fields)
    if status == "failed":
        emit(world, account, "refund.failed", refund)
    return refund


def _return(world: World, account: str, refund: Json) -> str:
    transaction = book(
        world,
        account,
        type="refund_failure",
        amount=refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
        description="REFUND FAILURE",
        available_on=world.clock.now(),
    )
    return str(transaction["id"])
