from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.ids import new_id
from sandbox.rates import converted, rate
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

_DAY = 86_400
_PENDING_DAYS = 2  # https://docs.stripe.com/payouts#payout-speed: T+2 in the United States


def card_fee(amount: int) -> int:
    """2.9% + 30, Stripe's standard price for cards: https://stripe.com/pricing."""
    return min((amount * 29 + 500) // 1000 + 30, amount)


def dispute_fee(amount: int) -> int:
    """15.00 for each dispute: https://stripe.com/pricing."""
    return 1500


def debit_fee(amount: int) -> int:
    """0.8%, at most 5.00, Stripe's price for bank debits: https://stripe.com/pricing."""
    return min((amount * 8 + 500) // 1000, 500)


Fee = Callable[[int], int]


def no_fee(amount: int) -> int:
    return 0


def book(
    world: World,
    account: str,
    *,
    type: str,
    amount: int,
    currency: str,
    source: str,
    fee: Fee = no_fee,
    category: str | None = None,
    description: str | None = None,
    available_on: int | None = None,
) -> Json:
    """In the account's own currency, like all its money: https://docs.stripe.com/currencies/conversions."""
    now = world.clock.now()
    ready = now + _PENDING_DAYS * _DAY if available_on is None else available_on
    own = world.currency_of(account)
    settled = converted(amount, currency, own)
    cost = fee(settled)
    return world.store.add(
        account,
        shaped(
            "balance_transaction",
            id=new_id("txn"),
            amount=settled,
            available_on=ready,
            created=now,
            currency=own,
            description=description,
            exchange_rate=None if currency == own else float(rate(currency, own)),
            fee=cost,
            fee_details=_fee_details(cost, own),
            net=settled - cost,
            reporting_category=category or type,
            source=source,
            status="pending",
            type=type,
        ),
    )


def _fee_details(cost: int, currency: str) -> list[Json]:
    words = "Stripe processing fees"
    detail = {"amount": cost, "application": None, "currency": currency, "description": words, "type": "stripe_fee"}
    return [detail] if cost else []


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


def available(world: World, account: str) -> int:
    """What could be paid out now, in the account's own currency; below zero when it owes Stripe."""
    ready = {"account = ?": account, "json_extract(body, '$.available_on') <= ?": world.clock.now()}
    return sum(int(one["net"]) for one in world.store.select("balance_transaction", ready))


def covers(world: World, account: str, amount: int) -> bool:
    """Whether a refund of this much, in the account's own currency, goes on at once.

    What the balance lacks is debited from the bank, where the account allows that, as it does by default:
    https://support.stripe.com/questions/auto-debit-faq and `debit_negative_balances` in the SDK's docstrings.
    """
    from_bank = world.account(account)["settings"]["payouts"]["debit_negative_balances"]
    return bool(from_bank) or available(world, account) >= amount


def _funds(amounts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(amounts.items())
    ]
