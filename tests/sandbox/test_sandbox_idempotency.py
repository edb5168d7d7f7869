from __future__ import annotations

import threading

import pytest
import stripe
from sandbox_builders import NOON, order, pay

from sandbox.accounts import EUROPE, STUDIO
from sandbox.client import InProcessClient
from sandbox.world import World

KEY = {"idempotency_key": "3c6e:1"}


def test_a_replayed_key_answers_the_first_body(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    first = client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY)
    again = client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY)
    assert again.id == first.id
    assert len(client.v1.refunds.list().data) == 1
    headers = again.last_response.headers
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first.last_response.headers["Request-Id"]


def test_other_parameters_with_the_same_key_are_an_error(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.v1.refunds.create({"charge": paid.id, "amount": 600}, KEY)


def test_another_endpoint_with_the_same_key_is_an_error(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.checkout.sessions.create(order(), KEY)


def test_keys_belong_to_one_account(world: World, client: stripe.StripeClient) -> None:
    world.connect(EUROPE)
    first = client.v1.checkout.sessions.create(order(), KEY)
    other = client.v1.checkout.sessions.create(order(), {**KEY, "stripe_account": EUROPE})
    assert first.id != other.id


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_500_is_stored_and_replayed(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, when: str
) -> None:
    world.faults.add("POST /v1/refunds", "500", when=when)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.refunds.create({"charge": paid.id}, KEY)
    assert len(client.v1.refunds.list().data) == (1 if when == "after" else 0)


def test_a_refusal_by_the_endpoint_is_stored(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    dispute = world.dispute(paid.id)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.refunds.create({"charge": paid.id}, KEY)
        world.store.remove(dispute["id"])
    assert caught.value.headers["Idempotent-Replayed"] == "true"


def test_wrong_parameters_are_not_stored(client: stripe.StripeClient, paid: stripe.Charge) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"charge": paid.id, "amount": 0}, KEY)
    assert client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY).amount == 500


@pytest.mark.parametrize("kind", ["429", "409"])
def test_what_ended_before_the_work_is_not_stored(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, kind: str
) -> None:
    world.faults.add("POST /v1/refunds", kind)
    with pytest.raises(stripe.StripeError) as caught:
        client.v1.refunds.create({"charge": paid.id}, KEY)
    assert caught.value.http_status == int(kind)
    assert client.v1.refunds.create({"charge": paid.id}, KEY).status == "succeeded"


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_cut_line_hides_what_was_done(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, when: str, made: int
) -> None:
    world.faults.add("POST /v1/refunds", "reset", when=when)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create({"charge": paid.id}, KEY)
    assert len(client.v1.refunds.list().data) == made
    client.v1.refunds.create({"charge": paid.id}, KEY)
    assert len(client.v1.refunds.list().data) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_slower_than_the_client_waits_is_lost_but_the_work_is_done(
    world: World, transport: InProcessClient, client: stripe.StripeClient, paid: stripe.Charge, when: str
) -> None:
    transport.timeout = 8
    world.faults.add("POST /v1/refunds", "slow", when=when, seconds=9)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create({"charge": paid.id}, KEY)
    assert len(client.v1.refunds.list().data) == 1


def test_a_key_in_flight_answers_409(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    inside, leave = threading.Event(), threading.Event()
    world.faults.sleep = lambda _: (inside.set(), leave.wait(10))
    world.faults.add("POST /v1/refunds", "slow", seconds=1)
    first = threading.Thread(target=lambda: client.v1.refunds.create({"charge": paid.id}, KEY))
    first.start()
    assert inside.wait(10)
    with pytest.raises(stripe.APIError) as caught:
        client.v1.refunds.create({"charge": paid.id}, KEY)
    leave.set()
    first.join()
    assert (caught.value.http_status, caught.value.error.code) == (409, "idempotency_key_in_use")
    assert len(client.v1.refunds.list().data) == 1


def test_after_a_day_a_key_makes_another_object(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY)
    world.clock.set(NOON + 24 * 3600)
    client.v1.refunds.create({"charge": paid.id, "amount": 500}, KEY)
    assert len(client.v1.refunds.list().data) == 2


def test_a_replay_does_not_mind_that_its_parameters_are_too_late_now(world: World, client: stripe.StripeClient) -> None:
    params = order(expires_at=NOON + 1_800)
    first = client.v1.checkout.sessions.create(params, KEY)
    world.clock.advance(600)
    assert client.v1.checkout.sessions.create(params, KEY).id == first.id
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        client.v1.checkout.sessions.create(params)


def test_twenty_refunds_at_once_never_take_more_than_was_paid(world: World, client: stripe.StripeClient) -> None:
    charge = pay(world, client)
    outcomes: list[str] = []

    def refund() -> None:
        try:
            outcomes.append(str(client.v1.refunds.create({"charge": charge.id, "amount": 5_000}).status))
        except stripe.InvalidRequestError:
            outcomes.append("refused")

    threads = [threading.Thread(target=refund) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 18 + ["succeeded"] * 2
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 10_000
    assert world.owner(charge.id) == STUDIO
