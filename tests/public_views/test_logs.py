"""No secret reaches a log line, whoever writes it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from cast import Browser
from flask import Flask

from public_views import logs
from public_views.logs import NAMES

TOKEN = "jVgNrSEYg_Ar4yKVYoXsWS-6loA7VD84VYW4UGIphKA"
SECRETS = [
    f"GET /pay/{TOKEN}",
    "GET /pay/short-and-mangled",
    TOKEN,
    "sk_test_51Habcdef",
    "rk_live_51Habcdef",
    "whsec_sandbox",
    "ac_0123456789abcdef",
    "/connect/callback?state=abc.def&code=xyz",
    "smtp://me:hunter2hunter2@mail.example",
    "redis://:hunter2hunter2@host/0",
    "postgresql+psycopg://user:hunter2hunter2@host/name",
    "email=a%40b&password=hunter2hunter2",
    str({"password": "hunter2 hunter2"}),
]
LEAKS = (TOKEN, "short-and", "51Habcdef", "whsec_s", "0123456789abcdef", "abc.def", "=xyz", "hunter2")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's own handler writes."""
    logs.init_app(Flask("any"))
    (handler,) = logging.getLogger("paydesk").handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(io.StringIO())
    yield handler.stream
    handler.setStream(before)


def clean(written: io.StringIO) -> list[dict[str, object]]:
    """The lines, after a look for secrets."""
    text = written.getvalue()
    assert text
    assert [leak for leak in LEAKS if leak in text] == []
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_masked_in_messages_and_their_arguments(written: io.StringIO, name: str, secret: str) -> None:
    logging.getLogger(name).error(f"it was {secret}")
    logging.getLogger(name).error("it was %s and %r", secret, [secret])
    assert len(clean(written)) == 2


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_masked_in_tracebacks(written: io.StringIO, secret: str) -> None:
    try:
        raise ValueError(secret) from KeyError(secret)
    except ValueError:
        logging.getLogger("paydesk").exception("failed", stack_info=True)
    (line,) = clean(written)
    assert "ValueError" in str(line["exc_info"])


def test_secrets_are_masked_in_fields(written: io.StringIO) -> None:
    fields = {"where": {"url": f"/pay/{TOKEN}"}, "password": "hunter2hunter2", "list": [{"api_token": "hunter2"}]}
    logging.getLogger("paydesk").error("fields", extra=fields)
    (line,) = clean(written)
    assert line["where"] == {"url": "/pay/…"}


def test_what_is_no_secret_stays_readable(written: io.StringIO) -> None:
    words = "Mail 12: The mail server answered 550 5.1.1 No such mailbox (request req_AbCdEf123, cs_test_a1b2c3)"
    logging.getLogger("paydesk").error(words, extra={"attempts": 3, "code": "card_declined"})
    (line,) = clean(written)
    assert (line["message"], line["attempts"], line["code"]) == (words, 3, "card_declined")


def test_an_exception_on_the_pay_page_does_not_log_its_link(
    app: Flask, browser: Browser, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr("public_views.pay_answers.find", lambda *_: 1 / 0)
    assert browser.get(f"/pay/{TOKEN}", headers={"X-Request-ID": "r-1"}).status_code == 500
    (line,) = clean(written)
    assert "ZeroDivisionError" in str(line["exc_info"])
    assert line["request_id"] == "r-1"
