from __future__ import annotations

from pathlib import Path

from flask import Flask

from sandbox import checkout_page, control, control_page, mailbox_page, oauth
from sandbox.api import pipeline
from sandbox.guard import guard
from sandbox.settings import Settings
from sandbox.world import World

ROOMS = (oauth, checkout_page, control, control_page, mailbox_page)


def create_sandbox(state: Path | None = None, settings: Settings | None = None) -> Flask:
    """The whole sandbox over one world, which is `app.extensions["world"]`; in memory without a folder."""
    app = Flask(__name__)
    world = World(state, settings)
    app.extensions["world"] = world
    # A cut connection has to reach the server, or the client in this process, as what it is.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    guard(app)
    pipeline.init_app(app, world)
    for room in ROOMS:
        room.init_app(app, world)
    return app
