"""`python -m sandbox`: HTTP and SMTP in one process, until SIGINT or SIGTERM."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.server import create_sandbox
from sandbox.settings import Settings
from sandbox.smtp import start_smtp

if TYPE_CHECKING:
    from flask import Flask

    from sandbox.world import World

_PAUSE = 0.2
_POLL = 0.05
_PATIENCE = 10  # seconds for the receiver of a webhook


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """One delivery. Redirects are not followed: https://docs.stripe.com/webhooks#fix-http-status-codes."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_PATIENCE)
    try:
        connection.request("POST", parts.path or "/", body, dict(headers))
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def keep_delivering(world: World, done: threading.Event) -> None:
    while not done.wait(_PAUSE):
        world.tick()
        world.deliveries.deliver(post)


class _Line(WSGIRequestHandler):
    """Hangs up when the fault `reset` cuts the line: kept alive, the connection would only fall silent."""

    def connection_dropped(self, error: BaseException, environ: object = None) -> None:
        self.close_connection = True

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without the Date that http.server adds by itself: the answers have one, of the world's clock."""
        self.log_request(code)
        self.send_response_only(code, message)


def serve(app: Flask, port: int) -> BaseWSGIServer:
    return make_server("127.0.0.1", port, app, threaded=True, request_handler=_Line)


def main(environ: Mapping[str, str]) -> int:
    settings = Settings.from_environment(environ)
    state = environ.get("SANDBOX_STATE")
    app = create_sandbox(Path(state) if state else None, settings)
    world: World = app.extensions["world"]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    server = serve(app, urlsplit(settings.base_url).port or 8001)
    try:
        mail = start_smtp(world, settings.smtp_port)
    except OSError as error:
        sys.exit(f"The sandbox cannot take mail on port {settings.smtp_port}: {error}")
    workers = [
        threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True),
        threading.Thread(target=keep_delivering, args=(world, done), daemon=True),
    ]
    for worker in workers:
        worker.start()
    done.wait()
    mail.stop()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
