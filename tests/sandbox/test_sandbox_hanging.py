"""The fault `hang`: Stripe is silent until the test lets it speak. Nobody sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe
from flask import Flask
from sandbox_builders import over_http

from sandbox.accounts import STUDIO
from sandbox.client import InProcessClient
from sandbox.errors import Refused
from sandbox.world import World

KEY = {"idempotency_key": "3c6e:1"}
ROUTE = "POST /v1/refunds"


@pytest.fixture
def aside(world: World) -> Iterator[ThreadPoolExecutor]:
    """Where calls are made while the test goes on; at the end nothing hangs any more."""
    with ThreadPoolExecutor(8) as pool:
        yield pool
        world.faults.clear()


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_call_hangs_until_it_is_released(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, aside: ThreadPoolExecutor, when: str, made: int
) -> None:
    world.faults.add(ROUTE, "hang", when=when)
    call = aside.submit(client.v1.refunds.create, {"charge": paid.id}, KEY)
    world.faults.wait_until_hanging(1)
    assert len(client.v1.refunds.list().data) == made
    assert world.faults.release() == 1
    assert call.result(10).status == "succeeded"
    assert (len(client.v1.refunds.list().data), world.faults.hanging) == (1, 0)


def test_in_process_the_test_decides_however_short_the_client_s_patience(
    world: World,
    transport: InProcessClient,
    client: stripe.StripeClient,
    paid: stripe.Charge,
    aside: ThreadPoolExecutor,
) -> None:
    transport.timeout = 0.001
    world.faults.add(ROUTE, "hang")
    call = aside.submit(client.v1.refunds.create, {"charge": paid.id})
    world.faults.wait_until_hanging(1)
    world.faults.release()
    assert call.result(10).status == "succeeded"


def test_a_repeat_of_what_hangs_is_told_that_the_first_is_in_flight(
    world: World, client: stripe.StripeClient, paid: stripe.Charge, aside: ThreadPoolExecutor
) -> None:
    world.faults.add(ROUTE, "hang")
    first = aside.submit(client.v1.refunds.create, {"charge": paid.id}, KEY)
    world.faults.wait_until_hanging(1)
    with pytest.raises(stripe.StripeError) as caught:
        client.v1.refunds.create({"charge": paid.id}, KEY)
    world.faults.release()
    assert (caught.value.http_status, first.result(10).amount) == (409, 12_000)


def test_a_release_ends_the_hanging_for_those_to_come_too(
    world: World, client: stripe.StripeClient, aside: ThreadPoolExecutor
) -> None:
    world.faults.add("GET /v1/charges", "hang", times=50)
    calls = [aside.submit(client.v1.charges.list) for _ in range(5)]
    world.faults.wait_until_hanging(5)
    world.faults.release()
    assert [call.result(10).data for call in calls] == [[]] * 5
    assert (client.v1.charges.list().data, world.faults.waiting()) == ([], [])


def test_a_release_also_frees_what_has_only_just_come(world: World) -> None:
    world.faults.add("GET /v1/charges", "hang")
    fault = world.faults.take("GET", "/v1/charges")
    world.faults.release()
    assert fault
    world.faults.hang(fault)  # comes back at once


def test_what_nobody_releases_is_cut_off(world: World, client: stripe.StripeClient) -> None:
    world.faults.longest_hang = 0.0
    world.faults.add("GET /v1/charges", "hang")
    with pytest.raises(stripe.APIConnectionError, match="Nobody released"):
        client.v1.charges.list()
    with pytest.raises(Refused, match="0 requests hang, not 1"):
        world.faults.wait_until_hanging(1, patience=0.0)


def test_the_exchange_of_an_oauth_code_can_hang_too(
    world: World, platform: stripe.StripeClient, aside: ThreadPoolExecutor
) -> None:
    world.faults.add("POST /oauth/deauthorize", "hang")
    call = aside.submit(platform.oauth.deauthorize, {"stripe_user_id": STUDIO})
    world.faults.wait_until_hanging(1)
    assert world.scope_of(STUDIO)
    world.faults.release()
    assert call.result(10).stripe_user_id == STUDIO


def test_over_http_a_client_that_gives_up_learns_nothing_and_the_work_is_done_all_the_same(
    app: Flask, world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    impatient = stripe.RequestsClient(timeout=0.2)
    world.faults.add(ROUTE, "hang")
    with over_http(app) as url:
        remote = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": url}, http_client=impatient)
        with pytest.raises(stripe.APIConnectionError):
            remote.v1.refunds.create({"charge": paid.id}, {"stripe_account": STUDIO, **KEY})
        assert (world.faults.hanging, client.v1.refunds.list().data) == (1, [])
        world.faults.release()
    assert client.v1.refunds.list().data[0].amount == 12_000


@pytest.mark.parametrize("kind", ["400", "401", "403", "404", "409", "429"])
def test_what_stripe_turns_away_it_has_not_done(world: World, kind: str) -> None:
    with pytest.raises(Refused, match="instead of doing the work"):
        world.faults.add(ROUTE, kind, when="after")
