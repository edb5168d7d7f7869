"""Whatever came in and went back, and whenever: the page's figures are the sums of the rows that they open."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import connected
from cast import Browser
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from models.base import db
from models.clock import now
from models.counted import BASES, add_up, add_up_everything, day_bounds
from models.dispute import Dispute
from models.invoice import Invoice, new_operation
from models.organization import Organization
from models.payment import Payment
from models.refund import Refund
from models.revenue import DailyTotal, mark_days, missing_days, total_takings
from tasks import transaction
from tasks.revenue import add_up_dirty_days

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]

# The hours of these days: 23, 25, 23, 25.
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
)

# Minutes from three hours before that day begins until three hours after it ends, whatever its length.
MINUTES = st.integers(-180, 28 * 60)
AMOUNTS = st.integers(1, 10**7)
FACT = st.fixed_dictionaries(
    {
        "paid": MINUTES,
        "amount": AMOUNTS,
        "fee": st.none() | st.integers(0, 500),
        "currency": st.sampled_from(["USD", "JPY"]),
        "issued": st.integers(-1, 1),
        "refund": st.none() | st.tuples(MINUTES, AMOUNTS),
        "lost": st.none() | st.tuples(MINUTES, AMOUNTS),
        "counts": st.booleans() | st.just(True),
    }
)


@pytest.fixture
def account(app: Flask) -> int:
    """Whose money it is."""
    return connected().id


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.lists(FACT, max_size=6))
def test_totals_are_the_sums_of_the_rows_on_days_of_23_and_25_hours(
    account: int, zone: str, day: date, facts: list[dict[str, Any]]
) -> None:
    write(account, zone, day, facts)
    days = [day + timedelta(days=n) for n in (-1, 0, 1)]
    for basis in BASES:
        everything = add_up_everything(db.session, basis, ZoneInfo(zone))
        assert dict(add_up(db.session, basis, days, ZoneInfo(zone))) == everything
        live = total_takings(db.session, ZoneInfo(zone), days[0], days[-1], basis)
        assert {currency: takings.collected for currency, takings in live.items() if takings.payments} == by_hand(facts)
    add_up_dirty_days()
    for row in db.session.scalars(select(DailyTotal).execution_options(populate_existing=True)):
        facts_say = add_up_everything(db.session, row.basis, ZoneInfo(zone))
        assert (row.dirty, row.sums) == (False, facts_say[row.day, row.currency])


def by_hand(facts: list[dict[str, Any]]) -> dict[str, int]:
    """What was collected by currency: on either basis the same over all days."""
    sums: dict[str, int] = {}
    for fact in facts:
        if fact["counts"]:
            sums[fact["currency"]] = sums.get(fact["currency"], 0) + fact["amount"]
    return sums


def write(account: int, zone: str, day: date, facts: list[dict[str, Any]]) -> None:
    """These facts and no others, as Stripe would have told them."""
    midnight, _ = day_bounds(day, ZoneInfo(zone))
    start = midnight.astimezone(UTC)
    with transaction() as session:
        for table in (Refund, Dispute, Payment, DailyTotal):
            session.execute(delete(table))
        session.execute(update(Organization).values(time_zone=zone))
        session.expire_all()
        for number, fact in enumerate(facts):
            _write_one(session, account, number, start, day, fact)
        session.flush()
        mark_days(session, missing_days(session))


def _write_one(session: Any, account: int, number: int, start: datetime, day: date, fact: dict[str, Any]) -> None:
    invoice = Invoice(
        currency=fact["currency"],
        total=fact["amount"],
        number=new_operation()[:20],
        issued_at=now(),
        issue_date=day + timedelta(days=fact["issued"]),
    )
    payment = Payment(
        invoice=invoice,
        account_id=account,
        payment_intent_id=f"pi_{number}",
        charge_id=f"ch_{number}",
        status="succeeded" if fact["counts"] else "failed",
        amount=fact["amount"],
        captured=fact["amount"] if fact["counts"] else 0,
        currency=fact["currency"],
        fee=fact["fee"],
        method="Visa •••• 4242",
        paid_at=start + timedelta(minutes=fact["paid"]),
    )
    session.add_all([invoice, payment])
    session.flush()
    about = {"account_id": account, "payment_id": payment.id, "currency": fact["currency"]}
    if fact["refund"] and fact["counts"]:
        minute, amount = fact["refund"]
        at = start + timedelta(minutes=minute)
        session.add(Refund(state="succeeded", amount=amount, created_at=at, uuid=new_operation(), **about))
    if fact["lost"] and fact["counts"]:
        minute, amount = fact["lost"]
        at = start + timedelta(minutes=minute)
        money = {"amount": amount, "withdrawn": amount, "decided_at": at, "created_at": at}
        session.add(Dispute(stripe_id=f"du_{number}", charge_id=f"ch_{number}", status="lost", **money, **about))


# Around both midnights of days of 23, 24 and 25 hours, and around the hours that are left out or come twice.
EDGES = (-1, 0, 60, 119, 120, 180, 23 * 60 - 1, 23 * 60, 24 * 60, 25 * 60 - 1, 25 * 60)
FACTS = [
    {
        "paid": minute,
        "amount": 1000 + minute,
        "fee": 10,
        "currency": "USD",
        "issued": place % 3 - 1,
        "refund": (minute, 7),
        "lost": (minute, 11),
        "counts": True,
    }
    for place, minute in enumerate(EDGES)
]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
@pytest.mark.parametrize("basis", BASES)
def test_each_figure_opens_rows_that_add_up_to_it(
    signed_in: SignIn, account: int, zone: str, day: date, basis: str
) -> None:
    write(account, zone, day, FACTS)
    browser = signed_in("viewer")
    page = browser.get(f"/admin/analytics/?from={day}&to={day}&basis={basis}").text
    foot = page[page.index("<tfoot>") : page.index("</tfoot>")]
    figures = re.findall(r'<a href="([^"]*)">([^<]*)</a>', foot)
    names = ("Rows", "Collected", "Refunded", "Lost", "Fees", "Collected")
    for (href, figure), name in zip(figures, names, strict=True):
        assert f'<dt>{name}</dt><dd class="num">{figure}</dd>' in browser.get(unescape(href)).text
