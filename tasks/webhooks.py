"""What Stripe's side of the webhooks looks like: asked for by the clock and by hand, and kept for whoever looks."""

import logging
import time
from dataclasses import asdict

from flask import current_app
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from models.base import db, locked
from models.clock import now
from models.people import User, require
from models.reconciliation import WebhookCheck
from tasks import later, transaction
from tasks.stripe_gateway import endpoints
from tasks.stripe_gateway.client import GatewayError

logger = logging.getLogger("paydesk.webhooks")

# A flood of forged deliveries is noted once in so many seconds.
QUIET = 60.0


def check_webhooks() -> None:
    """Ask Stripe for our endpoints and the time, and keep the answer; an error is kept beside the last answer."""
    try:
        found, error = endpoints.survey(), ""
    except GatewayError as failure:
        found, error = None, str(failure)
    with transaction() as session:
        check = locked(session, WebhookCheck, 1)
        check.checked_at, check.error = now(), error
        if found:
            check.endpoints = [asdict(endpoint) for endpoint in found.endpoints]
            check.clock_difference = found.clock_difference


def check_now(by: User) -> None:
    """Somebody wants to know it now."""
    require(by, "webhooks.view")
    with transaction() as session:
        locked(session, WebhookCheck, 1).asked_at = now()
        later(check_webhooks)


def note_refusal() -> None:
    """A delivery was turned away because nobody of ours had signed it. Most of the time this costs nothing."""
    noted: float = current_app.extensions.get("webhook_refusal", -QUIET)
    if time.monotonic() - noted < QUIET:
        return
    current_app.extensions["webhook_refusal"] = time.monotonic()
    try:
        with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
            connection.execute(update(WebhookCheck).values(refused_at=now()))
    except OperationalError as error:
        logger.warning("a delivery that was turned away could not be noted: %s", error)
