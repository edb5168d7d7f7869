"""What Stripe has told of the last weeks, kept as if the web server had been there to hear it."""

import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from flask import current_app

from demo.sandbox import Sandbox
from models.clock import moved_to
from tasks.events import handle_due, receive

ON_ITS_WAY = timedelta(seconds=1.4)


def hear(sandbox: Sandbox, account: str) -> None:
    """Each event that Stripe still lists comes in signed, a moment after it happened; then all are handled."""
    for event in sandbox.events(account):
        with moved_to(datetime.fromtimestamp(event["created"], UTC) + ON_ITS_WAY):
            body = json.dumps(event, indent=2)
            receive(body.encode(), _signature(body))
    handle_due()


def _signature(body: str) -> str:
    """https://docs.stripe.com/webhooks#verify-manually: in real time, with which whoever receives it compares."""
    stamp, secret = int(time.time()), current_app.config["STRIPE_WEBHOOK_SECRETS"][0]
    return f"t={stamp},v1={hmac.new(secret.encode(), f'{stamp}.{body}'.encode(), sha256).hexdigest()}"
