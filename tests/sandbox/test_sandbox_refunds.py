from __future__ import annotations

import pytest
import stripe
from sandbox_builders import order, pay

from sandbox.accounts import STUDIO
from sandbox.errors import Refused
from sandbox.world import World


def types(client: stripe.StripeClient, pattern: str) -> list[str]:
    return [event.type for event in client.v1.events.list({"type": pattern})][::-1]


def test_a_card_refund_succeeds_at_once(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    refund = client.v1.refunds.create({"charge": paid.id, "amount": 2_000, "metadata": {"refund": "1"}})
    charge = client.v1.charges.retrieve(paid.id, {"expand": ["refunds"]})
    assert (refund.status, refund.amount, refund.metadata.to_dict()) == ("succeeded", 2_000, {"refund": "1"})
    assert (charge.amount_refunded, charge.refunded) == (2_000, False)
    assert [one.id for one in charge.refunds] == [refund.id]
    assert types(client, "refund.*") == ["refund.created"]


def test_a_refund_without_an_amount_gives_back_all_that_is_left(
    client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 2_000})
    assert client.v1.refunds.create({"payment_intent": paid.payment_intent}).amount == 10_000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": paid.payment_intent})
    assert caught.value.code == "charge_already_refunded"


def test_more_than_what_is_left_is_refused(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"\(\$120.01\) is greater than .* \(\$120.00\)"):
        client.v1.refunds.create({"charge": paid.id, "amount": 12_001})


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, None),
        ({"charge": "ch_1", "payment_intent": "pi_1"}, "charge"),
        ({"charge": "ch_none"}, "charge"),
        ({"payment_intent": "pi_none"}, "payment_intent"),
        ({"charge": "ch_1", "amount": 0}, "amount"),
        ({"charge": "ch_1", "reason": "other"}, "reason"),
        ({"charge": "ch_1", "note": "x"}, "note"),
    ],
)
def test_a_wrong_refund_is_refused(client: stripe.StripeClient, params: dict[str, object], param: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create(params)  # type: ignore[arg-type]
    assert caught.value.param == param


def test_a_disputed_charge_cannot_be_refunded(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    world.dispute(paid.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"charge": paid.id})
    assert caught.value.code == "charge_disputed"


def test_an_inquiry_leaves_the_charge_refundable(
    world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    dispute = world.dispute(paid.id, status="warning_needs_response")
    assert dispute["balance_transactions"] == []
    assert client.v1.refunds.create({"charge": paid.id}).status == "succeeded"


def test_a_pending_refund_succeeds_later(world: World, client: stripe.StripeClient) -> None:
    charge = pay(world, client, "4000000000007726")
    refund = client.v1.refunds.create({"charge": charge.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    world.clock.advance(10)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert types(client, "refund.*") == ["refund.created", "refund.updated"]


def test_a_succeeded_refund_can_fail_later_and_the_money_comes_back(world: World, client: stripe.StripeClient) -> None:
    charge = pay(world, client, "4000000000005126")
    refund = client.v1.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"
    world.clock.advance(10)
    refund = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (refund.status, refund.failure_reason) == ("failed", "declined")
    assert refund.failure_balance_transaction.amount == 12_000
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert types(client, "refund.*") == ["refund.created", "refund.updated", "refund.failed"]


def test_what_failed_stays_failed(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    refund = client.v1.refunds.create({"charge": paid.id})
    world.set_refund(refund.id, "failed", "insufficient_funds")
    with pytest.raises(Refused):
        world.set_refund(refund.id, "succeeded")


def test_a_declined_payment_has_nothing_to_refund(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    with pytest.raises(Refused):
        world.pay(session.id, "4000000000000002")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent})


def test_new_refunds_wait_until_they_are_settled(
    client: stripe.StripeClient, world: World, paid: stripe.Charge
) -> None:
    world.refunds_wait = True
    refund = client.v1.refunds.create({"charge": paid.id, "amount": 2_000})
    world.clock.advance(3600)
    assert client.v1.refunds.retrieve(refund.id).status == "pending"
    world.set_refund(refund.id, "succeeded")
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_that_needs_the_customer_says_what_stripe_has_asked(
    world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    refund = client.v1.refunds.create({"charge": paid.id})
    world.set_refund(refund.id, "requires_action")
    asked = client.v1.refunds.retrieve(refund.id)
    assert (asked.status, asked.next_action.type) == ("requires_action", "display_details")
    assert asked.next_action.display_details.email_sent.email_sent_to == "jenny@example.com"
    world.set_refund(refund.id, "canceled")
    canceled = client.v1.refunds.retrieve(refund.id).to_dict()
    assert (canceled["status"], "next_action" in canceled) == ("canceled", False)
    assert client.v1.charges.retrieve(paid.id).amount_refunded == 0
    assert types(client, "refund.*") == ["refund.created", "refund.updated", "refund.updated"]


@pytest.mark.parametrize(("amount", "back"), [(2_000, 2_000), (None, 12_000)])
def test_the_owner_refunds_in_the_dashboard(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, amount: int | None, back: int
) -> None:
    refund = client.v1.refunds.retrieve(world.refund(paid.id, amount)["id"])
    assert (refund.amount, refund.metadata.to_dict(), refund.status) == (back, {}, "succeeded")
    assert client.v1.events.list({"type": "refund.created"}).data[0].request.idempotency_key is None
    with pytest.raises(Refused, match=r"greater than unrefunded amount|already been refunded"):
        world.refund(paid.id, 12_000)


def test_money_taken_elsewhere_may_carry_any_mark(world: World, client: stripe.StripeClient) -> None:
    made = world.strange_payment(STUDIO, 4_900, "eur", {"order": "7"})
    intent = client.v1.payment_intents.retrieve(made["id"], {"expand": ["latest_charge"]})
    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 4_900, "eur")
    assert intent.metadata.to_dict() == intent.latest_charge.metadata.to_dict() == {"order": "7"}
    assert client.v1.checkout.sessions.list().data == []
