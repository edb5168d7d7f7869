"""Settings → Reminders, and what the pages of an invoice and of a contact say of them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import builders
from builders import a_sent_invoice, in_a_while, moved_to, timeline, today
from cast import Browser
from customers import who_reads
from forms import again

from models.base import db
from models.organization import the_organization
from tasks.following_up import promise
from tasks.reminders import change_reminders, send_reminders, stop_reminders

SignIn = Callable[[str], Browser]
PAGE = "/admin/reminders/"


def page_of(browser: Browser, noun: str, row_id: int | None) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(f"/admin/{noun}/details/?id={row_id}").text).split())


def switched_on(*days: int) -> None:
    change_reminders(builders.person("admin"), days or (0, 7))


def test_an_admin_switches_them_on_and_off(signed_in: SignIn) -> None:
    browser = signed_in("admin")
    a_sent_invoice()
    assert f"this concerns 1 open invoice that is due after {today():%b %-d, %Y}." in browser.get(PAGE).text
    assert browser.post_form(PAGE, {"days": ["-3", "7"]}, page=PAGE).status_code == 303
    db.session.rollback()
    assert the_organization(db.session).reminder_days == [-3, 7]
    assert "1 open invoice is due after" in browser.get(PAGE).text
    assert browser.post_form(f"{PAGE}off", {}, page=PAGE).status_code == 303
    db.session.rollback()
    assert the_organization(db.session).reminders_since is None


def test_no_day_or_one_that_is_not_offered_is_refused(signed_in: SignIn) -> None:
    browser = signed_in("admin")
    nothing = browser.post_form(PAGE, {}, page=PAGE)
    assert (nothing.status_code, "Choose at least one day." in nothing.text) == (400, True)
    assert browser.post_form(PAGE, {"days": ["5"]}, page=PAGE).status_code == 400
    assert the_organization(db.session).reminders_since is None


def test_an_invoice_says_when_its_customer_is_reminded_next(signed_in: SignIn) -> None:
    invoice, browser = a_sent_invoice(due_date=today() + timedelta(days=20)), signed_in("staff")
    assert "Reminders are switched off in the settings." in page_of(browser, "invoice", invoice.id)
    switched_on()
    due = f"{today() + timedelta(days=20):%b %-d, %Y}"
    assert f"The next reminder goes out on {due}." in page_of(browser, "invoice", invoice.id)
    promise(invoice.id, builders.person("staff"), today() + timedelta(days=21))
    later = f"{today() + timedelta(days=27):%b %-d, %Y}"
    assert f"The next reminder goes out on {later}." in page_of(browser, "invoice", invoice.id)


def test_an_invoice_says_why_the_last_reminder_was_left_out(signed_in: SignIn) -> None:
    switched_on(0)
    due = today() + timedelta(days=2)
    invoice = a_sent_invoice(due_date=due)
    promise(invoice.id, builders.person("staff"), due)
    with moved_to(datetime(due.year, due.month, due.day, 10, tzinfo=UTC)):
        send_reminders()
        said = page_of(signed_in("staff"), "invoice", invoice.id)
    assert "No more reminders follow. No reminder went out on" in said
    assert "payment was promised for a later day." in said


def test_one_invoice_is_left_in_peace_and_reminded_of_again(signed_in: SignIn) -> None:
    switched_on()
    invoice, browser = a_sent_invoice(due_date=today() + timedelta(days=9)), signed_in("staff")
    page = f"/admin/invoice/details/?id={invoice.id}"
    browser.post_form("/admin/invoice/reminders/", {"id": invoice.id, "on": "0"}, page=page)
    assert "Reminders of this invoice are switched off." in page_of(browser, "invoice", invoice.id)
    browser.post_form("/admin/invoice/reminders/", {"id": invoice.id, "on": "1"}, page=page)
    assert "The next reminder goes out on" in page_of(browser, "invoice", invoice.id)
    db.session.rollback()
    assert timeline(invoice)[-2:] == ["reminders_off", "reminders_on"]


def test_a_contact_who_wants_none_is_reminded_again_only_by_a_button_that_asks(signed_in: SignIn) -> None:
    invoice, browser = a_sent_invoice(), signed_in("staff")
    contact = again(invoice).contact_id
    assert "Wants none since" not in page_of(browser, "contact", contact)
    with in_a_while(days=1):
        stop_reminders(*who_reads(invoice))
    said = page_of(browser, "contact", contact)
    assert ("Wants none since" in said, "only if they have asked you to" in said) == (True, True)
    page = f"/admin/contact/details/?id={contact}"
    browser.post_form("/admin/contact/allow-reminders/", {"id": contact}, page=page)
    assert "Wants none since" not in page_of(browser, "contact", contact)
