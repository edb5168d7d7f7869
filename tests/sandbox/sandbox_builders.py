from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from flask import Flask

from sandbox.__main__ import serve
from sandbox.world import World

NOON = 1_790_000_000


def order(**changes: Any) -> Any:
    """Parameters of a Checkout Session over 120.00 USD."""
    price = {"currency": "usd", "unit_amount": 12_000, "product_data": {"name": "Invoice 2026-0001"}}
    params = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": "http://127.0.0.1:8000/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:8000/pay",
    }
    return params | changes


def pay(world: World, client: stripe.StripeClient, card: str = "4242424242424242", **changes: Any) -> stripe.Charge:
    """A whole payment, from the session to its charge."""
    session = client.v1.checkout.sessions.create(order(**changes))
    world.pay(session.id, card)
    return charge_of(client, session.id)


def charge_of(client: stripe.StripeClient, session_id: str) -> stripe.Charge:
    session = client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent.latest_charge"]})
    return session.payment_intent.latest_charge


@contextmanager
def over_http(app: Flask, port: int = 0) -> Iterator[str]:
    """The sandbox as a server with threads; gives its address. At the end what hangs is let go, and finished."""
    server = serve(app, port)
    server.daemon_threads = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        app.extensions["world"].faults.clear()
        server.shutdown()
        thread.join()
        server.server_close()
