"""The mailbox of the demo: a message as its receiver's mail program shows it."""

from email.message import EmailMessage

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

from sandbox.world import World

PNG = b"\x89PNG\r\n\x1a\n"
WAYS = "<http://127.0.0.1:8000/pay/x/reminders>, <mailto:help@example.com?subject=unsubscribe>"


@pytest.fixture
def browser(app: Flask, world: World) -> FlaskClient:
    """With one message, which brings its picture, a document and an odd file."""
    message = EmailMessage()
    message["Subject"], message["List-Unsubscribe"] = "Reminder", WAYS
    message.set_content("Pay here")
    message.add_alternative('<img src="cid:0a1b@logo" alt="Northwind">', "html")
    _, html = message.get_payload()  # type: ignore[misc]
    html.add_related(PNG, "image", "png", cid="<0a1b@logo>", disposition="inline")  # type: ignore[union-attr]
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Invoice-2026-0001.pdf")
    message.add_attachment(b"<script>", maintype="text", subtype="html", filename="الفاتورة.html")
    world.mailbox.receive("a@example.com", ["b@example.com"], message.as_bytes())
    return app.test_client()


def page(world: World, part: str = "") -> str:
    return f"/mailbox/{world.mailbox.newest()}{part}"


def test_pictures_that_a_message_brings_are_shown_in_it(browser: FlaskClient, world: World) -> None:
    shown = browser.get(page(world, "/html")).text
    assert ("cid:" in shown, 'src="data:image/png;base64,iVBORw0KGgo=" alt="Northwind"' in shown) == (False, True)


def test_a_document_opens_in_the_window_and_nothing_else_does(browser: FlaskClient, world: World) -> None:
    document, odd = (browser.get(page(world, f"/attachments/{index}")) for index in (0, 1))
    assert (document.mimetype, document.data) == ("application/pdf", b"%PDF-1.7")
    assert document.headers["Content-Disposition"] == "inline; filename=Invoice-2026-0001.pdf"
    assert odd.mimetype == "application/octet-stream"
    named = odd.headers["Content-Disposition"]
    assert (named.startswith("attachment"), named.isascii()) == (True, True)
    assert parse_options_header(named)[1]["filename"] == "الفاتورة.html"


def test_it_says_how_its_reader_gets_no_more(browser: FlaskClient, world: World) -> None:
    shown = browser.get(page(world)).text
    assert "&lt;http://127.0.0.1:8000/pay/x/reminders&gt;" in shown
    assert "Invoice-2026-0001.pdf" in shown
