"""Structured logs on standard error, one JSON object a line, without secrets."""

import logging
import re
import uuid
from typing import Any

from flask import Flask, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

# What looks like a secret is masked wherever it turns up: in messages, their fields and tracebacks.
SECRETS = re.compile(
    r"(?<![A-Za-z0-9])(?:sk|rk|whsec|ac)_[A-Za-z0-9_]{6,}"  # Stripe's keys, webhook secrets and OAuth codes
    r"|(?<![\w-])(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])"  # 32 random bytes: pay links, sign-ins, OAuth states
    r"|(?<=/pay/)[^/\s\"'?#]+"  # a pay link's token that a mail program has mangled
    r"|(?<=://)[^\s/@:\"']*:[^\s@/]+(?=@)"  # user and password of an address
    r"|(?i:(?<=password=)|(?<=secret=)|(?<=token=)|(?<=state=)|(?<=code=))[^\s&\"']+"
    r"|(?i:(?<=password': ')|(?<=password\": \")|(?<=secret': ')|(?<=token': '))[^'\"]+",
)
SECRET_NAMES = re.compile("password|secret|token|authorization|cookie", re.IGNORECASE)
NAMES = ("paydesk", "app", "rq.worker", "gunicorn.error", "werkzeug", "stripe", "sqlalchemy")
MASK = "…"


class Lines(JsonFormatter):
    """One JSON object a record; nothing of it leaves unmasked, whoever logged it."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        if has_request_context():
            log_data["request_id"] = g.get("request_id")
        return {str(name): masked(value, str(name)) for name, value in super().process_log_record(log_data).items()}


def masked(value: Any, name: str = "") -> Any:
    """The value without its secrets, at any depth; a field whose name says that it is one is masked whole."""
    if isinstance(value, dict):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(item, name) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return MASK if SECRET_NAMES.search(name) else SECRETS.sub(MASK, str(value))


def init_app(app: Flask) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Lines("{asctime}{levelname}{name}{message}", style="{"))
    for name in NAMES:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    for name in ("paydesk", "app", "rq.worker"):
        logging.getLogger(name).setLevel(logging.INFO)

    @app.before_request
    def name_request() -> None:
        g.request_id = request.headers.get("X-Request-ID", "")[:64] or uuid.uuid4().hex
