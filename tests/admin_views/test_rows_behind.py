"""Every figure of Payment Analytics opens the rows behind it, and they add up to it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import builders
import pytest
from cast import Browser
from sqlalchemy import update

from models.base import db
from models.dispute import Dispute
from models.invoice import new_operation
from models.payment import Payment
from models.revenue import DailyTotal
from tasks import transaction
from tasks.offline_payments import record_offline_payment
from tasks.revenue import add_up_dirty_days

SignIn = Callable[[str], Browser]
FIGURE = re.compile(r'<a href="([^"]*[?&]flt0_[^"]*)">([^<]*)</a>')


def opened(browser: Browser, address: str) -> dict[tuple[str, str], set[str]]:
    """For each linked figure of the page, and where it leads: what stands beneath the rows there."""
    found = {}
    for href, text in FIGURE.findall(browser.get(address).text):
        page = browser.get(unescape(href)).text
        sums = re.findall(r'<dt>[^<]*</dt><dd class="num">([^<]*)</dd>', page)
        found[text, unescape(href)] = set(sums) or {"0", "$0.00"}
    return found


def paid_in_cash(amount: str, day: date) -> None:
    invoice = builders.a_sent_invoice(amount)
    record_offline_payment(invoice.id, invoice.due(), "cash", day, "", builders.person("finance"), new_operation())


@pytest.fixture
def two_days(app: object) -> str:
    """Today with tomorrow, and in the range before them what was paid yesterday."""
    builders.a_refund(builders.a_paid_invoice("64.47"), "30.00")
    builders.a_disputed_invoice("50.00")
    builders.the_world().close_dispute(db.session.query(Dispute).one().stripe_id, "lost")
    builders.come_home()
    today = builders.today()
    for day, amount in ((today, "7.00"), (today - timedelta(days=1), "11.00"), (today - timedelta(days=2), "13.00")):
        paid_in_cash(amount, day)
    return f"from={today}&to={today + timedelta(days=1)}"


@pytest.mark.both_databases
@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_the_takings_are_the_sums_of_the_rows_behind(signed_in: SignIn, two_days: str, by: str) -> None:
    figures = opened(signed_in("viewer"), f"/admin/analytics/?{two_days}&by={by}")
    assert {figure: sums for figure, sums in figures.items() if figure[0] not in sums} == {}
    assert {"3", "$121.47", "$30.00", "$50.00", "$24.00"} <= {text for text, _ in figures}
    assert any(f"counted_between={builders.today() - timedelta(days=2)}.." in href for _, href in figures)


@pytest.mark.both_databases
def test_methods_and_what_is_owed_are_the_sums_of_the_rows_behind(signed_in: SignIn, two_days: str) -> None:
    builders.a_sent_invoice("41.00")
    builders.a_paid_invoice("9.00")
    with transaction() as session:
        session.execute(update(Payment).where(Payment.captured == 900).values(method=""))
    figures = opened(signed_in("viewer"), f"/admin/analytics/receivables?{two_days}")
    assert {figure: sums for figure, sums in figures.items() if figure[0] not in sums} == {}
    assert {"$9.00", "$130.47", "4", "2", "1"} <= {text for text, _ in figures}
    assert "/admin/invoice/?flt0_outstanding_is=1&flt1_currency_is=USD" in {href for _, href in figures}


def test_a_method_that_nobody_knows_is_said_above_its_rows(signed_in: SignIn) -> None:
    builders.a_paid_invoice("9.00")
    with transaction() as session:
        session.execute(update(Payment).values(method=""))
    browser = signed_in("viewer")
    assert "Take away: Unknown method" in browser.get("/admin/payment/?flt0_method_is=unknown").text
    assert "$9.00" not in browser.get("/admin/payment/?flt0_method_is=Visa").text


@pytest.mark.both_databases
def test_what_is_not_counted_is_the_sum_of_the_matters_behind(signed_in: SignIn) -> None:
    day = builders.today() - timedelta(days=1)
    for amount, currency in (("720.00", "USD"), ("30.00", "USD"), ("5.00", "EUR"), ("11.00", "USD")):
        payment = builders.an_unmatched_payment(amount, currency)
    builders.paid_twice()
    with transaction() as session:
        session.get_one(Payment, payment.id).paid_at -= timedelta(days=10)
    browser = signed_in("viewer")
    page = browser.get(f"/admin/analytics/?from={day}&to={builders.today()}").text
    found = re.search(r'<a href="([^"]*)">2 unmatched payments of (\S+) together are not counted</a>', page)
    assert found
    behind = browser.get(unescape(found[1])).text
    assert re.findall(r'<dt>[^<]*</dt><dd class="num">([^<]*)</dd>', behind) == ["2", found[2]] == ["2", "$750.00"]
    assert "Take away: Unmatched, paid on" in behind


def test_nothing_leads_to_days_that_no_list_reaches(signed_in: SignIn) -> None:
    builders.a_paid_invoice("9.00")
    add_up_dirty_days()
    with transaction() as session:
        session.execute(update(DailyTotal).values(day=date(2000, 1, 15)))
    page = signed_in("viewer").get("/admin/analytics/?from=2000-01-01&to=2000-01-31").text
    assert ("counted_between=2000-01-01.." in page, "counted_between=1999" in page) == (True, False)
