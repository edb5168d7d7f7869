from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pytest
import stripe
from sandbox_builders import NOON, order, pay

from sandbox.accounts import EUROPE, STUDIO
from sandbox.settings import API_VERSION, Settings
from sandbox.world import World


class Receiver:
    """An endpoint of webhooks that verifies each delivery as the product does."""

    def __init__(self, secret: str, *answers: int) -> None:
        self.secret = secret
        self.answers = list(answers)
        self.events: list[stripe.Event] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.events.append(stripe.Webhook.construct_event(body, headers["Stripe-Signature"], self.secret))
        return self.answers.pop(0) if self.answers else 200

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]


@pytest.fixture
def receiver(world: World) -> Receiver:
    world.deliveries.deliver(lambda url, body, headers: 200)
    return Receiver(world.settings.webhook_secret)


def test_a_payment_tells_its_whole_story(world: World, client: stripe.StripeClient, receiver: Receiver) -> None:
    pay(world, client)
    assert world.deliveries.deliver(receiver) == 5
    assert receiver.types == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]
    event = receiver.events[1]
    assert (event.account, event.api_version, event.livemode) == (STUDIO, API_VERSION, False)
    assert event.data.object.balance_transaction is None
    assert receiver.events[3].data.previous_attributes.to_dict() == {"balance_transaction": None}


def test_an_event_names_the_request_that_caused_it(
    world: World, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    refund = client.v1.refunds.create({"charge": paid.id}, {"idempotency_key": "k1"})
    event = client.v1.events.list({"type": "refund.created"}).data[0]
    assert event.request.idempotency_key == "k1"
    assert event.request.id == refund.last_response.headers["Request-Id"]


def test_a_refused_delivery_is_tried_again_until_it_is_accepted(
    world: World, client: stripe.StripeClient, receiver: Receiver
) -> None:
    receiver.answers = [500]
    client.v1.checkout.sessions.expire(client.v1.checkout.sessions.create(order()).id)
    assert world.deliveries.deliver(receiver) == 1
    assert [e.pending_webhooks for e in client.v1.events.list({"delivery_success": False})] == [1]
    assert world.deliveries.deliver(receiver) == 0
    world.clock.advance(1)
    assert world.deliveries.deliver(receiver) == 1
    assert client.v1.events.list({"delivery_success": False}).data == []
    assert client.v1.events.retrieve(receiver.events[0].id).pending_webhooks == 0


def test_an_unreachable_endpoint_is_given_up_after_three_days(world: World, client: stripe.StripeClient) -> None:
    def unreachable(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        raise ConnectionRefusedError("nobody there")

    tries = 0
    for _ in range(100):
        tries += world.deliveries.deliver(unreachable)
        world.clock.advance(3600)
    assert world.deliveries.recent()[0]["outcome"] == "failed"
    assert 70 < tries < 80


@pytest.mark.parametrize(
    ("mode", "received"), [("hold", 0), ("drop", 0), ("normal", 5), ("shuffle", 5), ("repeat", 10)]
)
def test_deliveries_have_modes(
    world: World, client: stripe.StripeClient, receiver: Receiver, mode: str, received: int
) -> None:
    pay(world, client)
    world.deliveries.mode = mode
    world.deliveries.deliver(receiver)
    assert len(receiver.events) == received


def test_held_deliveries_go_out_later_and_dropped_ones_never(
    world: World, client: stripe.StripeClient, receiver: Receiver
) -> None:
    pay(world, client)
    world.deliveries.mode = "hold"
    world.deliveries.deliver(receiver)
    world.deliveries.mode = "normal"
    world.deliveries.deliver(receiver)
    assert len(receiver.events) == 5
    world.deliveries.mode = "drop"
    pay(world, client)
    world.deliveries.deliver(receiver)
    world.deliveries.mode = "normal"
    assert world.deliveries.deliver(receiver) == 0
    assert len(client.v1.events.list({"delivery_success": False, "limit": 100}).data) == 5


def test_an_account_that_is_not_connected_sends_nothing(world: World, receiver: Receiver) -> None:
    world.foreign_charge(EUROPE, 500, "eur")
    assert world.deliveries.deliver(receiver) == 0


def test_events_reach_thirty_days_back(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    assert len(client.v1.events.list({"created": {"gte": NOON}, "limit": 100}).data) == 6
    assert [e.type for e in client.v1.events.list({"types": ["charge.succeeded"]})] == ["charge.succeeded"]
    world.clock.advance(30 * 86_400)
    assert client.v1.events.list().data == []


def test_the_queue_survives_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("sandbox")
    before = World(folder, Settings())
    before.connect(STUDIO)
    after = World(folder, Settings())
    receiver = Receiver(after.settings.webhook_secret)
    after.deliveries.deliver(receiver)
    assert receiver.types == ["account.application.authorized"]
    assert after.scope_of(STUDIO) == "read_write"


def test_a_folder_of_an_older_sandbox_opens_and_hears_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("sandbox")
    World(folder, Settings()).store.close()
    with closing(sqlite3.connect(folder / "stripe.db")) as old:
        old.executescript(
            "PRAGMA user_version = 0; DELETE FROM objects WHERE kind = 'webhook_endpoint'; DROP TABLE deliveries;"
            "CREATE TABLE deliveries (seq INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, account TEXT NOT NULL)"
        )
    world = World(folder, Settings())
    world.connect(STUDIO)
    receiver = Receiver(world.settings.webhook_secret)
    world.deliveries.deliver(receiver)
    assert receiver.types == ["account.application.authorized"]
