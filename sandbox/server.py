from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response

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

    @app.after_request
    def tell_the_time(response: Response) -> Response:
        """By the world's clock, as every server says when it answered: RFC 9110, 6.6.1."""
        response.date = datetime.fromtimestamp(world.clock.now(), UTC)
        return response

    pipeline.init_app(app, world)
    for room in ROOMS:
        room.init_app(app, world)
    return app
