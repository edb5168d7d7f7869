"""One server and one Chromium for each file of browser tests; builders make its rows, so it begins in seconds."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import builders
import pytest
from builders import EMAILS
from flask import Flask
from fresh import at_work, begin_again
from mail_sink import Mailbox
from playwright.sync_api import Browser, sync_playwright
from seats import Seat
from servers import QUIET, chromium_path
from werkzeug.serving import make_server


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    one_sandbox: Flask,
    mail_server: Mailbox,
    product: Callable[[str], Flask],
) -> Iterator[str]:
    """The address of the product; its application context is pushed for builders. Work waits for `come_home()`."""
    file = tmp_path_factory.mktemp("desk") / "paydesk.db"
    shutil.copy(sqlite_template, file)
    begin_again(one_sandbox.extensions["world"])
    mail_server.fresh()
    with at_work(product(f"sqlite:///{file}"), one_sandbox) as app:
        for role in EMAILS:
            builders.person(role)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture
def window(desk: str, chromium: Browser) -> Iterator[Seat]:
    """`window("staff")`: a page of that person's own; an error in the console or a request elsewhere fails the test."""
    seat = Seat(desk, chromium)
    yield seat
    for context in seat.contexts:
        context.close()
    assert seat.wrong == []
