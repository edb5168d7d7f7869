"""Refunds when the account has too little money, or none yet."""

from __future__ import annotations

import pytest
import stripe
from sandbox_builders import order, pay

from sandbox.accounts import STUDIO
from sandbox.errors import Refused
from sandbox.world import World

DAY = 86_400


@pytest.fixture
def drained(world: World, paid: stripe.Charge) -> stripe.Charge:
    """A payment of 120.00 that was paid out long ago."""
    world.clock.advance(3 * DAY)
    world.drain(STUDIO)
    return paid


def state(client: stripe.StripeClient, refund: stripe.Refund) -> tuple[str | None, str | None]:
    found = client.v1.refunds.retrieve(refund.id)
    return found.status, found.to_dict().get("pending_reason")


def debit(world: World, client: stripe.StripeClient) -> str:
    """A bank debit of 120.00 that is on its way; its payment intent."""
    session = client.v1.checkout.sessions.create(order())
    world.pay(session.id, "us_bank_account")
    return str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)


def test_a_drained_account_has_nothing_left(client: stripe.StripeClient, drained: stripe.Charge) -> None:
    assert client.v1.balance.retrieve().available[0].amount == 0
    account = client.v1.accounts.retrieve_current()
    assert account.settings.payouts.debit_negative_balances is False


def test_a_card_refund_waits_for_money_and_goes_on_when_there_is_some(
    world: World, client: stripe.StripeClient, drained: stripe.Charge
) -> None:
    refund = client.v1.refunds.create({"charge": drained.id})
    assert state(client, refund) == ("pending", "insufficient_funds")
    world.top_up(STUDIO, 11_999)
    assert state(client, refund) == ("pending", "insufficient_funds")
    world.top_up(STUDIO, 1)
    assert state(client, refund) == ("succeeded", None)
    assert client.v1.balance.retrieve().available[0].amount == 0
    types = [event.type for event in client.v1.events.list({"type": "refund.*"})][::-1]
    assert types == ["refund.created", "refund.updated"]


def test_sales_that_become_available_let_a_refund_go_on(
    world: World, client: stripe.StripeClient, drained: stripe.Charge
) -> None:
    refund = client.v1.refunds.create({"charge": drained.id, "amount": 10_000})
    pay(world, client)
    assert state(client, refund) == ("pending", "insufficient_funds")
    world.clock.advance(2 * DAY)
    assert state(client, refund) == ("succeeded", None)


def test_the_oldest_refund_goes_first(world: World, client: stripe.StripeClient, drained: stripe.Charge) -> None:
    first, second = (client.v1.refunds.create({"charge": drained.id, "amount": 5_000}) for _ in range(2))
    world.top_up(STUDIO, 6_000)
    assert [state(client, one)[0] for one in (first, second)] == ["succeeded", "pending"]
    world.bank_debits(STUDIO, True)
    assert state(client, second) == ("succeeded", None)


def test_a_refund_that_waits_can_be_taken_back(
    world: World, client: stripe.StripeClient, drained: stripe.Charge
) -> None:
    refund = client.v1.refunds.create({"charge": drained.id})
    assert client.v1.balance.retrieve().available[0].amount == -12_000
    world.set_refund(refund.id, "canceled")
    assert client.v1.balance.retrieve().available[0].amount == 0
    assert client.v1.charges.retrieve(drained.id).amount_refunded == 0


def test_money_that_is_not_available_yet_does_not_count(
    world: World, client: stripe.StripeClient, drained: stripe.Charge
) -> None:
    fresh = pay(world, client)
    assert client.v1.refunds.create({"charge": fresh.id}).pending_reason == "insufficient_funds"


def test_what_an_account_lacks_comes_from_its_bank_by_default(
    world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    world.clock.advance(3 * DAY)
    world.payout(STUDIO)
    assert client.v1.refunds.create({"charge": paid.id}).status == "succeeded"


def test_a_refund_of_a_bank_debit_fails_for_want_of_money(world: World, client: stripe.StripeClient) -> None:
    intent = debit(world, client)
    world.settle(intent)
    world.drain(STUDIO)
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == "pending"
    world.clock.advance(10)
    found = client.v1.refunds.retrieve(refund.id)
    assert (found.status, found.failure_reason) == ("failed", "insufficient_funds")


def test_a_dispute_ends_a_refund_that_is_still_pending(
    world: World, client: stripe.StripeClient, drained: stripe.Charge
) -> None:
    refund = client.v1.refunds.create({"charge": drained.id, "amount": 2_000})
    world.dispute(drained.id)
    found = client.v1.refunds.retrieve(refund.id)
    assert (found.status, found.failure_reason) == ("failed", "charge_for_pending_refund_disputed")
    charge = client.v1.charges.retrieve(drained.id)
    assert (charge.amount_refunded, charge.disputed) == (0, True)


def test_a_refund_of_a_payment_on_its_way_begins_when_that_has_arrived(
    world: World, client: stripe.StripeClient
) -> None:
    intent = debit(world, client)
    refund = client.v1.refunds.create({"payment_intent": intent, "amount": 2_000})
    assert (state(client, refund), refund.balance_transaction) == (("pending", "charge_pending"), None)
    world.settle(intent)
    assert state(client, refund) == ("pending", "processing")
    world.clock.advance(10)
    assert state(client, refund) == ("succeeded", None)


def test_a_refund_of_a_payment_that_never_arrives_is_canceled(world: World, client: stripe.StripeClient) -> None:
    intent = debit(world, client)
    refund = client.v1.refunds.create({"payment_intent": intent})
    world.settle(intent, "failed")
    assert state(client, refund) == ("canceled", None)
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 0)


def test_a_payment_on_its_way_is_not_refunded_twice(world: World, client: stripe.StripeClient) -> None:
    intent = debit(world, client)
    client.v1.refunds.create({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent})
    assert caught.value.code == "charge_already_refunded"


def test_nothing_is_added_by_adding_nothing(world: World) -> None:
    with pytest.raises(Refused):
        world.top_up(STUDIO, 0)
