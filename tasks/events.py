"""The inbox of webhooks: keep what Stripe has signed, then look once at each object that it speaks of."""

import json
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models.activity import log
from models.base import db
from models.clock import now
from models.language import gettext
from models.people import User, require
from models.refusal import Conflict, NotFound, Refused
from models.stripe_event import StripeEvent
from tasks import later, once_more, reading, transaction
from tasks.inbox import Round, due_events
from tasks.looks import AT_ONCE
from tasks.stripe_gateway.client import is_live
from tasks.stripe_gateway.webhooks import is_genuine
from tasks.webhooks import note_refusal

# A job may take three minutes; what is left after this many events is for the next one.
ENOUGH = 3000
LONGEST_WORD = 80


def receive(body: bytes, signature: str) -> None:
    """Keep one delivery; the same one again changes nothing. Refuses what Stripe has not signed."""
    text = body.decode("utf-8", errors="replace")
    if not is_genuine(text, signature, current_app.config["STRIPE_WEBHOOK_SECRETS"]):
        note_refusal()
        raise Refused(gettext("This delivery has no valid Stripe signature."))
    row = _row(text)
    try:
        with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
            connection.execute(insert(StripeEvent).values(row))
    except IntegrityError:
        return
    later(handle_due)


def _row(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
        # A live endpoint also gets the test events of its accounts; our key cannot look at what they speak of.
        livemode = bool(event.get("livemode"))
        ours = livemode == is_live()
        return {
            "account": _word(event.get("account") or ""),
            "event_id": _word(event["id"]),
            "type": _word(event["type"]),
            "object_id": _object_id(event["type"], (event.get("data") or {}).get("object")),
            "api_version": _word(event.get("api_version") or ""),
            "livemode": livemode,
            "created_at": _moment(event["created"]),
            "body": text,
            "outcome": "" if ours else "ignored",
            "due_at": now() if ours else None,
        }
    except (ValueError, KeyError, TypeError, AttributeError, OSError, OverflowError, RecursionError) as error:
        raise Refused(gettext("This delivery is not an event of Stripe's.")) from error


def _moment(seconds: float) -> datetime:
    """What lies far from our times has no date that every zone can show."""
    moment = datetime.fromtimestamp(seconds, UTC)
    if not 1970 <= moment.year <= 2100:
        raise ValueError(f"{moment} is no date of Stripe's")
    return moment


def _word(value: object) -> str:
    """Stripe's ids and names are short words; anything else would only fail in the database."""
    if not isinstance(value, str) or len(value) > LONGEST_WORD or not value.isprintable():
        raise ValueError(f"{value!r:.80} is not a word of Stripe's")
    return value


def _object_id(kind: str, thing: object) -> str:
    """The id of what is to be looked at, for a charge of its payment intent; nothing where there is no such id."""
    if not isinstance(thing, dict):
        return ""
    is_charge = kind.startswith("charge.") and thing.get("object") == "charge"
    try:
        return _word((thing.get("payment_intent") if is_charge else thing.get("id")) or "")
    except ValueError:
        return ""


def handle_due() -> None:
    """Work through the inbox: many events about one object cause one look at Stripe, and each one is tried once."""
    tried: set[int] = set()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while len(tried) < ENOUGH and (due := due_events(tried)):
            tried.update(event.id for event in due)
            Round(pool, due).run()
    if len(tried) >= ENOUGH:
        later(handle_due)


def retry_event(event_id: int, by: User) -> None:
    """Try an event that waits for a person once more, and with it whatever waits about the same object.

    Refused when there is no such event, and when nothing stands in its way any more.
    """
    if not retry_events([event_id], by):
        with reading() as session:
            if session.get(StripeEvent, event_id) is None:
                raise NotFound(gettext("There is no such event."))
        raise Conflict(gettext("This event does not wait for anybody any more. Look again."))


@once_more
def retry_events(event_ids: Collection[int], by: User) -> int:
    """The same for several at once; how many of them waited. The others are left alone."""
    require(by, "webhooks.view")
    with transaction() as session:
        query = select(StripeEvent).where(StripeEvent.id.in_(event_ids), StripeEvent.parked_at.is_not(None))
        waiting = list(session.scalars(query.order_by(StripeEvent.id).with_for_update()))
        for event in waiting:
            log(session, by, "webhook.retry", f"event:{event.event_id}", before={"error": event.last_error})
            same = (StripeEvent.account == event.account, StripeEvent.object_id == event.object_id)
            StripeEvent.wake_parked(session, *same)
        if waiting:
            later(handle_due)
        return len(waiting)
