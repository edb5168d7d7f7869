from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.balance import available, book
from sandbox.errors import Refused
from sandbox.events import change, emit
from sandbox.ids import letters, new_id
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

_DAY = 86_400


def pay_out(world: World, account: str) -> list[Json]:
    """The whole available balance, one payout for each currency that has any."""
    if not world.account(account)["payouts_enabled"]:
        raise Refused("Payouts are not enabled on this account.")
    waiting = _unpaid(world, account)
    currencies = sorted({transaction["currency"] for transaction in waiting})
    groups = [[one for one in waiting if one["currency"] == currency] for currency in currencies]
    payouts = [_payout(world, account, group) for group in groups if sum(one["net"] for one in group) > 0]
    if not payouts:
        raise Refused("Nothing is available for a payout yet: money arrives two days after the charge.")
    return payouts


def drain(world: World, account: str) -> None:
    """Nothing is left that could be paid out, and Stripe may not take from the bank what will be missing."""
    set_bank_debits(world, account, allowed=False)
    if available(world, account) > 0:
        pay_out(world, account)


def set_bank_debits(world: World, account: str, allowed: bool) -> Json:
    """Whether what the balance lacks comes from the account's bank: `debit_negative_balances` of Stripe's accounts."""
    body = world.account(account)
    settings = {**body["settings"], "payouts": {**body["settings"]["payouts"], "debit_negative_balances": allowed}}
    return change(world, account, "account.updated", body, settings=settings)


def top_up(world: World, account: str, amount: int) -> Json:
    """The owner adds money from their bank: https://docs.stripe.com/get-started/account/add-funds"""
    if amount <= 0:
        raise Refused("Add more than nothing.")
    return book(
        world,
        account,
        type="topup",
        amount=amount,
        currency=world.currency_of(account),
        source=new_id("tu"),
        description="Added from the bank",
        available_on=world.clock.now(),
    )


def _unpaid(world: World, account: str) -> list[Json]:
    waiting = {"account = ?": account, "parent IS NULL AND id LIKE ?": "txn_%"}
    transactions = world.store.select("balance_transaction", waiting)
    now = world.clock.now()
    return [one for one in transactions if one["available_on"] <= now and one["type"] != "payout"]


def _payout(world: World, account: str, transactions: list[Json]) -> Json:
    now = world.clock.now()
    payout = shaped(
        "payout",
        id=new_id("po"),
        amount=sum(one["net"] for one in transactions),
        arrival_date=(now // _DAY + 1) * _DAY,
        created=now,
        currency=transactions[0]["currency"],
        destination=world.account(account)["external_accounts"]["data"][0]["id"],
        trace_id={"status": "pending", "value": None},
    )
    own = book(
        world,
        account,
        type="payout",
        amount=-payout["amount"],
        currency=payout["currency"],
        source=payout["id"],
        description=payout["description"],
        available_on=now,
    )
    payout["balance_transaction"] = own["id"]
    world.store.add(account, payout)
    for transaction in [own, *transactions]:
        world.store.adopt(transaction["id"], payout["id"])
    emit(world, account, "payout.created", payout)
    world.later(payout["arrival_date"] - now, "arrive", payout["id"])
    return payout


def arrive(world: World, payout_id: str) -> Json:
    payout = world.object(payout_id, "payout")
    trace = {"status": "supported", "value": letters(16).upper()}
    account = world.owner(payout_id)
    change(world, account, "payout.updated", payout, status="paid", trace_id=trace)
    emit(world, account, "payout.paid", payout)
    return payout
