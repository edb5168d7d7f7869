"""Customers at their browsers; Stripe's page is the sandbox's."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, current_app
from seats import Seat
from werkzeug.serving import make_server


@pytest.fixture
def till(desk: str, one_sandbox: Flask, window: Seat, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of Stripe's page, which leads back to this desk."""
    server = make_server("127.0.0.1", 0, one_sandbox, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address, world = f"http://127.0.0.1:{server.port}", one_sandbox.extensions["world"]
    monkeypatch.setattr(world, "settings", replace(world.settings, base_url=address))
    monkeypatch.setitem(current_app.config, "STRIPE_API_BASE", address)
    monkeypatch.setitem(current_app.config, "PUBLIC_URL", desk)
    window.also = (address,)
    yield address
    server.shutdown()
