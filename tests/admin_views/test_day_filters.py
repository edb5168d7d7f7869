"""Lists narrowed to what a figure counts say which figure that is, and add up to it."""

import re
from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from cast import Browser
from sqlalchemy import update

from admin_views.day_filters import invoices_of_age, rows_behind
from admin_views.periods import Period
from models.base import db
from models.dispute import Dispute
from models.invoice import Invoice
from models.payment import Payment
from models.refund import Refund
from tasks import transaction

SignIn = Callable[[str], Browser]
BY_LIST = ("payment", "refund", "dispute")


def foot(browser: Browser, address: str) -> dict[str, str]:
    """What stands beneath the rows of this list."""
    page = browser.get(address).text
    sums = re.findall(r'<dt>([^<]*)</dt><dd class="num">([^<]*)</dd>', page)
    return dict(sums)


def behind(endpoint: str, basis: str = "cash", currency: str = "USD", **more: str) -> str:
    """The address of what counts today."""
    with builders.current_app.test_request_context():
        return rows_behind(endpoint, basis, Period(builders.today(), builders.today()), currency, **more)


def some_money() -> None:
    builders.a_refund(builders.a_paid_invoice("100.00"), "30.00")
    builders.a_paid_invoice("3000", currency="JPY")
    builders.a_disputed_invoice("50.00")
    builders.the_world().close_dispute(db.session.query(Dispute).one().stripe_id, "lost")
    builders.come_home()


@pytest.mark.both_databases
@pytest.mark.parametrize("basis", ["cash", "invoice"])
def test_a_list_adds_up_what_counts_on_these_days(signed_in: SignIn, basis: str) -> None:
    some_money()
    browser = signed_in("viewer")
    feet = [foot(browser, behind(endpoint, basis)) for endpoint in BY_LIST]
    assert [feet[0]["Collected"], feet[1]["Refunded"], feet[2]["Lost"]] == ["$150.00", "$30.00", "$50.00"]
    assert foot(browser, behind("payment", basis, "JPY"))["Collected"] == "¥3,000"


def test_a_list_can_be_narrowed_to_a_method_and_a_contact(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("100.00")
    builders.an_invoice_paid_in_cash()
    browser = signed_in("viewer")
    assert foot(browser, behind("payment"))["Collected"] == "$200.00"
    assert foot(browser, behind("payment", method_is="Cash"))["Rows"] == "1"
    assert foot(browser, behind("payment", method_is="Visa"))["Rows"] == "1"
    assert foot(browser, behind("payment", contact_is=str(invoice.contact_id)))["Collected"] == "$100.00"


def test_what_narrows_a_list_is_told_and_can_be_taken_away(signed_in: SignIn) -> None:
    builders.a_paid_invoice("100.00")
    page = signed_in("viewer").get(behind("payment")).text
    assert "Take away: Counted on" in page
    assert "Take away: USD" in page
    assert "table-sums" not in signed_in("viewer").get("/admin/payment/").text


@pytest.mark.parametrize("narrowed", ["flt0_currency_is=USD", "flt0_state_is=failed&flt1_currency_is=USD"])
def test_rows_that_may_not_count_are_not_added_up(signed_in: SignIn, narrowed: str) -> None:
    invoice = builders.a_paid_invoice("100.00")
    builders.a_refund(invoice, "30.00")
    with transaction() as session:
        session.execute(update(Refund).values(state="failed"))
    page = signed_in("viewer").get(f"/admin/refund/?{narrowed}").text
    assert ("$30.00" in page, "Take away: USD" in page, "table-sums" in page) == (True, True, False)


def test_what_an_undecided_dispute_holds_is_not_called_lost(signed_in: SignIn) -> None:
    builders.a_disputed_invoice("50.00")
    page = signed_in("viewer").get("/admin/dispute/?flt0_currency_is=USD").text
    assert ("$50.00" in page, "table-sums" in page) == (True, False)


def test_what_is_due_is_added_up_however_invoices_are_narrowed(signed_in: SignIn) -> None:
    builders.a_sent_invoice("10.00")
    builders.a_paid_invoice("5.00")
    assert foot(signed_in("viewer"), "/admin/invoice/?flt0_currency_is=USD") == {"Rows": "2", "Amount due": "$10.00"}


@pytest.mark.both_databases
def test_rows_of_a_currency_that_has_ended_are_found(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("7.00")
    with transaction() as session:
        session.execute(update(Payment).values(currency="HRK"))
    found = foot(signed_in("viewer"), behind("payment", currency="HRK"))
    assert (found["Rows"], "7.00" in found["Collected"]) == ("1", True)
    assert (
        f"details/?id={builders.the_payment(invoice).id}"
        in signed_in("viewer").get(behind("payment", currency="HRK")).text
    )


@pytest.mark.both_databases
def test_invoices_are_listed_by_how_long_they_are_overdue(signed_in: SignIn) -> None:
    for days, amount in ((0, "1.00"), (1, "2.00"), (30, "4.00"), (31, "8.00"), (90, "16.00"), (91, "32.00")):
        invoice = builders.a_sent_invoice(amount)
        with transaction() as session:
            due = (invoice.issue_date or builders.today()) - timedelta(days=days)
            session.execute(update(Invoice).where(Invoice.id == invoice.id).values(due_date=due))
    browser, found = signed_in("viewer"), {}
    for age in ("current", "1-30", "31-60", "61-90", "over-90"):
        with builders.current_app.test_request_context():
            address = invoices_of_age(age, "USD")
        found[age] = foot(browser, address)["Amount due"]
    assert list(found.values()) == ["$1.00", "$6.00", "$8.00", "$16.00", "$32.00"]
