"""Sixteen looks at once, in threads that touch no database; many payments are listed; no failure blocks another."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from threading import Barrier, Thread, current_thread, main_thread

import pytest
from builders import STUDIO, a_paid_invoice, a_sent_invoice, come_home, connected, in_a_while, pay, the_world
from flask import Flask
from refunding import refund_in_dashboard
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session
from telephone import Telephone

from models.base import db
from models.clock import now
from models.invoice import Invoice
from models.refund import Refund
from models.stripe_event import StripeEvent
from tasks import inbox, transaction
from tasks.claiming import Claim, claim_all
from tasks.events import handle_due, receive
from tasks.looks import AT_ONCE

pytestmark = pytest.mark.both_databases


@pytest.fixture
def telephone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Telephone:
    connected()
    come_home()
    return Telephone(app, monkeypatch)


@pytest.fixture
def database_users(app: Flask) -> Iterator[set[Thread]]:
    """The threads that begin an ORM session's transaction or send a statement."""
    users: set[Thread] = set()

    def note(*_: object) -> None:
        users.add(current_thread())

    engine = db.engine
    event.listen(Session, "after_begin", note)
    event.listen(engine, "before_cursor_execute", note)
    yield users
    event.remove(Session, "after_begin", note)
    event.remove(engine, "before_cursor_execute", note)


def arrive() -> None:
    """Webhooks come in; nothing is done with them yet."""

    def post(_: str, body: bytes, headers: Mapping[str, str]) -> int:
        receive(body, headers["Stripe-Signature"])
        return 200

    the_world().deliveries.deliver(post)
    db.session.rollback()


def sales(count: int) -> None:
    """What the account sells elsewhere: Stripe tells of each with several events."""
    for _ in range(count):
        the_world().foreign_charge(STUDIO, 5000, "usd")
    arrive()


def refunds(count: int) -> None:
    """One payment of ours, given back in small parts in Stripe's Dashboard."""
    invoice = a_paid_invoice()
    for _ in range(count):
        refund_in_dashboard(invoice, 100)
    the_world().store.run("DELETE FROM deliveries WHERE type LIKE 'charge.%'")
    arrive()


def outcomes() -> dict[str, int]:
    db.session.rollback()
    return Counter(row.outcome or "waiting" for row in db.session.scalars(select(StripeEvent)))


def test_sixteen_looks_are_under_way_at_once_and_never_more(telephone: Telephone) -> None:
    sales(AT_ONCE)
    telephone.meeting = Barrier(AT_ONCE, timeout=20)  # nobody is answered before all sixteen ask
    handle_due()
    telephone.meeting = None
    refunds(AT_ONCE + 2)
    handle_due()
    assert telephone.most == AT_ONCE == 16
    assert set(outcomes()) <= {"handled", "ignored"}


def test_the_threads_that_ask_stripe_touch_no_database(telephone: Telephone, database_users: set[Thread]) -> None:
    refunds(5)
    telephone.callers.clear()
    database_users.clear()
    handle_due()
    assert database_users == {main_thread()}
    assert len(telephone.callers) >= 2
    assert main_thread() not in telephone.callers
    assert db.session.query(Refund).count() == 5


def test_each_look_is_dated_by_its_own_beginning(telephone: Telephone) -> None:
    refunds(AT_ONCE + 4)
    answered: list[datetime] = []
    telephone.meeting = Barrier(4, timeout=20, action=lambda: answered.append(now()))
    with in_a_while(hours=1):
        begun = now()
        handle_due()
    looks = sorted(refund.looked_at for refund in db.session.scalars(select(Refund)))
    assert begun < looks[0] < looks[15] < looks[16] < now() + timedelta(hours=1)
    assert looks[0] < answered[0] < looks[16]


def test_a_payment_comes_home_with_its_checkout_in_one_call(telephone: Telephone) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    arrive()
    telephone.calls.clear()
    handle_due()
    assert (invoice.status, len(telephone.calls)) == ("Paid", 1)
    assert outcomes()["handled"] == len(db.session.query(StripeEvent).all()) - outcomes()["ignored"]


def test_more_than_twenty_payments_of_one_account_are_listed(telephone: Telephone) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    sales(60)
    telephone.calls.clear()
    handle_due()
    assert sorted(call.split("/")[0] for call in telephone.calls) == ["checkout", "payment_intents"]
    assert (invoice.status, outcomes()["waiting"]) == ("Paid", 0)


def test_twenty_payments_are_looked_at_one_by_one(telephone: Telephone) -> None:
    sales(20)
    handle_due()
    assert "payment_intents" not in telephone.calls
    assert len(telephone.about("payment_intents/")) == 20


def test_payments_of_ours_are_recorded_from_the_list(telephone: Telephone) -> None:
    invoices = [a_sent_invoice() for _ in range(2)]
    for invoice in invoices:
        pay(invoice)
    sales(25)
    with transaction() as session:
        session.execute(delete(StripeEvent).where(StripeEvent.type.startswith("checkout.")))
    telephone.calls.clear()
    handle_due()
    assert [invoice.status for invoice in invoices] == ["Paid", "Paid"]
    assert telephone.calls == ["payment_intents"]


def test_a_payment_that_the_list_does_not_show_is_looked_at_by_itself(telephone: Telephone) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice, "us_bank_account")
    come_home()
    the_world().clock.advance(3 * 86_400)
    with in_a_while(days=3):
        the_world().settle(the_world().object(str(checkout.stripe_id), "checkout.session")["payment_intent"])
        the_world().store.run("DELETE FROM deliveries WHERE type LIKE 'checkout.%'")
        sales(25)
        telephone.calls.clear()
        handle_due()
    assert (invoice.status, len(telephone.about("payment_intents/"))) == ("Paid", 1)


def test_a_list_that_fails_leaves_each_payment_to_a_look_of_its_own(telephone: Telephone) -> None:
    sales(21)
    the_world().faults.add("GET /v1/payment_intents", "500")
    handle_due()
    assert (len(telephone.about("payment_intents/")), outcomes()["waiting"]) == (21, 0)


@pytest.mark.parametrize("kind", ["400", "500", "429", "reset"])
def test_one_look_that_fails_blocks_no_other(telephone: Telephone, kind: str) -> None:
    refunds(5)
    one = next(row.object_id for row in db.session.query(StripeEvent) if row.type == "refund.created")
    the_world().faults.add(f"GET /v1/refunds/{one}", kind)
    handle_due()
    failed = [row for row in db.session.query(StripeEvent) if row.last_error]
    assert {row.object_id for row in failed} == {one}
    assert (db.session.query(Refund).count(), any(row.parked_at for row in failed)) == (4, kind == "400")


def test_an_answer_that_nobody_expected_blocks_no_other(telephone: Telephone) -> None:
    refunds(3)
    body = the_world().object(
        next(row.object_id for row in db.session.query(StripeEvent) if "re_" in row.object_id), "refund"
    )
    the_world().store.save({name: value for name, value in body.items() if name != "amount"})
    handle_due()
    parked = db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None)).all()
    assert ({row.object_id for row in parked}, db.session.query(Refund).count()) == ({body["id"]}, 2)
    assert all("amount" in str(row.last_error) for row in parked)


def waiting() -> set[str]:
    """The objects of whose events something is still to be done."""
    db.session.rollback()
    return {row.object_id for row in db.session.query(StripeEvent).where(StripeEvent.outcome == "")}


@pytest.mark.parametrize("kind", ["refund.created", "payment_intent.succeeded"])
def test_a_look_that_always_hangs_holds_up_no_other(telephone: Telephone, kind: str) -> None:
    refunds(AT_ONCE + 2)
    sales(AT_ONCE + 2)
    one = next(row.object_id for row in db.session.query(StripeEvent) if row.type == kind and not row.outcome)
    the_world().faults.add(f"GET /v1/*/{one}", "reset", times=99)
    handle_due()
    assert waiting() == {one}
    for minutes in (1, 2, 3):
        sales(1)
        refund_in_dashboard(db.session.query(Invoice).one(), 100)
        arrive()
        with in_a_while(minutes=minutes):
            handle_due()
        assert waiting() == {one}


def test_a_payment_that_cannot_be_read_in_the_list_keeps_no_other_from_being_stored(telephone: Telephone) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    sales(25)
    one = next(row.object_id for row in db.session.query(StripeEvent).order_by(StripeEvent.id.desc()))
    body = the_world().object(one, "payment_intent")
    the_world().store.save({name: value for name, value in body.items() if name != "amount"})
    handle_due()
    parked = db.session.query(StripeEvent).where(StripeEvent.parked_at.is_not(None)).all()
    assert (invoice.status, waiting(), {row.object_id for row in parked}) == ("Paid", {one}, {one})


def test_while_stripe_is_silent_the_rest_waits_and_one_asks_whether_it_is_back(
    telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_off: list[Thread] = []
    real = inbox.put_off
    monkeypatch.setattr(inbox, "put_off", lambda account: (put_off.append(current_thread()), real(account)))
    refunds(AT_ONCE + 2)
    telephone.calls.clear()
    the_world().faults.add("GET *", "reset", times=1000)
    handle_due()
    assert (len(telephone.calls), put_off, StripeEvent.due(db.session, 1)) == (AT_ONCE, [main_thread()], [])
    for seconds in (15, 60):
        telephone.calls.clear()
        with in_a_while(seconds=seconds):
            handle_due()
        assert len(telephone.calls) == 1
    the_world().faults.clear()
    with in_a_while(seconds=120):
        handle_due()
    assert (db.session.query(Refund).count(), outcomes()["waiting"]) == (AT_ONCE + 2, 0)


def test_what_somebody_looks_at_just_now_is_left_to_them(telephone: Telephone) -> None:
    sales(2)
    events = db.session.scalars(select(StripeEvent).order_by(StripeEvent.id)).all()
    claim_all(StripeEvent, [events[-1].id])
    handle_due()
    assert len(telephone.calls) == 1
    assert {row.object_id for row in db.session.query(StripeEvent) if not row.outcome} == {events[-1].object_id}


def test_who_was_suspended_past_the_claim_leaves_it_to_the_other(app: Flask, telephone: Telephone) -> None:
    sales(1)
    others: dict[int, Claim] = {}

    def take_over() -> None:
        with app.app_context(), in_a_while(seconds=41):
            others.update(claim_all(StripeEvent, [row.id for row in db.session.query(StripeEvent)]))

    telephone.meeting = Barrier(1, action=take_over)
    handle_due()
    rows = {row.id: row for row in db.session.query(StripeEvent) if row.id in others}
    assert {row.claim_token for row in rows.values()} == {claim.token for claim in others.values()}
    assert outcomes()["handled"] == 0
