from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.balance import Fee, book, dispute_fee, no_fee
from sandbox.errors import Refused
from sandbox.events import change, emit
from sandbox.ids import new_id
from sandbox.shapes import Json, shaped
from sandbox.waiting import fail_disputed

if TYPE_CHECKING:
    from sandbox.world import World

_DAY = 86_400
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
# https://docs.stripe.com/disputes/categories; the last one of each is for all other reasons.
_NETWORK_CODES = {
    "visa": {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6.1", "": "13.7"},
    "mastercard": {"fraudulent": "4837", "duplicate": "4834", "": "4853"},
}


def open_dispute(
    world: World,
    charge_id: str,
    reason: str = "fraudulent",
    amount: int | None = None,
    due_by: int | None = None,
    status: str = "needs_response",
) -> Json:
    charge = world.object(charge_id, "charge")
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise Refused("Only a succeeded charge without a dispute can be disputed.")
    # An inquiry moves no money: https://docs.stripe.com/disputes/how-disputes-work#inquiries
    inquiry = status.startswith("warning_")
    if not inquiry:
        fail_disputed(world, charge_id)
        charge = world.object(charge_id, "charge")
    account = world.owner(charge_id)
    dispute = world.store.add(account, _dispute(world, charge, reason, amount, due_by, status))
    change(world, account, "charge.updated", charge, disputed=True)
    emit(world, account, "charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(world, account, dispute)
    return dispute


def _dispute(world: World, charge: Json, reason: str, amount: int | None, due_by: int | None, status: str) -> Json:
    inquiry = status.startswith("warning_")
    method = charge["payment_method_details"]["type"]
    body = shaped(
        "dispute",
        id=new_id("du" if method == "card" else "pdp"),
        amount=charge["amount"] if amount is None else amount,
        charge=charge["id"],
        created=world.clock.now(),
        currency=charge["currency"],
        is_charge_refundable=inquiry,
        payment_intent=charge["payment_intent"],
        reason=reason,
        status=status,
        enhanced_eligibility_types=[],
    )
    body["evidence_details"] |= {"due_by": world.clock.now() + 9 * _DAY if due_by is None else due_by}
    if method == "card":
        brand = charge["payment_method_details"]["card"]["brand"]
        codes = _NETWORK_CODES[brand]
        body["payment_method_details"]["card"] |= {
            "brand": brand,
            "network": brand,
            "case_type": "inquiry" if inquiry else "chargeback",
            "network_reason_code": codes.get(reason, codes[""]),
        }
    else:
        body["payment_method_details"] = {"type": method}
    body["evidence"] |= {
        "customer_email_address": charge["billing_details"]["email"],
        "customer_name": charge["billing_details"]["name"],
    }
    return body


def _withdraw(world: World, account: str, dispute: Json) -> None:
    _move(world, account, dispute, -dispute["amount"], dispute_fee, "Chargeback withdrawal")
    emit(world, account, "charge.dispute.funds_withdrawn", dispute)


def _move(world: World, account: str, dispute: Json, amount: int, fee: Fee, words: str) -> None:
    transaction = book(
        world,
        account,
        type="adjustment",
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        fee=fee,
        category="dispute" if amount < 0 else "dispute_reversal",
        description=f"{words} for {dispute['charge']}",
        available_on=world.clock.now(),
    )
    dispute["balance_transactions"].append(transaction)
    world.store.save(dispute)


def close_dispute(world: World, dispute_id: str, outcome: str) -> Json:
    """Close as `won`, `lost` or, for an inquiry, `warning_closed`."""
    dispute = world.object(dispute_id, "dispute")
    account = world.owner(dispute_id)
    inquiry = dispute["status"].startswith("warning_")
    if dispute["status"] not in _OPEN or (outcome == "warning_closed") != inquiry:
        raise Refused(f"A dispute that is {dispute['status']} cannot become {outcome}.")
    if outcome not in ("won", "lost", "warning_closed"):
        raise Refused("A dispute is closed as won, lost or warning_closed.")
    dispute["status"] = outcome
    world.store.save(dispute)
    if outcome == "won":
        _move(world, account, dispute, dispute["amount"], no_fee, "Chargeback reversal")
        emit(world, account, "charge.dispute.funds_reinstated", dispute)
    emit(world, account, "charge.dispute.closed", dispute)
    return dispute


def update_dispute(world: World, dispute_id: str, status: str, due_by: int | None = None) -> Json:
    dispute = world.object(dispute_id, "dispute")
    if due_by is not None:
        dispute["evidence_details"]["due_by"] = due_by
    return change(world, world.owner(dispute_id), "charge.dispute.updated", dispute, status=status)
