"""After a revocation nothing can be looked at: what a signed event tells of its own object is recorded."""

from dataclasses import replace

from sqlalchemy import select, update

from models.clock import now
from models.payment import payment_of
from models.stripe_event import StripeEvent
from tasks import reading, transaction
from tasks.claiming import Claim, work_on
from tasks.looks import Seen, record
from tasks.stripe_gateway.client import moment
from tasks.stripe_gateway.payments import PaymentRecord
from tasks.stripe_gateway.told import Told

HANDLED, RECORDED, UNREACHABLE = "handled", "recorded", "unreachable"
TELL_OF_PAYMENTS = ("checkout.session", "payment_intent", "charge")


def record_told(event_id: int) -> None:
    """Record what this event tells of its object: never over a later look, nor over what a later event has told.

    What belongs to a payment that we do not know is *unreachable* until that payment has come home.
    """
    work_on(StripeEvent, event_id, _work)


def _work(claim: Claim) -> None:
    account, told, others = _read(claim.row_id)
    outcome = _outcome(account, told, others)
    with transaction() as session:
        claim.finish(session)
        if outcome == RECORDED and told.kind in TELL_OF_PAYMENTS:
            waiting = (StripeEvent.account == account, StripeEvent.outcome == UNREACHABLE)
            session.execute(update(StripeEvent).where(*waiting).values(outcome="", due_at=now()))
        session.get_one(StripeEvent, claim.row_id).outcome = outcome


def _read(event_id: int) -> tuple[str, Told, list[tuple[str, Told]]]:
    """The event, and every event of its object with what became of it, in the order in which they happened."""
    with reading() as session:
        event = session.get_one(StripeEvent, event_id)
        mine = (StripeEvent.account == event.account, StripeEvent.object_id == event.object_id)
        rows = session.execute(select(StripeEvent.outcome, StripeEvent.body).where(*mine)).all()
        account, told = event.account, Told(event.body)
    return account, told, sorted(((outcome, Told(body)) for outcome, body in rows), key=lambda row: row[1].order)


def _outcome(account: str, told: Told, others: list[tuple[str, Told]]) -> str:
    if told.kind == "application":
        return HANDLED  # it tells that we were let go
    if any(outcome == RECORDED and other.order > told.order for outcome, other in others):
        return RECORDED
    charges = {other.object["id"]: other.object for _, other in others if other.kind == "charge"}
    records = told.records(charges)
    dated = tuple(_dated(account, one) if isinstance(one, PaymentRecord) else one for one in records)
    is_home = bool(records) and record(account, Seen(dated, moment(told.event["created"])))
    return RECORDED if is_home else UNREACHABLE


def _dated(account: str, record: PaymentRecord) -> PaymentRecord:
    """An intent that only names its charge does not know when it was paid; what we know of that stays."""
    with reading() as session:
        known = payment_of(session, account, record.payment_intent_id)
    return replace(record, created=known.paid_at) if known and not record.method else record
