"""Signed events of an account that has let us go."""

import json
import time
from typing import Any

from builders import STUDIO, a_sent_invoice, come_home, in_a_while, pay, the_world
from sqlalchemy import select

from models.base import db
from models.invoice import Invoice
from models.stripe_event import StripeEvent
from sandbox.deliveries import signature
from sandbox.settings import Settings
from sandbox.shapes import shown
from tasks import events
from tasks.accounts import record_revoked


def let_go() -> None:
    """The account revokes us while its events are still on their way; then they arrive."""
    the_world().deauthorize(STUDIO)
    arrive()


def arrive() -> None:
    the_world().deliveries.mode = "normal"
    come_home()
    with in_a_while(seconds=31):
        come_home()


def hold() -> None:
    """What happens from now on is told later. Stripe tells the time in whole seconds: let it be later beyond doubt."""
    the_world().deliveries.mode = "hold"
    the_world().clock.advance(60)


def tell(kind: str, thing: dict[str, Any], at: int, number: str = "") -> None:
    """A signed event of the revoked account about this object, as it was at that second."""
    event = {"id": f"evt_{kind}{number}", "type": kind, "account": STUDIO, "created": at, "data": {"object": thing}}
    body = json.dumps(event).encode()
    events.receive(body, signature(Settings.webhook_secret, body, int(time.time())))


def a_revoked_invoice(**how: Any) -> tuple[Invoice, dict[str, Any], dict[str, Any]]:
    """Its customer has paid, nobody told us, and now the account is gone: with the intent and charge at Stripe."""
    invoice = a_sent_invoice()
    come_home()
    hold()
    checkout = pay(invoice, **how)
    record_revoked(STUDIO)
    return invoice, *at_stripe(str(checkout.stripe_id))


def at_stripe(session_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    intent = the_world().object(
        str(the_world().object(session_id, "checkout.session")["payment_intent"]), "payment_intent"
    )
    return shown(intent), shown(the_world().object(intent["latest_charge"], "charge"))


def soon() -> int:
    return int(time.time()) + 2


def outcomes() -> dict[str, str]:
    db.session.rollback()
    return {row.type: row.outcome for row in db.session.scalars(select(StripeEvent).order_by(StripeEvent.id))}
