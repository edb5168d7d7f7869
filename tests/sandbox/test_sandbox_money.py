from __future__ import annotations

import pytest
import stripe
from sandbox_builders import NOON, order, pay

from sandbox.accounts import STUDIO
from sandbox.errors import Refused
from sandbox.world import World

DAY = 86_400


def test_a_charge_costs_its_fee_and_is_available_two_days_later(
    world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    transaction = client.v1.balance_transactions.retrieve(paid.balance_transaction)
    assert (transaction.amount, transaction.fee, transaction.net) == (12_000, 378, 11_622)
    assert (transaction.status, transaction.available_on) == ("pending", NOON + 2 * DAY)
    assert client.v1.balance.retrieve().pending[0].amount == 11_622
    world.clock.advance(2 * DAY)
    assert client.v1.balance_transactions.retrieve(transaction.id).status == "available"
    assert client.v1.balance.retrieve().available[0].amount == 11_622


def test_a_payout_takes_what_is_available_and_names_its_transactions(
    world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    world.clock.advance(2 * DAY)
    later = pay(world, client)
    payout = client.v1.payouts.retrieve(world.payout(STUDIO)[0]["id"])
    assert (payout.amount, payout.automatic, payout.reconciliation_status) == (11_622, True, "completed")
    sources = {one.source for one in client.v1.balance_transactions.list({"payout": payout.id})}
    assert sources == {payout.id, paid.id}
    assert later.id not in sources
    assert client.v1.balance.retrieve().available[0].amount == 0


def test_a_payout_arrives_on_its_date(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    world.clock.advance(2 * DAY)
    payout = client.v1.payouts.retrieve(world.payout(STUDIO)[0]["id"])
    assert (payout.status, payout.trace_id.status) == ("in_transit", "pending")
    world.clock.set(payout.arrival_date)
    payout = client.v1.payouts.retrieve(payout.id)
    assert (payout.status, payout.trace_id.status) == ("paid", "supported")
    assert client.v1.events.list({"type": "payout.*"}).data[0].type == "payout.paid"


def test_nothing_available_is_no_payout(world: World, paid: stripe.Charge) -> None:
    with pytest.raises(Refused, match="two days"):
        world.payout(STUDIO)


@pytest.mark.parametrize(("outcome", "nets"), [("won", [-13_500, 12_000]), ("lost", [-13_500])])
def test_a_dispute_takes_the_money_and_gives_it_back_if_won(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, outcome: str, nets: list[int]
) -> None:
    dispute = world.dispute(paid.id, due_by=NOON + 5 * DAY)
    assert client.v1.charges.retrieve(paid.id).disputed
    world.close_dispute(dispute["id"], outcome)
    found = client.v1.disputes.list({"payment_intent": paid.payment_intent}).data[0]
    assert (found.status, found.evidence_details.due_by) == (outcome, NOON + 5 * DAY)
    assert [one.net for one in found.balance_transactions] == nets
    assert client.v1.events.list().data[0].type == "charge.dispute.closed"


def test_the_dispute_card_is_disputed_right_after_it_paid(world: World, client: stripe.StripeClient) -> None:
    charge = pay(world, client, "4000000000000259")
    dispute = client.v1.disputes.list({"charge": charge.id}).data[0]
    assert (charge.disputed, dispute.reason, dispute.is_charge_refundable) == (True, "fraudulent", False)


@pytest.mark.parametrize(
    ("card", "brand", "code"), [("4242424242424242", "visa", "10.4"), ("5555555555554444", "mastercard", "4837")]
)
def test_a_charge_and_its_dispute_name_the_network_of_the_card(
    world: World, client: stripe.StripeClient, card: str, brand: str, code: str
) -> None:
    charge = pay(world, client, card)
    disputed = world.dispute(charge.id)["payment_method_details"]["card"]
    paid_with = charge.payment_method_details.card
    assert (paid_with.brand, paid_with.network, paid_with.last4) == (brand, brand, card[-4:])
    assert (disputed["brand"], disputed["network"], disputed["network_reason_code"]) == (brand, brand, code)


def test_an_inquiry_closes_without_a_winner(world: World, paid: stripe.Charge) -> None:
    dispute = world.dispute(paid.id, status="warning_needs_response")
    with pytest.raises(Refused):
        world.close_dispute(dispute["id"], "won")
    assert world.close_dispute(dispute["id"], "warning_closed")["status"] == "warning_closed"


def test_money_earned_elsewhere_carries_nothing_of_ours(world: World, client: stripe.StripeClient) -> None:
    charge = client.v1.charges.retrieve(world.foreign_charge(STUDIO, 4_900, "usd")["id"])
    assert (charge.metadata.to_dict(), charge.application, charge.paid) == ({}, None, True)
    assert client.v1.checkout.sessions.list({"payment_intent": charge.payment_intent}).data == []


def test_one_expands_through_several_objects(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    paths = ["data.latest_charge.balance_transaction", "data.payment_method"]
    intent = client.v1.payment_intents.list({"expand": paths}).data[0]
    assert intent.latest_charge.balance_transaction.source == paid.id
    with pytest.raises(stripe.InvalidRequestError, match=r"cannot be expanded \(amount\)"):
        client.v1.payment_intents.retrieve(intent.id, {"expand": ["amount"]})


def test_the_card_number_is_known_to_nobody(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    answers = [client.v1.charges.retrieve(paid.id), client.v1.events.list({"limit": 100})]
    assert all("4242424242424242" not in str(answer) for answer in answers)


def test_money_in_another_currency_is_settled_in_the_accounts_own(world: World, client: stripe.StripeClient) -> None:
    price = {"currency": "eur", "unit_amount": 10_000, "product_data": {"name": "Tea"}}
    charge = pay(world, client, line_items=[{"price_data": price, "quantity": 1}])
    booked = client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (charge.amount, charge.currency) == (10_000, "eur")
    assert (booked.amount, booked.currency, booked.exchange_rate) == (10_800, "usd", 1.08)
    client.v1.refunds.create({"charge": charge.id})
    assert client.v1.balance_transactions.list({"type": "refund"}).data[0].amount == -10_800


def test_an_amount_must_also_be_worth_the_smallest_charge_after_conversion(client: stripe.StripeClient) -> None:
    price = {"currency": "jpy", "unit_amount": 60, "product_data": {"name": "Tea"}}
    with pytest.raises(stripe.InvalidRequestError, match=r"¥60 converts to approximately \$0.40") as caught:
        client.v1.checkout.sessions.create(order(line_items=[{"price_data": price, "quantity": 1}]))
    assert caught.value.code == "amount_too_small"
