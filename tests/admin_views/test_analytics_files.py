"""The tables of Payment Analytics' second tab as files: the same figures, for those who may export."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape
from io import StringIO

import builders
import pytest
from cast import Browser
from sqlalchemy import select, update

from models.activity import AuditEntry
from models.base import db
from models.invoice import Invoice
from models.payment import Payment
from tasks import transaction

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
TAB = "/admin/analytics/receivables"


def files(browser: Browser, query: str = "") -> dict[str, list[dict[str, str]]]:
    """What the tab offers as files, by the name of each."""
    links = re.findall(r'<a class="btn btn-sm" href="([^"]*/export/(\w+)/csv/[^"]*)"', browser.get(TAB + query).text)
    texts = {name: browser.get(unescape(href)).text for href, name in links}
    return {name: list(csv.DictReader(StringIO(text[1:], newline=""))) for name, text in texts.items()}


def some_business() -> None:
    """$164.47 came in on two ways and $41.00 is 45 days late; in yen other sums."""
    builders.a_paid_invoice("64.47")
    builders.an_invoice_paid_in_cash()
    builders.a_paid_invoice("7000", currency="JPY")
    late, _, _ = builders.a_sent_invoice("41.00"), builders.a_sent_invoice("9.00"), builders.a_sent_invoice("1.00")
    with transaction() as session:
        due = builders.today() - timedelta(days=45)
        session.execute(update(Invoice).where(Invoice.id == late.id).values(due_date=due))


def added(rows: list[dict[str, str]], head: str) -> str:
    return f"${sum(Decimal(row[head]) for row in rows)}"


def test_the_files_add_up_to_what_the_page_says(signed_in: SignIn) -> None:
    some_business()
    staff = signed_in("staff")
    page, found = " ".join(re.sub(r"<[^>]+>", " ", staff.get(TAB).text).split()), files(staff)
    assert f"Outstanding today {added(found['outstanding'], 'Outstanding')} · 3 invoices" in page
    ages = {row["Age"]: (row["Outstanding"], row["Invoices"]) for row in found["outstanding"]}
    assert (len(ages), ages["31–60 days overdue"], ages["Not due yet"]) == (5, ("41.00", "1"), ("10.00", "2"))
    sums = [added(found["methods"], head) for head in ("Stripe fees", "Collected")]
    payments = sum(int(row["Payments"]) for row in found["methods"])
    assert f"Total {payments} {' '.join(sums)}" in page
    assert sums[1] == "$164.47"


def test_a_file_has_the_currency_and_the_days_of_its_page(signed_in: SignIn) -> None:
    some_business()
    staff, today = signed_in("staff"), builders.today().isoformat()
    found = files(staff, f"?from={today}&to={today}&currency=JPY")
    assert {row["Currency"] for rows in found.values() for row in rows} == {"JPY"}
    (method,) = found["methods"]
    assert (method["From"], method["To"], method["Collected"]) == (today, today, "7000")
    assert {row["As of"] for row in found["outstanding"]} == {today}
    assert files(staff, "?from=2020-01-01&to=2020-01-31")["methods"] == []


def test_a_method_runs_as_no_formula(signed_in: SignIn) -> None:
    builders.a_paid_invoice()
    with transaction() as session:
        session.execute(update(Payment).values(method='=HYPERLINK("evil")'))
    assert [row["Method"] for row in files(signed_in("staff"))["methods"]] == ['\'=HYPERLINK("evil")']


def test_who_may_not_export_is_offered_no_file_and_gets_none(signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    assert files(viewer) == {}
    for name in ("outstanding", "methods"):
        assert viewer.get(f"/admin/analytics/export/{name}/csv/").status_code == 403


def test_who_took_which_table_along_is_in_the_audit_log(signed_in: SignIn) -> None:
    files(signed_in("staff"), "?currency=USD")
    db.session.rollback()
    query = select(AuditEntry.action).where(AuditEntry.action.like("%.export")).order_by(AuditEntry.id)
    noted = db.session.scalars(query).all()
    assert noted == ["outstanding.export", "methods.export"]
