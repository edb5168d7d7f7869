from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import stripe
from sandbox_builders import order, pay

from sandbox.accounts import STUDIO
from sandbox.world import World


def literals(hint: Any) -> set[str]:
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    return {word for part in get_args(hint) for word in literals(part)}


def strange(body: stripe.StripeObject, path: str) -> Iterator[str]:
    """Fields that the SDK's class does not know, and words that are none of its enumerated values."""
    known = {name: hint for kind in type(body).__mro__ for name, hint in getattr(kind, "__annotations__", {}).items()}
    if type(body).__name__ in ("StripeObject", "UntypedStripeObject", "ListObject"):
        return
    for name in body.to_dict(recursive=False):
        value = body[name]
        words = literals(known.get(name))
        if name not in known or (isinstance(value, str) and words and value not in words):
            yield f"{path}.{name}={value}"
        if isinstance(value, stripe.StripeObject):
            yield from strange(value, f"{path}.{name}")


def test_every_object_has_the_shape_that_the_sdk_knows(world: World, client: stripe.StripeClient) -> None:
    refunded, disputed = pay(world, client), pay(world, client)
    client.v1.refunds.create({"charge": refunded.id, "amount": 100})
    world.dispute(disputed.id)
    debit = client.v1.checkout.sessions.create(order())
    world.pay(debit.id, "us_bank_account")
    world.clock.advance(3 * 86_400)
    world.payout(STUDIO)
    lists = [
        client.v1.checkout.sessions.list({"expand": ["data.line_items"]}),
        client.v1.payment_intents.list(),
        client.v1.charges.list({"expand": ["data.refunds"]}),
        client.v1.refunds.list(),
        client.v1.disputes.list(),
        client.v1.balance_transactions.list(),
        client.v1.payouts.list(),
        client.v1.events.list({"limit": 100}),
    ]
    objects = [one for found in lists for one in found]
    objects += [client.v1.accounts.retrieve_current(), client.v1.balance.retrieve()]
    assert all(found.data for found in lists)
    assert [text for one in objects for text in strange(one, one["object"])] == []
