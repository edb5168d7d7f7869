from __future__ import annotations

import http.client
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest
import stripe
from flask import Flask
from sandbox_builders import NOON, order, over_http, pay

from sandbox.accounts import STUDIO
from sandbox.client import InProcessClient
from sandbox.params import parse
from sandbox.world import World


def test_lists_come_newest_first_in_pages(world: World, client: stripe.StripeClient) -> None:
    ids = [client.v1.checkout.sessions.create(order()).id for _ in range(5)][::-1]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([one.id for one in first], first.has_more, first.url) == (ids[:2], True, "/v1/checkout/sessions")
    last = client.v1.checkout.sessions.list({"limit": 3, "starting_after": ids[1]})
    assert ([one.id for one in last], last.has_more) == (ids[2:], False)
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": ids[4]})
    assert ([one.id for one in back], back.has_more) == (ids[2:4], True)
    assert [one.id for one in first.auto_paging_iter()] == ids


def test_lists_filter_by_time(world: World, client: stripe.StripeClient) -> None:
    old = client.v1.checkout.sessions.create(order())
    world.clock.set(NOON + 100)
    new = client.v1.checkout.sessions.create(order())
    found = client.v1.checkout.sessions.list({"created": {"gte": NOON + 100}})
    assert [one.id for one in found] == [new.id]
    assert [one.id for one in client.v1.checkout.sessions.list({"created": {"lt": NOON + 100}})] == [old.id]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 101}, {"starting_after": "cs_none"}, {"metadata": {"a": "b"}}]
)
def test_a_wrong_page_is_refused(client: stripe.StripeClient, params: dict[str, object]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.list(params)  # type: ignore[arg-type]


def test_an_unknown_endpoint_is_404_and_is_remembered(world: World, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as caught:
        client.v1.customers.create({"name": "Ada"})
    assert caught.value.http_status == 404
    assert [entry["path"] for entry in world.requests if entry["unknown"]] == ["/v1/customers"]


def test_an_unknown_object_is_404(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.retrieve("pi_none")
    error = caught.value
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "intent")
    assert error.request_id.startswith("req_")


def test_a_body_of_another_type_is_refused(app: Flask, world: World) -> None:
    headers = {"Authorization": f"Bearer {world.settings.secret_key}", "Stripe-Account": STUDIO}
    answer = app.test_client().post("/v1/refunds", json={"charge": "ch_1"}, headers=headers)
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.get_json()["error"]["message"]


def test_the_hook_hears_every_call(transport: InProcessClient, client: stripe.StripeClient) -> None:
    heard: list[tuple[str, str]] = []
    transport.before_call = lambda method, url: heard.append((method, url))
    client.v1.charges.list({"limit": 1})
    assert heard == [("get", "https://api.stripe.com/v1/charges?limit=1")]


def test_the_version_is_answered(client: stripe.StripeClient) -> None:
    assert client.v1.charges.list().last_response.headers["Stripe-Version"] == stripe.api_version
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        client.v1.charges.list(None, {"stripe_version": "tomorrow"})


def test_nested_form_keys_are_parsed() -> None:
    pairs = [("a[b][0][c]", "1"), ("a[b][1][c]", "2"), ("e[]", "x"), ("e[]", "y")]
    assert parse(pairs) == {"a": {"b": {"0": {"c": "1"}, "1": {"c": "2"}}}, "e": {"0": "x", "1": "y"}}


def test_faults_are_for_their_route_and_number_of_times(world: World, client: stripe.StripeClient) -> None:
    world.faults.add("GET /v1/charges/*", "404")
    charge = pay_without_fault(world, client)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.charges.retrieve(charge)
    assert client.v1.charges.retrieve(charge).id == charge
    assert world.faults.waiting() == []


def pay_without_fault(world: World, client: stripe.StripeClient) -> str:
    session = client.v1.checkout.sessions.create(order())
    world.pay(session.id)
    return client.v1.charges.list({"limit": 1}).data[0].id


def test_the_world_survives_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    from sandbox.server import create_sandbox

    folder = tmp_path_factory.mktemp("sandbox")
    key = "sk_test_sandbox"
    apps = [create_sandbox(folder) for _ in range(2)]
    clients = [stripe.StripeClient(key, stripe_account=STUDIO, http_client=InProcessClient(app)) for app in apps]
    apps[0].extensions["world"].connect(STUDIO)
    charge = pay(apps[0].extensions["world"], clients[0])
    refund = clients[1].v1.refunds.create({"charge": charge.id})
    assert refund.amount == 12_000


def test_over_http_a_reset_cuts_the_line_at_once(app: Flask, world: World) -> None:
    world.faults.add("GET /v1/charges", "reset")
    with over_http(app) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        connection.request("GET", "/v1/charges", headers={"Authorization": f"Bearer {world.settings.secret_key}"})
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
        connection.close()


def test_an_answer_says_what_time_it_is_at_stripe(app: Flask, world: World, client: stripe.StripeClient) -> None:
    noon = format_datetime(datetime.fromtimestamp(NOON, UTC), usegmt=True)
    assert client.v1.charges.list().last_response.headers["Date"] == noon
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.retrieve("ch_none")
    assert caught.value.headers["Date"] == noon
    with over_http(app) as url, closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)) as connection:
        connection.request("GET", "/mailbox/messages.json")
        assert connection.getresponse().msg.get_all("Date") == [noon]
