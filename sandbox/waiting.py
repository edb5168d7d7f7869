"""Refunds that wait for something: for money in the account's balance, or for a bank debit to succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.balance import covers
from sandbox.events import change
from sandbox.refunds import LATER, set_refund, take
from sandbox.shapes import Json

if TYPE_CHECKING:
    from sandbox.world import World


def go_on(world: World) -> None:
    """What lacked money goes on, the oldest first, as far as there is enough for it.

    https://support.stripe.com/questions/pending-refunds-due-to-insufficient-funds-or-stripe-balance: what it takes
    counts against the balance already, and it waits until the full amount is there.
    """
    for account in {world.owner(refund["id"]) for refund in lacking(world)}:
        queue = [refund for refund in lacking(world) if world.owner(refund["id"]) == account]
        while queue and covers(world, account, -sum(_taken(world, refund) for refund in queue[1:])):
            set_refund(world, queue.pop(0)["id"], "succeeded")


def lacking(world: World) -> list[Json]:
    where = {"status = ?": "pending", "json_extract(body, '$.pending_reason') = ?": "insufficient_funds"}
    return world.store.select("refund", where, order="ASC")


def _taken(world: World, refund: Json) -> int:
    return -int(world.object(refund["balance_transaction"], "balance_transaction")["net"])


def after_debit(world: World, charge_id: str, outcome: str) -> None:
    """https://docs.stripe.com/payments/ach-direct-debit#refunds: made once the debit has succeeded, else canceled."""
    for refund in _pending(world, charge_id):
        if outcome == "failed":
            set_refund(world, refund["id"], "canceled")
            continue
        account = world.owner(refund["id"])
        take(world, account, refund)
        change(world, account, "refund.updated", refund, pending_reason="processing")
        world.later(LATER, "settle_refund", refund["id"])


def fail_disputed(world: World, charge_id: str) -> None:
    """A dispute ends what is still pending, says the same page of Stripe's support."""
    for refund in _pending(world, charge_id):
        set_refund(world, refund["id"], "failed", "charge_for_pending_refund_disputed")


def _pending(world: World, charge_id: str) -> list[Json]:
    where = {"status = ?": "pending", "json_extract(body, '$.charge') = ?": charge_id}
    return world.store.select("refund", where, order="ASC")
