from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe
from flask import Flask
from sandbox_builders import NOON, pay

from sandbox.accounts import STUDIO
from sandbox.client import InProcessClient
from sandbox.server import create_sandbox
from sandbox.settings import Settings
from sandbox.world import World


@pytest.fixture
def app() -> Iterator[Flask]:
    app = create_sandbox(None, Settings())
    yield app
    app.extensions["world"].store.close()


@pytest.fixture
def world(app: Flask) -> World:
    world: World = app.extensions["world"]
    world.clock.set(NOON)
    world.connect(STUDIO)
    return world


@pytest.fixture
def transport(app: Flask) -> InProcessClient:
    return InProcessClient(app)


@pytest.fixture
def client(world: World, transport: InProcessClient) -> stripe.StripeClient:
    """The SDK, acting on Northwind Studio."""
    key, client_id = world.settings.secret_key, world.settings.client_id
    return stripe.StripeClient(key, client_id=client_id, stripe_account=STUDIO, http_client=transport)


@pytest.fixture
def platform(world: World, transport: InProcessClient) -> stripe.StripeClient:
    key, client_id = world.settings.secret_key, world.settings.client_id
    return stripe.StripeClient(key, client_id=client_id, http_client=transport)


@pytest.fixture
def paid(world: World, client: stripe.StripeClient) -> stripe.Charge:
    return pay(world, client)
