from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ids import new_id
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

_DAY = 86_400
_PENDING_DAYS = 2  # https://docs.stripe.com/payouts#payout-speed: T+2 in the United States
DISPUTE_FEE = 1500  # https://stripe.com/pricing: 15.00 for each dispute


def card_fee(amount: int) -> int:
    """2.9% + 30, Stripe's standard price for cards: https://stripe.com/pricing."""
    return (amount * 29 + 500) // 1000 + 30


def debit_fee(amount: int) -> int:
    """0.8%, at most 5.00, Stripe's price for bank debits: https://stripe.com/pricing."""
    return min((amount * 8 + 500) // 1000, 500)


def book(
    world: World,
    account: str,
    *,
    type: str,
    amount: int,
    currency: str,
    source: str,
    fee: int = 0,
    category: str | None = None,
    description: str | None = None,
    available_on: int | None = None,
) -> Json:
    now = world.clock.now()
    ready = now + _PENDING_DAYS * _DAY if available_on is None else available_on
    details = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
    return world.store.add(
        account,
        shaped(
            "balance_transaction",
            id=new_id("txn"),
            amount=amount,
            available_on=ready,
            created=now,
            currency=currency,
            description=description,
            fee=fee,
            fee_details=[details | {"description": "Stripe processing fees"}] if fee else [],
            net=amount - fee,
            reporting_category=category or type,
            source=source,
            status="pending",
            type=type,
        ),
    )


def with_status(world: World, transaction: Json) -> Json:
    """`pending` becomes `available` by the passing of time alone."""
    ready = transaction["available_on"] <= world.clock.now()
    return {**transaction, "status": "available" if ready else "pending"}


def summary(world: World, account: str) -> Json:
    available: dict[str, int] = {world.currency_of(account): 0}
    pending = dict(available)
    for transaction in world.store.select("balance_transaction", {"account = ?": account}):
        side = available if transaction["available_on"] <= world.clock.now() else pending
        currency = transaction["currency"]
        side[currency] = side.get(currency, 0) + transaction["net"]
    for currency in set(available) | set(pending):
        available.setdefault(currency, 0)
        pending.setdefault(currency, 0)
    return shaped("balance", available=_funds(available), pending=_funds(pending), connect_reserved=[])


def _funds(amounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(amounts.items())
    ]
