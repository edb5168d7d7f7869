"""Days on which not one webhook arrives: everything comes home all the same, with Stripe's dates."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from builders import STUDIO, a_disputed_invoice, a_paid_invoice, a_sent_invoice, come_home, pay, the_payment, the_world
from flask import Flask
from refunding import refund_in_dashboard
from sqlalchemy import select

from models.activity import Activity
from models.base import db
from models.clock import moved_to, now
from models.dispute import Dispute
from models.invoice import Invoice
from models.payment import Payment
from models.refund import Refund
from models.stripe_account import StripeAccount
from tasks.audit import audit
from tasks.reconcile import reconcile, reconcile_recent
from tasks.runs import run_reconciliation

pytestmark = pytest.mark.both_databases

Day = Callable[[float], AbstractContextManager[None]]
DEBIT, CARD_OF_A_REFUND_THAT_FAILS = "us_bank_account", "4000000000005126"


@pytest.fixture
def begin() -> datetime:
    """The first of the silent days; the days before it were as always."""
    return now().replace(microsecond=0)


@pytest.fixture
def day(begin: datetime) -> Day:
    """`with day(2):` it is the second day after, here and at Stripe, where the clock stands still."""

    def at(days: float) -> AbstractContextManager[None]:
        moment = begin + timedelta(days=days)
        the_world().clock.set(int(moment.timestamp()))
        return moved_to(moment)

    return at


class Story:
    """What is on its way when the silence begins, and what Stripe then keeps to itself, day after day."""

    def __init__(self) -> None:
        self.carded, self.unpaid = a_sent_invoice("10.00"), a_sent_invoice("11.00")
        self.arriving, self.failing = a_sent_invoice("20.00"), a_sent_invoice("21.00")
        for debited in (self.arriving, self.failing):
            pay(debited, DEBIT)
        self.returned = a_paid_invoice("30.00")
        self.unreturned = a_paid_invoice("31.00", card=CARD_OF_A_REFUND_THAT_FAILS)
        self.disputed, self.won, self.lost = (
            a_paid_invoice("40.00"),
            a_disputed_invoice("41.00"),
            a_paid_invoice("42.00"),
        )

    def go_on(self, day: Day) -> None:
        world = the_world()
        world.deliveries.mode = "drop"
        with day(1):
            pay(self.carded)
            world.settle(self.intent(self.arriving))
            refund_in_dashboard(self.unreturned, 3100)
        with day(2.5):
            world.settle(self.intent(self.failing), "failed")
            refund_in_dashboard(self.returned, 1200)
            world.dispute(str(the_payment(self.disputed).charge_id))
            world.dispute(str(the_payment(self.lost).charge_id))
        with day(3):
            world.close_dispute(db.session.query(Dispute).one().stripe_id, "won")
            world.close_dispute(self.newest_dispute(), "lost")
            world.requirements(STUDIO, ["business_profile.url"])
        with day(4):
            come_home()

    @staticmethod
    def intent(invoice: Invoice) -> str:
        db.session.rollback()
        return str(the_payment(invoice).payment_intent_id)

    def newest_dispute(self) -> str:
        charge = the_payment(self.lost).charge_id
        return next(found["id"] for found in the_world().store.select("dispute") if found["charge"] == charge)


@pytest.fixture
def story(app: Flask, begin: datetime, day: Day) -> Story:
    with moved_to(begin - timedelta(minutes=5)):
        story = Story()
        come_home()
    story.go_on(day)
    return story


def stripes_books() -> dict[str, tuple[object, ...]]:
    """What Stripe has, by id: state, amount, and when it was made."""
    world, found = the_world(), dict[str, tuple[object, ...]]()
    for charge in world.store.select("charge"):
        captured = charge["amount_captured"] if charge["status"] == "succeeded" else 0
        found[charge["payment_intent"]] = (charge["status"], captured, moment(charge["created"]))
    for kind in ("refund", "dispute"):
        for thing in world.store.select(kind):
            found[thing["id"]] = (thing["status"], thing["amount"], moment(thing["created"]))
    return found


def our_books() -> dict[str, tuple[object, ...]]:
    db.session.rollback()
    session = db.session
    found: dict[str, tuple[object, ...]] = {
        str(row.payment_intent_id): (row.status, row.captured, row.paid_at) for row in session.scalars(select(Payment))
    }
    found |= {str(row.stripe_id): (row.state, row.amount, row.created_at) for row in session.scalars(select(Refund))}
    return found | {row.stripe_id: (row.status, row.amount, row.created_at) for row in session.scalars(select(Dispute))}


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def told(invoice: Invoice) -> dict[str, Activity]:
    query = select(Activity).where(Activity.invoice_id == invoice.id, Activity.via == "reconcile")
    return {entry.kind: entry for entry in db.session.scalars(query)}


@pytest.mark.parametrize("days", [4, 34])
def test_the_books_are_stripes_again(story: Story, day: Day, days: int) -> None:
    assert our_books() != stripes_books()
    with day(days):
        report = reconcile()
        come_home()
        assert (our_books(), report.differences, report.unchecked) == (stripes_books(), [], [])
        assert report.is_clean
        assert audit() == []
        assert reconcile().repaired == []
    invoices = (story.carded, story.unpaid, story.arriving, story.failing, story.returned, story.lost)
    assert [one.status for one in invoices] == ["Paid", "Sent", "Paid", "Sent", "Paid", "Paid"]
    assert db.session.query(StripeAccount).one().outstanding == ["Website"]


@pytest.mark.parametrize("days", [4, 29])
def test_the_timeline_tells_when_it_happened_and_that_reconcile_found_it(
    story: Story, begin: datetime, day: Day, days: int
) -> None:
    with day(days):
        reconcile()
    facts = [
        (story.carded, "payment_received", 1),
        (story.arriving, "payment_received", 1),
        (story.failing, "payment_failed", 2.5),
        (story.returned, "refunded", 2.5),
        (story.unreturned, "refund_failed", 2.5),
        (story.disputed, "disputed", 2.5),
        (story.won, "dispute_won", 3),
        (story.lost, "dispute_lost", 3),
    ]
    found = {(fact[0].id, fact[1]): told(fact[0]).get(fact[1]) for fact in facts}
    when = {key: entry and entry.at for key, entry in found.items()}
    assert when == {(invoice.id, kind): begin + timedelta(days=after) for invoice, kind, after in facts}
    assert {entry.who for entry in found.values() if entry} <= {
        "Customer, found by reconcile",
        "Stripe, found by reconcile",
    }


def test_the_report_names_each_of_them(story: Story, day: Day) -> None:
    with day(4):
        repaired = reconcile().repaired
    kinds = [line.split()[0] for line in repaired]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Account": 1,
        "Payment": 3,
        "Refund": 2,
        "Dispute": 3,
        "Checkout": 1,
    }


def test_the_recent_days_alone_bring_home_what_is_recent(story: Story, day: Day) -> None:
    with day(4):
        run_reconciliation(reconcile_recent())
        db.session.expire_all()
        assert db.session.query(Dispute).count() == 3
        assert story.returned.refunded == 1200
