"""Daily totals by cash and by invoice date: whatever changes a fact, the days that it counts for follow."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import (
    a_disputed_invoice,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    an_unmatched_payment,
    come_home,
    connected,
    in_a_while,
    pay,
    person,
    the_payment,
    the_world,
    today,
)
from flask import Flask
from sqlalchemy import delete, select, update

from models.activity import Activity
from models.base import db
from models.dispute import Dispute
from models.invoice import Invoice
from models.organization import the_organization
from models.revenue import DailyTotal, total_takings
from tasks import transaction
from tasks.attention import match_payment, move_payment
from tasks.audit import audit
from tasks.organization import change_organization
from tasks.reconcile import reconcile
from tasks.revenue import add_up_dirty_days
from tasks.upkeep import complete_books

pytestmark = pytest.mark.both_databases


def totals(basis: str) -> list[tuple[Any, ...]]:
    """Day, collected, refunded and lost of each day that has anything, as kept."""
    add_up_dirty_days()
    db.session.expire_all()
    query = select(DailyTotal).where(DailyTotal.basis == basis).order_by(DailyTotal.day)
    rows = [row for row in db.session.scalars(query) if any(row.sums.values())]
    return [(row.day, row.collected, row.refunded, row.lost) for row in rows]


def dated(invoice: Invoice, days_ago: int) -> None:
    """As if it had been issued so long ago."""
    with transaction() as session:
        day = the_organization(session).today() - timedelta(days=days_ago)
        session.execute(update(Invoice).where(Invoice.id == invoice.id).values(issue_date=day))


def test_a_payment_counts_on_its_own_day_and_on_its_invoices(app: Flask) -> None:
    invoice = a_sent_invoice()
    dated(invoice, 40)
    pay(invoice)
    come_home()
    a_paid_invoice("60.00")
    assert totals("cash") == [(today(), 16000, 0, 0)]
    assert totals("invoice") == [(today() - timedelta(days=40), 10000, 0, 0), (today(), 6000, 0, 0)]
    assert audit() == []


def test_what_goes_back_counts_where_its_invoice_does(app: Flask) -> None:
    invoice = a_sent_invoice()
    dated(invoice, 40)
    pay(invoice)
    come_home()
    a_refund(invoice, "30.00")
    come_home()
    assert totals("cash") == [(today(), 10000, 3000, 0)]
    assert totals("invoice") == [(today() - timedelta(days=40), 10000, 3000, 0)]
    assert audit() == []


def test_money_that_a_dispute_took_is_lost_on_the_day_of_the_decision(app: Flask) -> None:
    a_disputed_invoice()
    assert totals("cash") == [(today(), 10000, 0, 0)]
    day = today()
    with in_a_while(days=3):
        the_world().close_dispute(db.session.scalars(select(Dispute.stripe_id)).one(), "lost")
        come_home()
    assert totals("cash") == [(day, 10000, 0, 0), (day + timedelta(days=3), 0, 0, 10000)]
    assert totals("invoice") == [(day, 10000, 0, 10000)]
    assert audit() == []


def test_a_loss_that_only_reconcile_finds_counts_on_the_day_of_the_decision(app: Flask) -> None:
    invoice, day = a_disputed_invoice(), today()
    the_world().deliveries.mode = "drop"
    the_world().close_dispute(db.session.scalars(select(Dispute.stripe_id)).one(), "lost")
    come_home()
    with in_a_while(days=3):
        reconcile()
    told = select(Activity.at).where(Activity.invoice_id == invoice.id, Activity.kind == "dispute_lost")
    assert db.session.scalars(told).one() == db.session.scalars(select(Dispute.decided_at)).one()
    assert totals("cash") == [(day, 10000, 0, 10000)]
    assert audit() == []


def test_what_is_won_was_never_lost(app: Flask) -> None:
    a_disputed_invoice()
    the_world().close_dispute(db.session.scalars(select(Dispute.stripe_id)).one(), "won")
    come_home()
    assert totals("cash") == totals("invoice") == [(today(), 10000, 0, 0)]
    assert db.session.scalars(select(Dispute.decided_at)).one()


def test_a_payment_that_is_moved_takes_its_money_to_the_day_of_the_other_invoice(app: Flask) -> None:
    first, second = a_paid_invoice(), a_sent_invoice()
    dated(second, 10)
    assert totals("invoice") == [(today(), 10000, 0, 0)]
    move_payment(the_payment(first).id, second.id, person("finance"), "It was meant for this one")
    assert totals("invoice") == [(today() - timedelta(days=10), 10000, 0, 0)]
    assert (totals("cash"), audit()) == ([(today(), 10000, 0, 0)], [])


def test_matched_money_counts_on_both_bases(app: Flask) -> None:
    connected()
    payment, invoice = an_unmatched_payment("100.00"), a_sent_invoice()
    dated(invoice, 5)
    assert totals("cash") == totals("invoice") == []
    match_payment(payment.id, invoice.id, person("finance"))
    assert totals("cash") == [(today(), 10000, 0, 0)]
    assert totals("invoice") == [(today() - timedelta(days=5), 10000, 0, 0)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_in_another_time_zone_money_counts_on_its_day_there_and_issue_dates_stay(app: Flask, zone: str) -> None:
    invoice = a_paid_invoice()
    before, there = totals("invoice"), the_payment(invoice).paid_at.astimezone(ZoneInfo(zone)).date()
    for name in ("America/New_York", "Asia/Kolkata", zone):
        change_organization(person("admin"), {"time_zone": name})
        assert {row.basis for row in db.session.query(DailyTotal) if row.dirty} == {"cash"}
    assert (totals("cash"), totals("invoice"), audit()) == ([(there, 10000, 0, 0)], before, [])


def test_books_of_before_get_their_days_by_invoice_date(app: Flask) -> None:
    a_paid_invoice()
    add_up_dirty_days()
    with transaction() as session:
        session.execute(delete(DailyTotal).where(DailyTotal.basis == "invoice"))
    assert [broken.invariant for broken in audit()] == ["daily totals"]
    complete_books()
    assert (totals("invoice"), audit()) == ([(today(), 10000, 0, 0)], [])


def test_fees_come_off_what_is_left(app: Flask) -> None:
    payment = the_payment(a_paid_invoice())
    organization, day = the_organization(db.session), today()
    taken = total_takings(db.session, organization.zone, day, day)["USD"]
    assert (taken.fees, taken.net) == (payment.fee, 10000 - (payment.fee or 0))
