"""What Stripe has of ours and what we have of Stripe's, in the same words."""

from collections import Counter
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import exists, select

from models.activity import Activity
from models.dispute import Dispute
from models.invoice import Invoice
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.refund import Refund
from sandbox.world import World
from tasks import reading

MOVED = ("payment_matched", "payment_moved_away", "payment_moved_here")

Books = dict[str, Counter[tuple[object, ...]]]


def stripes_books(world: World) -> Books:
    """Every object of an account of ours that carries our mark, with its day in UTC; twice what is there twice."""
    with reading() as session:
        mark = the_organization(session).install_id
    intents = [one for one in world.store.select("payment_intent") if one["metadata"].get("paydesk_install") == mark]
    ours = {intent["id"] for intent in intents}
    charges = {charge["id"]: charge for charge in world.store.select("charge")}
    refunds = [one for one in world.store.select("refund") if one["payment_intent"] in ours]
    disputes = [one for one in world.store.select("dispute") if one["payment_intent"] in ours]
    arrived = [intent for intent in intents if intent["status"] == "succeeded"]
    return {
        "captured": Counter(
            (
                world.owner(one["id"]),
                one["id"],
                _day(charges[one["latest_charge"]]["created"]),
                *_money(one, "amount_received"),
            )
            for one in arrived
        ),
        "processing": Counter(
            (world.owner(one["id"]), one["id"], *_money(one)) for one in intents if one["status"] == "processing"
        ),
        "refunds": Counter(
            (world.owner(one["id"]), one["id"], one["status"], _day(one["created"]), *_money(one)) for one in refunds
        ),
        "disputes": Counter((world.owner(one["id"]), one["id"], one["status"], *_money(one)) for one in disputes),
    }


def our_books() -> Books:
    with reading() as session:
        payments = session.scalars(select(Payment).where(Payment.account_id.is_not(None))).all()
        refunds = session.scalars(select(Refund).where(Refund.stripe_id.is_not(None))).all()
        disputes = session.scalars(select(Dispute)).all()
        return {
            "captured": Counter(
                (one.account.stripe_id, one.payment_intent_id, one.paid_at.date(), one.captured, one.currency)
                for one in payments
                if one.status == "succeeded" and one.account
            ),
            "processing": Counter(
                (one.account.stripe_id, one.payment_intent_id, one.amount, one.currency)
                for one in payments
                if one.status == "processing" and one.account
            ),
            "refunds": Counter(
                (one.account.stripe_id, one.stripe_id, one.state, one.created_at.date(), one.amount, one.currency)
                for one in refunds
                if one.account
            ),
            "disputes": Counter(
                (one.account.stripe_id, one.stripe_id, one.status, one.amount, one.currency) for one in disputes
            ),
        }


def of_accounts(books: Books, without: Container[object]) -> Books:
    """What they say of the other accounts."""
    return {kind: Counter({row: n for row, n in rows.items() if row[0] not in without}) for kind, rows in books.items()}


def made_twice(world: World) -> list[str]:
    """Operations of ours of which Stripe has more than one refund or session that is not expired."""
    made = [*world.store.select("refund"), *world.store.select("checkout.session")]
    alive = [one for one in made if one["status"] not in ("expired", "failed", "canceled")]
    counted = Counter(one["metadata"].get("paydesk_operation") for one in alive)
    return [operation for operation, number in counted.items() if operation and number > 1]


def charged_too_much() -> list[str]:
    """Invoices for which more than their total was captured, although nobody has moved money to or from them."""
    moved = exists().where(Activity.invoice_id == Invoice.id, Activity.kind.in_(MOVED))
    with reading() as session:
        over = select(Invoice).where(Invoice.captured > Invoice.total, ~moved)
        return [f"{one.title}: {one.captured} of {one.total}" for one in session.scalars(over)]


def _money(found: dict[str, Any], field: str = "amount") -> tuple[int, str]:
    money = Money.from_stripe(found[field], found["currency"])
    return money.amount, money.currency


def _day(seconds: int) -> object:
    return datetime.fromtimestamp(seconds, UTC).date()
