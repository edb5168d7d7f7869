"""The inbox of webhooks: keep what Stripe has signed, then look once at each object that it speaks of."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models.base import db
from models.clock import now
from models.refusal import Refused
from models.stripe_account import account_of
from models.stripe_event import StripeEvent
from tasks import later, reading, transaction
from tasks.checkouts import look_at_session
from tasks.claiming import Claim, work_on
from tasks.connect import look_at_connected, look_at_payout, look_whether_revoked
from tasks.disputes import look_at_dispute
from tasks.outages import one_asks
from tasks.payments import look_at_payment
from tasks.refund_records import look_at_refund
from tasks.stripe_gateway.client import is_live
from tasks.stripe_gateway.webhooks import is_genuine

BATCH = 100
LONGEST_WORD = 80
Look = Callable[[str, str], object]


def receive(body: bytes, signature: str) -> None:
    """Keep one delivery; the same one again changes nothing. Refuses what Stripe has not signed."""
    text = body.decode("utf-8", errors="replace")
    if not is_genuine(text, signature, current_app.config["STRIPE_WEBHOOK_SECRETS"]):
        raise Refused("This delivery has no valid Stripe signature.")
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
            "object_id": _word(_object_id(event["type"], event["data"]["object"])),
            "api_version": _word(event.get("api_version") or ""),
            "livemode": livemode,
            "created_at": datetime.fromtimestamp(event["created"], UTC),
            "body": text,
            "outcome": "" if ours else "ignored",
            "due_at": now() if ours else None,
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Refused("This delivery is not an event of Stripe's.") from error


def _word(value: object) -> str:
    """Stripe's ids and names are short words; anything else would only fail in the database."""
    if not isinstance(value, str) or len(value) > LONGEST_WORD or not value.isprintable():
        raise ValueError(f"{value!r:.80} is not a word of Stripe's")
    return value


def _object_id(kind: str, thing: dict[str, Any]) -> Any:
    """The id of what is to be looked at: for a charge that is its payment intent."""
    is_charge = kind.startswith("charge.") and thing.get("object") == "charge"
    return (thing.get("payment_intent") if is_charge else thing.get("id")) or ""


# The first prefix that fits says what an event asks for; other types are kept and answered, no more.
LOOKS: tuple[tuple[str, Look], ...] = (
    ("checkout.session.", look_at_session),
    ("payment_intent.", look_at_payment),
    ("charge.dispute.", look_at_dispute),
    ("charge.refund.", look_at_refund),
    ("charge.", look_at_payment),
    ("refund.", look_at_refund),
    ("payout.", look_at_payout),
    ("account.updated", look_at_connected),
    ("account.application.deauthorized", look_whether_revoked),
)


def look_for(kind: str) -> Look | None:
    return next((look for prefix, look in LOOKS if kind.startswith(prefix)), None)


def handle_due() -> None:
    """Work through the inbox: many events about one object cause one look at Stripe, and each one is tried once."""
    tried: set[int] = set()
    while rows := _due_rows(tried):
        tried.update(row[0] for row in rows)
        for look, account, object_id, events in _grouped(rows):
            _handle(look, account, object_id, events)


def _due_rows(tried: set[int]) -> list[Any]:
    with reading() as session:
        ids = [row_id for row_id in StripeEvent.due(session, BATCH) if row_id not in tried]
        query = select(StripeEvent.id, StripeEvent.type, StripeEvent.account, StripeEvent.object_id)
        return list(session.execute(query.where(StripeEvent.id.in_(ids)).order_by(StripeEvent.id)))


def _grouped(rows: Any) -> list[tuple[Look | None, str, str, list[int]]]:
    groups: dict[tuple[Look | None, str, str], list[int]] = defaultdict(list)
    for row_id, kind, account, object_id in rows:
        groups[look_for(kind), account, object_id].append(row_id)
    return [(*key, events) for key, events in groups.items()]


def _handle(look: Look | None, account: str, object_id: str, events: list[int]) -> None:
    """The first event of the group carries the look; the others, read before it began, close with it."""
    first, *rest = events

    def work(claim: Claim) -> None:
        with one_asks(account):
            outcome = _look(look, account, object_id)
        with transaction() as session:
            claim.finish(session)
            for row in session.scalars(select(StripeEvent).where(StripeEvent.id.in_(events))):
                row.outcome, row.due_at, row.last_error = outcome, None, None

    work_on(StripeEvent, first, work)
    _hand_on(first, rest)


def _look(look: Look | None, account: str, object_id: str) -> str:
    with reading() as session:
        known = account_of(session, account)
        state = known.state if known else "unknown"
    if look is None or known is None or not object_id:
        return "ignored"
    if state == "revoked":
        return "unreachable"
    look(account, object_id)
    return "handled"


def _hand_on(first: int, rest: list[int]) -> None:
    """A look that failed is tried again for all of its events: they wait for as long as the first."""
    with transaction() as session:
        carrier = session.get_one(StripeEvent, first)
        if carrier.outcome or not carrier.last_error:
            return
        waiting = select(StripeEvent).where(StripeEvent.id.in_(rest), StripeEvent.due_at.is_not(None))
        for row in session.scalars(waiting):
            row.due_at, row.parked_at, row.last_error = carrier.due_at, carrier.parked_at, carrier.last_error
