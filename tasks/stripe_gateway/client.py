"""The SDK's client, its time limits, and its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import Any

import stripe
from flask import Flask, current_app, has_request_context

from models.language import marked
from models.refusal import OutsideError

API_VERSION = "2026-10-28.endive"
REQUEST_PATIENCE, JOB_PATIENCE = 8, 20
SILENCE = "no_answer"
OTHER_PARAMETERS = "idempotency_error"
# How it comes out that something of Stripe's has a form that we cannot read.
UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
_has_place: ContextVar[bool] = ContextVar("has_place", default=False)
PAGE = 100


class GatewayError(OutsideError):
    """Stripe did not do it, or we do not know whether it did.

    `is_stored`: under the same key Stripe repeats this error, whatever became of the first call.
    `is_answer`: Stripe knew who asked, and said no to what was asked.
    `is_gone`: the account no longer lets us in.
    `is_silence`: nobody answered.
    `is_missing`: Stripe has no such thing.
    """

    def __init__(self, message: str, *, permanent: bool, code: str = "", status: int = 0) -> None:
        super().__init__(message, permanent=permanent)
        self.code = code
        self.is_stored = status >= 500 or code == OTHER_PARAMETERS
        self.is_answer = 400 <= status < 500 and status not in (401, 403, 409, 429)
        self.is_gone = code == "account_invalid" or (status == 403 and not code)
        self.is_silence = code == SILENCE
        self.is_missing = code == "resource_missing"


def init_app(app: Flask) -> None:
    """Build the two clients: a short-tempered one for requests, a patient one for jobs."""
    bases = {"api": app.config["STRIPE_API_BASE"], "connect": app.config["STRIPE_CONNECT_BASE"]}
    app.extensions["stripe"] = {
        in_request: _client(app, bases | {"files": app.config["STRIPE_FILES_BASE"]}, patience)
        for in_request, patience in ((True, REQUEST_PATIENCE), (False, JOB_PATIENCE))
    }
    # At most half the threads of a web process wait for Stripe; the others go on serving.
    app.extensions["stripe_slots"] = BoundedSemaphore(max(1, app.config["WEB_THREADS"] // 2))


def _client(app: Flask, bases: dict[str, str], patience: int) -> stripe.StripeClient | None:
    if not app.config["STRIPE_SECRET_KEY"]:
        return None
    transport = app.config.get("STRIPE_TRANSPORT") or stripe.RequestsClient(timeout=patience)
    client = stripe.StripeClient(
        app.config["STRIPE_SECRET_KEY"],
        client_id=app.config["STRIPE_CLIENT_ID"] or None,
        base_addresses={"api": bases["api"], "connect": bases["connect"], "files": bases["files"]},
        http_client=transport,
        stripe_version=API_VERSION,
        max_network_retries=0,
    )
    # The SDK ignores what it does not know; a base that went astray would reach the real Stripe.
    if client._requestor._options.base_addresses.get("api") != bases["api"]:  # pragma: no cover
        raise RuntimeError("the Stripe SDK did not take STRIPE_API_BASE")
    return client


@contextmanager
def place() -> Iterator[bool]:
    """Whether this thread may wait for Stripe: half the threads of a web process go on serving whatever Stripe does."""
    if _has_place.get() or not has_request_context():
        yield True
        return
    slots: BoundedSemaphore = current_app.extensions["stripe_slots"]
    free = slots.acquire(blocking=False)
    mark = _has_place.set(free)
    try:
        yield free
    finally:
        _has_place.reset(mark)
        if free:
            slots.release()


@contextmanager
def calling() -> Iterator[stripe.StripeClient]:
    """The client for this thread; whatever the SDK raises inside comes out as GatewayError."""
    client = current_app.extensions["stripe"][has_request_context()]
    if client is None:
        raise GatewayError(marked("No Stripe key is configured: set STRIPE_SECRET_KEY."), permanent=True)
    with place() as free:
        if not free:
            raise GatewayError(marked("Stripe is slow right now. Please try again in a moment."), permanent=False)
        try:
            yield client
        except stripe.StripeError as error:
            raise translated(error) from error


def translated(error: stripe.StripeError) -> GatewayError:
    """Connection errors, 409, 429, 5xx and a key that is not ours (401) pass; all else Stripe will say again.

    What is no answer of Stripe's own, such as a proxy's page, tells nothing of what became of the call; nor does
    it that an earlier version of ours has used the key with other parameters.
    """
    if isinstance(error, stripe.APIConnectionError):
        return GatewayError(marked("Stripe does not answer right now."), permanent=False, code=SILENCE)
    status = error.http_status or 0
    if status and not (isinstance(error.json_body, dict) and "error" in error.json_body):
        what = f"Stripe's answer cannot be read (HTTP {status})."
        return GatewayError(what, permanent=False, status=max(status, 500))
    is_other = isinstance(error, stripe.IdempotencyError)
    passing = status in (401, 409, 429) or status >= 500 or is_other
    message = error.user_message or str(error) or type(error).__name__
    request = f" (request {error.request_id})" if error.request_id else ""
    # On 403 and 409 the SDK leaves its own `code` empty.
    code = OTHER_PARAMETERS if is_other else error.code or (error.error and error.error.code) or ""
    return GatewayError(f"{message}{request}", permanent=not passing, code=code, status=status)


def is_live() -> bool:
    """Whether our key moves real money. Every account that is connected is of the same mode."""
    return str(current_app.config["STRIPE_SECRET_KEY"]).startswith(("sk_live_", "rk_live_"))


def options(account: str, key: str = "") -> Any:
    """Per call: on which connected account, under which idempotency key."""
    chosen = {"stripe_account": account}
    return chosen | {"idempotency_key": key} if key else chosen


def text(value: Any, longest: int) -> str:
    """A word of Stripe's as far as there is room for it: new ones come whenever Stripe likes."""
    return str(value or "").replace("\0", "")[:longest]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def id_of(reference: Any) -> str | None:
    """The id of a reference that may be expanded, a bare id, or nothing."""
    found = reference["id"] if isinstance(reference, dict) else reference
    return None if found is None else str(found)
