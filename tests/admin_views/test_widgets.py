"""The dashboard's widgets: what each shows, to whom, and what each person has switched off."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import builders
import pytest
from cast import Browser
from flask import Flask
from forms import dialog
from sqlalchemy import event

from admin_views.periods import Period
from admin_views.tiles import same_days_of_last_month
from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.money import Money
from models.people import User, role_named
from sandbox.accounts import STUDIO
from tasks import preferences, transaction
from tasks.offline_payments import record_offline_payment
from tasks.pay_links import record_view
from tasks.payouts import record_payout
from tasks.stripe_gateway.payouts import PayoutRecord

SignIn = Callable[[str], Browser]
ALL = ["collected", "owed", "attention", "disputes", "unviewed", "payouts", "recent"]
CHOOSE = "/admin/widgets"


def widget(page: str, name: str) -> str:
    """One widget in words, empty when it is not on the dashboard."""
    found = re.search(rf'aria-labelledby="{name}-title">(.*?)</section>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def offered(browser: Browser) -> list[str]:
    """The widgets that this person can choose from."""
    return re.findall(r'name="shown" value="(\w+)"', dialog(browser.get("/admin/").text, "customize"))


def sent_days_ago(days: float, amount: str = "100.00") -> Invoice:
    builders.connected()
    with builders.in_a_while(days=-days):
        return builders.a_sent_invoice(amount)


def pay_out(number: int, status: str, arrives: date | None) -> None:
    builders.connected()
    record_payout(STUDIO, PayoutRecord(f"po_{number}", Money(number * 100, "USD"), status, arrives, None, now()), now())


@pytest.mark.both_databases
def test_what_was_sent_days_ago_and_never_opened_is_found(signed_in: SignIn) -> None:
    forgotten, opened, fresh = sent_days_ago(4), sent_days_ago(5), sent_days_ago(2)
    record_view(opened.id, by_staff=False)
    page = signed_in("viewer").get("/admin/invoice/?flt0_unviewed_is=1").text
    assert f"details/?id={forgotten.id}" in page
    assert f"details/?id={opened.id}" not in page
    assert f"details/?id={fresh.id}" not in page


@pytest.mark.both_databases
def test_who_has_waited_longest_to_be_opened_stands_first(signed_in: SignIn) -> None:
    for days in (4, 9, 5, 8, 6, 7):
        sent_days_ago(days, f"{days}.00")
    page = signed_in("viewer").get("/admin/").text
    shown = widget(page, "unviewed")
    assert re.findall(r"\$(\d)\.00", shown) == ["9", "8", "7", "6", "5"]
    assert shown.startswith("Sent but not viewed for 3 days 6 ")
    assert 'href="/admin/invoice/?flt0_unviewed_is=1"' in page


def test_payouts_on_their_way_stand_in_the_order_in_which_they_arrive(signed_in: SignIn) -> None:
    for number, status, day in ((1, "pending", 9), (2, "paid", 1), (3, "in_transit", 8), (4, "failed", 2)):
        pay_out(number, status, date(2099, 3, day))
    pay_out(5, "pending", None)
    shown = widget(signed_in("viewer").get("/admin/").text, "payouts")
    assert re.findall(r"\$(\d)\.00", shown) == ["3", "1", "5"]
    assert "Mar 8, 2099 $3.00 po_3 In transit" in shown


def test_what_came_in_is_compared_with_the_same_days_of_last_month(signed_in: SignIn) -> None:
    today = builders.today()
    earlier = same_days_of_last_month(Period(today.replace(day=1), today))
    for day, amount in ((earlier.first, "40.00"), (earlier.first - timedelta(days=1), "900.00"), (today, "50.00")):
        invoice, by = builders.a_sent_invoice(amount), builders.person("finance")
        record_offline_payment(invoice.id, invoice.due(), "cash", day, "", by, new_operation())
    page = signed_in("viewer").get("/admin/").text
    assert "25% more than on" in page[page.index("Collected this month") : page.index("Outstanding")]


@pytest.mark.parametrize(
    ("month", "before"),
    [
        (Period(date(2026, 11, 1), date(2026, 11, 23)), Period(date(2026, 10, 1), date(2026, 10, 23))),
        (Period(date(2026, 3, 1), date(2026, 3, 31)), Period(date(2026, 2, 1), date(2026, 2, 28))),
        (Period(date(2026, 1, 1), date(2026, 1, 1)), Period(date(2025, 12, 1), date(2025, 12, 1))),
    ],
)
def test_last_month_may_be_shorter(month: Period, before: Period) -> None:
    assert same_days_of_last_month(month) == before


@pytest.mark.both_databases
def test_each_person_switches_off_what_they_do_not_need(signed_in: SignIn) -> None:
    staff, viewer = signed_in("staff"), signed_in("viewer")
    staff.post_form(CHOOSE, {"shown": [name for name in ALL if name not in ("recent", "owed")]})
    page = staff.get("/admin/").text
    assert "No payments yet" not in page
    assert 'stat-label">Overdue' not in page
    assert widget(page, "payouts")
    assert "No payments yet" in viewer.get("/admin/").text
    staff.post_form(CHOOSE, {"shown": ALL})
    assert "No payments yet" in staff.get("/admin/").text


def test_who_has_switched_everything_off_is_shown_the_way_back(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    assert offered(staff) == ALL
    staff.post_form(CHOOSE)
    page = staff.get("/admin/").text
    assert "Nothing is switched on" in page
    assert "checked" not in dialog(page, "customize")


def test_a_widget_whose_rows_one_may_not_see_is_not_there(signed_in: SignIn) -> None:
    with transaction() as session:
        role_named(session, "viewer").permissions = ["invoices.view"]
    builders.a_paid_invoice()
    viewer = signed_in("viewer")
    assert offered(viewer) == ["owed", "unviewed"]
    page = viewer.get("/admin/").text
    assert not any(widget(page, name) for name in ("attention", "disputes", "payouts", "recent"))
    viewer.post_form(CHOOSE, {"shown": ["recent", "unviewed"]})
    assert "Recent Payments" not in viewer.get("/admin/").text


def test_what_waits_is_counted_once_for_the_widget_and_the_sidebar(app: Flask, signed_in: SignIn) -> None:
    viewer, seen = signed_in("viewer"), list[str]()
    event.listen(db.engine, "before_cursor_execute", note := lambda *about: seen.append(about[2]))
    page = viewer.get("/admin/").text
    event.remove(db.engine, "before_cursor_execute", note)
    assert "Needs attention" in widget(page, "attention")
    assert len([asked for asked in seen if "attention.resolved_at IS NULL" in asked]) == 1


def test_what_one_may_not_see_today_is_as_one_left_it_when_one_may_again(app: object) -> None:
    staff = builders.person("staff")
    preferences.switch_widgets(staff, {"recent": False, "owed": True})
    preferences.switch_widgets(staff, {"owed": False})
    with transaction() as session:
        assert session.get_one(User, staff.id).hidden_widgets == ["owed", "recent"]
