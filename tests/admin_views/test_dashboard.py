"""The first page after the sign-in, the sidebar, the palette and the pulse."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import builders
import pytest
from cast import Browser

from models.clock import now
from models.mail import Mail
from tasks import transaction
from tasks.organization import change_organization

SignIn = Callable[[str], Browser]


def palette(page: str) -> list[str]:
    found = re.search(r'id="palette-items"[^>]*>(.*?)</script>', page, re.S)
    assert found
    return [item["label"] for item in json.loads(found[1])]


def test_the_sidebar_has_the_user_s_words_in_order(signed_in: SignIn) -> None:
    page = signed_in("admin").get("/admin/").text
    nav = page[page.index('id="nav"') : page.index("</nav>")]
    names = re.findall(r"<span>([^<]+)</span>", nav)
    payments = ["Payments", "Analytics", "Disputes", "Payments", "Refunds", "Credit notes"]
    payments += ["Needs attention", "Reconcile"]
    settings = ["Settings", "Organization", "Integrations", "People", "Messages", "Reminders", "Texts", "Webhooks"]
    assert names == ["Dashboard", "Invoices", "Contacts", "Opportunities", *payments, *settings]


def test_the_palette_leads_to_the_three_pages_by_their_names(signed_in: SignIn) -> None:
    offered = palette(signed_in("viewer").get("/admin/").text)
    assert offered[:3] == ["Payment Analytics", "Payment Disputes", "Stripe Settings"]
    assert "New invoice" not in offered
    assert "Organization" not in offered
    assert "New invoice" in palette(signed_in("staff").get("/admin/").text)


def test_a_payment_shows_on_the_dashboard_with_its_invoice(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("64.47")
    page = signed_in("viewer").get("/admin/").text
    recent = page[page.index("Recent Payments") :]
    assert "$64.47" in recent
    assert "Grace Hopper" in recent
    assert f"/admin/invoice/details/?id={invoice.id}" in recent
    assert '/admin/analytics/"' in recent


def test_the_newest_payment_comes_first(signed_in: SignIn) -> None:
    builders.a_paid_invoice("11.00")
    with builders.in_a_while(seconds=5):
        builders.a_paid_invoice("22.00")
    page = signed_in("viewer").get("/admin/").text
    recent = page[page.index("Recent Payments") :]
    assert recent.index("$22.00") < recent.index("$11.00")


@pytest.mark.both_databases
def test_what_is_owed_and_what_is_late_is_counted(signed_in: SignIn) -> None:
    builders.a_sent_invoice("310.00", due_date=date(2020, 1, 1))
    builders.a_sent_invoice("100.00", due_date=builders.today() + timedelta(days=400))
    builders.a_sent_invoice("70.00", currency="EUR")
    page = " ".join(signed_in("viewer").get("/admin/").text.split())
    assert 'Outstanding</div> <div class="stat-value">$410.00' in page
    assert "3 invoices, also €70.00" in page
    assert 'Overdue</div> <div class="stat-value">$310.00' in page


def test_a_dispute_is_due_in_five_days(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("420.00")
    charge = str(builders.the_payment(invoice).charge_id)
    builders.the_world().dispute(charge, due_by=int((now() + timedelta(days=5)).timestamp()))
    builders.come_home()
    page = signed_in("viewer").get("/admin/").text
    due = page[page.index("Disputes due") : page.index("Sent but not viewed")]
    assert "in 5 days" in due
    assert "$420.00" in due
    assert "Grace Hopper" in due


def test_what_failed_waits_on_the_dashboard(signed_in: SignIn) -> None:
    builders.a_sent_invoice()
    with transaction() as session:
        mail = session.query(Mail).first()
        mail.sent_at, mail.parked_at, mail.last_error = None, now(), "550 No such user"
    assert "1 message that could not be sent" in signed_in("viewer").get("/admin/").text


def test_an_empty_desk_says_what_comes_here(signed_in: SignIn) -> None:
    page = signed_in("staff").get("/admin/").text
    assert "No payments yet" in page
    assert "$0.00" in page


def test_without_stripe_it_leads_those_who_may_to_connect_it(signed_in: SignIn) -> None:
    admin, staff = (signed_in(role).get("/admin/").text for role in ("admin", "staff"))
    assert "Connect Stripe to start accepting payments." in admin
    assert 'href="/admin/stripe/">Connect Stripe</a>' in admin
    assert "Ask an admin to connect Stripe" in staff
    builders.connected()
    assert "Connect Stripe" not in signed_in("admin").get("/admin/").text


def test_the_outstanding_figure_leads_to_the_invoices_behind_it(signed_in: SignIn) -> None:
    owed, paid = builders.a_sent_invoice("31.00"), builders.a_paid_invoice("12.00")
    browser = signed_in("viewer")
    href = re.search(r'href="([^"]*outstanding[^"]*)"', browser.get("/admin/").text)
    assert href
    page = browser.get(href[1]).text
    assert f"details/?id={owed.id}" in page
    assert f"details/?id={paid.id}" not in page


def test_test_mode_is_said_on_every_page(signed_in: SignIn) -> None:
    assert "Test mode" in signed_in("viewer").get("/admin/integrations/").text


def test_the_pulse_is_for_who_is_signed_in_and_grows_with_a_change(browser: Browser, signed_in: SignIn) -> None:
    assert browser.get("/admin/pulse").status_code == 401
    admin = signed_in("admin")
    before = admin.get("/admin/pulse").json["pulse"]
    change_organization(builders.person("admin"), {"footer": "Thank you"})
    assert admin.get("/admin/pulse").json["pulse"] > before
