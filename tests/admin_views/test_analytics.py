"""Payment Analytics: ranges, currencies never mixed, and the payment that was just made."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import builders
import pytest
from cast import Browser
from forms import dialog, is_open
from sqlalchemy import update

from admin_views.charts import axis
from models.base import db
from models.dispute import Dispute
from models.invoice import Invoice, new_operation
from models.payment import Payment
from models.revenue import DailyTotal, mark_dirty
from tasks import transaction
from tasks.attention import dismiss
from tasks.offline_payments import record_offline_payment
from tasks.revenue import add_up_dirty_days

SignIn = Callable[[str], Browser]


def shown(browser: Browser, query: str = "") -> str:
    return " ".join(browser.get(f"/admin/analytics/{query}").text.split())


def figures(browser: Browser, query: str = "") -> dict[str, str]:
    """The four figures by their labels."""
    page = re.sub(r"</?a[^>]*>", "", shown(browser, query))
    return dict(re.findall(r'<div class="stat-label">([^<]*)</div> ?<div class="stat-value">([^<]*)</div>', page))


def links(browser: Browser, address: str) -> dict[str, str]:
    """Where each linked text of this page leads; of several that say the same, the first."""
    found: dict[str, str] = {}
    for href, text in re.findall(r'<a href="([^"]*)">([^<]*)</a>', browser.get(address).text):
        found.setdefault(text, unescape(href))
    return found


def test_the_payment_just_made_is_in_before_any_day_is_added_up(signed_in: SignIn) -> None:
    builders.a_paid_invoice("64.47")
    found = figures(signed_in("viewer"))
    assert (list(found), found["Collected"]) == (["Collected", "Refunded", "Stripe fees", "Net"], "$64.47")


@pytest.mark.both_databases
def test_days_added_up_say_the_same_as_days_that_are_not(signed_in: SignIn) -> None:
    builders.a_refund(builders.a_paid_invoice("100.00"), "30.00")
    builders.come_home()
    browser = signed_in("viewer")
    with transaction() as session:
        session.query(DailyTotal).update({"dirty": True})
    live = figures(browser)
    add_up_dirty_days()
    kept = figures(browser)
    assert live == kept == {"Collected": "$100.00", "Refunded": "$30.00", "Stripe fees": "$3.20", "Net": "$66.80"}


def test_currencies_are_never_added_to_each_other(signed_in: SignIn) -> None:
    builders.a_paid_invoice("10.00")
    builders.a_paid_invoice("3000", currency="JPY")
    browser = signed_in("viewer")
    assert figures(browser)["Collected"] == "$10.00"
    assert figures(browser, "?currency=JPY")["Collected"] == "¥3,000"


def test_a_link_keeps_its_currency_where_nothing_came_in(signed_in: SignIn) -> None:
    builders.a_paid_invoice("10.00")
    browser = signed_in("finance")
    assert figures(browser, "?currency=EUR")["Collected"] == "€0.00"
    assert '<option value="USD">USD</option>' in shown(browser, "?currency=EUR")
    assert '<option value="EUR" selected>EUR</option>' in shown(browser, "receivables?currency=EUR")
    assert "10.00" not in browser.get("/admin/analytics/export/csv/?currency=EUR").text


def test_a_range_without_payments_says_so(signed_in: SignIn) -> None:
    builders.a_paid_invoice("10.00")
    browser, query = signed_in("viewer"), "?from=2020-01-01&to=2020-02-01"
    page = shown(browser, query)
    assert "Nothing was collected in this range" in page
    assert 'class="chart"' not in page
    assert figures(browser, query)["Collected"] == "$0.00"


def test_net_opens_the_sum_that_it_is_and_each_part_of_it_its_rows(signed_in: SignIn) -> None:
    a_mixed_month()
    browser = signed_in("viewer")
    today = links(browser, "/admin/analytics/?by=day")["$65.05"]
    asked = dialog(browser.get(today).text, "net")
    assert is_open(asked)
    assert f"from={builders.today()}&to={builders.today()}" in today
    parts = re.findall(r"<dt>([^<]*)</dt><dd>(−?)<a[^>]*>([^<]*)</a></dd>", asked)
    sums = [("Collected", "", "$150.00"), ("Refunded", "−", "$30.00"), ("Lost to disputes", "−", "$50.00")]
    assert parts == [*sums, ("Stripe fees", "−", "$4.95")]
    assert '<dd class="total">$65.05</dd>' in asked


@pytest.mark.both_databases
def test_what_fits_no_invoice_is_said_not_to_be_counted_in_its_currency_and_days(signed_in: SignIn) -> None:
    builders.an_unmatched_payment("720.00")
    browser, earlier = signed_in("viewer"), "?from=2026-01-01&to=2026-01-31"
    words = "1 unmatched payment of $720.00 is not counted"
    assert words in links(browser, "/admin/analytics/")
    assert words in shown(browser, "?basis=invoice")
    assert not any("not counted" in shown(browser, asked) for asked in ("?currency=EUR", earlier))
    builders.an_unmatched_payment("30.00")
    assert "2 unmatched payments of $750.00 together are not counted" in shown(browser)


def test_what_was_decided_about_unmatched_money_is_not_asked_again(signed_in: SignIn) -> None:
    builders.an_unmatched_payment("720.00")
    dismiss(builders.the_matter().id, builders.person("finance"), "Sold elsewhere")
    assert "not counted" not in shown(signed_in("viewer"))


def a_mixed_month() -> None:
    """$150.00 came in, $30.00 went back, and a dispute took $50.00."""
    builders.a_refund(builders.a_paid_invoice("100.00"), "30.00")
    builders.a_disputed_invoice("50.00")
    builders.the_world().close_dispute(db.session.query(Dispute).one().stripe_id, "lost")
    builders.come_home()


def test_what_disputes_took_stands_beside_the_refunds(signed_in: SignIn) -> None:
    a_mixed_month()
    page = re.sub(r"</?a[^>]*>", "", shown(signed_in("viewer")))
    assert "Lost to disputes: $50.00" in page


def test_links_keep_the_range_the_currency_and_the_basis(signed_in: SignIn) -> None:
    builders.a_paid_invoice("3000", currency="JPY")
    asked = "from=2026-01-01&to=2027-01-01&by=month&currency=JPY&basis=invoice"
    page = unescape(shown(signed_in("viewer"), f"?{asked}"))
    assert "/admin/analytics/receivables?from=2026-01-01&to=2027-01-01&by=month&currency=JPY&basis=invoice" in page
    assert "/admin/analytics/?by=month&currency=JPY&basis=invoice&period=last-month" in page


def test_by_invoice_date_money_counts_when_its_invoice_was_issued(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("64.47")
    with transaction() as session:
        session.execute(update(Invoice).where(Invoice.id == invoice.id).values(issue_date=date(2026, 3, 29)))
        mark_dirty(session, session.get_one(Payment, builders.the_payment(invoice).id), ())
    browser, march = signed_in("viewer"), "from=2026-03-01&to=2026-03-31"
    assert figures(browser, f"?{march}&basis=invoice")["Collected"] == "$64.47"
    assert figures(browser, f"?{march}")["Collected"] == "$0.00"


def test_fees_that_stripe_has_not_told_are_counted(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("64.47")
    builders.an_invoice_paid_in_cash()
    assert "not known yet" not in shown(signed_in("viewer"))
    with transaction() as session:
        session.execute(update(Payment).where(Payment.invoice_id == invoice.id).values(fee=None))
    assert "Fee of 1 payment not known yet" in shown(signed_in("viewer"))


@pytest.mark.parametrize(("amount", "change"), [("150.00", "+50%"), ("40.00", "−60%")])
def test_a_period_stands_beside_the_one_before(signed_in: SignIn, amount: str, change: str) -> None:
    builders.a_paid_invoice(amount)
    invoice, yesterday = builders.a_sent_invoice("100.00"), builders.today() - timedelta(days=1)
    by = builders.person("finance")
    record_offline_payment(invoice.id, invoice.due(), "cash", yesterday, "", by, new_operation())
    today = builders.today()
    page = shown(signed_in("viewer"), f"?from={today}&to={today + timedelta(days=1)}")
    assert f"$100.00 before ({change})" in page
    assert page.count('class="bar-2"') == 1


def test_outstanding_is_shown_by_age_and_opens_its_invoices(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice("41.00")
    late = builders.today() - timedelta(days=45)
    with transaction() as session:
        session.execute(update(Invoice).where(Invoice.id == invoice.id).values(due_date=late))
    browser = signed_in("viewer")
    assert figures(browser, "receivables")["31–60 days overdue"] == "$41.00"
    assert figures(browser, "receivables")["Not due yet"] == "$0.00"
    opened = browser.get(links(browser, "/admin/analytics/receivables")["$41.00"]).text
    assert '<dt>Amount due</dt><dd class="num">$41.00</dd>' in opened


def test_methods_add_up_to_what_was_collected(signed_in: SignIn) -> None:
    builders.a_paid_invoice("64.47")
    builders.a_paid_invoice("5.53")
    builders.an_invoice_paid_in_cash()
    browser = signed_in("viewer")
    found = links(browser, "/admin/analytics/receivables")
    assert re.findall(r'<td class="nowrap cell-main">(\w+)</td>', shown(browser, "receivables")) == ["Cash", "Visa"]
    assert '<dt>Collected</dt><dd class="num">$70.00</dd>' in browser.get(found["$70.00"]).text
    assert "$170.00" in found


def test_the_days_of_a_preset_have_its_name_when_they_are_typed(signed_in: SignIn) -> None:
    browser, today = signed_in("viewer"), builders.today()
    pressed = f"?from={today.replace(day=1)}&to={today}&period=this-month"
    this_month = 'period=this-month" aria-current="true"'
    assert this_month in unescape(shown(browser, pressed))
    assert '<input type="hidden" name="period" value="this-month">' in shown(browser)
    assert this_month not in unescape(shown(browser, f"?from={today}&to={today + timedelta(days=1)}"))


@pytest.mark.parametrize(
    ("largest", "currency", "marks"),
    [
        (0, "USD", ["$0.04", "$0.03", "$0.02", "$0.01", "$0"]),
        (263347, "USD", ["$4,000", "$3,000", "$2,000", "$1,000", "$0"]),
        (400000, "USD", ["$4,000", "$3,000", "$2,000", "$1,000", "$0"]),
        (877000, "USD", ["$10,000", "$7,500", "$5,000", "$2,500", "$0"]),
        (120000, "JPY", ["¥160,000", "¥120,000", "¥80,000", "¥40,000", "¥0"]),
    ],
)
def test_an_axis_has_round_numbers_that_hold_the_largest(largest: int, currency: str, marks: list[str]) -> None:
    assert axis(largest, currency).marks == marks
    assert axis(largest, currency).top >= largest
