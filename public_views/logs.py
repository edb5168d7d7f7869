"""Structured logs on standard output, one JSON object a line, without secrets."""

import logging
import re
import uuid

from flask import Flask, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

# What looks like a secret is masked wherever it turns up: keys, tokens of pay links, OAuth codes.
SECRET = re.compile(r"(sk_|rk_|whsec_|ac_)[A-Za-z0-9_]{6,}|(?<=/pay/)[\w-]{20,}|(?<=state=)[\w-]{20,}")


class _Masking(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = SECRET.sub("…", record.getMessage()), None
        if has_request_context():
            record.request_id = g.get("request_id")
        return True


def init_app(app: Flask) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{"))
    handler.addFilter(_Masking())
    for name in ("paydesk", "app", "rq.worker"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)

    @app.before_request
    def name_request() -> None:
        g.request_id = request.headers.get("X-Request-ID", "")[:64] or uuid.uuid4().hex
