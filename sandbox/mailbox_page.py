"""The mailbox: every message as its receiver sees it."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, render_template, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from sandbox.mailbox import Message

if TYPE_CHECKING:
    from sandbox.world import World

# A message is a stranger's page: no scripts, no forms, nothing from other hosts; its links open at the top.
_MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self' http://127.0.0.1:* http://localhost:*; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation allow-popups "
    "allow-popups-to-escape-sandbox"
)


def init_app(app: Flask, world: World) -> None:
    pages = Blueprint("mailbox", __name__, url_prefix="/mailbox")
    for rule, name, view, methods in (
        ("", "list", _list, ["GET"]),
        ("", "delete", _clear, ["DELETE"]),
        ("/clear", "clear", _clear, ["POST"]),
        ("/messages.json", "messages", _messages, ["GET"]),
        ("/newest.json", "newest", _newest, ["GET"]),
        ("/<int:seq>", "show", _show, ["GET"]),
        ("/<int:seq>/html", "html", _html, ["GET"]),
        ("/<int:seq>/raw", "raw", _raw, ["GET"]),
        ("/<int:seq>/attachments/<int:index>", "attachment", _attachment, ["GET"]),
    ):
        pages.add_url_rule(rule, name, partial(view, world), methods=methods)
    app.register_blueprint(pages)


def _list(world: World) -> str:
    return render_template("mailbox.html", messages=world.mailbox.messages(), settings=world.settings)


def _messages(world: World) -> Response:
    return jsonify({"messages": [message.details() for message in world.mailbox.messages()]})


def _newest(world: World) -> Response:
    return jsonify({"newest": world.mailbox.newest()})


def _clear(world: World) -> AnyResponse:
    world.mailbox.clear()
    return Response(status=204) if request.method == "DELETE" else redirect("/mailbox", 303)


def _found(world: World, seq: int) -> Message:
    message = world.mailbox.message(seq)
    if message is None:
        abort(404)
    return message


def _show(world: World, seq: int) -> str:
    message = _found(world, seq)
    parts = [name for name, kind in (("html", "html"), ("text", "plain")) if message.part(kind) is not None]
    asked = request.args.get("part", parts[0] if parts else "source")
    return render_template("message.html", message=message, parts=[*parts, "source"], part=asked)


def _html(world: World, seq: int) -> Response:
    body = '<base target="_top">' + _found(world, seq).page()
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _MESSAGE_POLICY
    return response


def _raw(world: World, seq: int) -> Response:
    return Response(_found(world, seq).raw, mimetype="text/plain")


def _attachment(world: World, seq: int, index: int) -> Response:
    attachments = _found(world, seq).attachments()
    if index >= len(attachments):
        abort(404)
    part = attachments[index]
    payload = part.get_payload(decode=True)
    # Browsers show a PDF in a viewer of their own; anything else of a stranger's is only kept.
    content = BytesIO(payload if isinstance(payload, bytes) else b"")
    kind = "application/pdf" if _is_pdf(part) else "application/octet-stream"
    name = part.get_filename() or "unnamed"
    response = send_file(content, mimetype=kind, download_name=name, as_attachment=not _is_pdf(part))
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _is_pdf(part: EmailMessage) -> bool:
    return part.get_content_type() == "application/pdf"
