"""A customer asks for no more reminders: by a press in the mail program, or on the page that a reminder leads to."""

import builders
import pytest
from builders import a_sent_invoice, in_a_while, person, timeline
from cast import Browser
from customers import link, way_out
from flask import Flask
from forms import again
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.clock import now
from models.contact import Contact
from models.invoice import Invoice
from models.organization import Organization
from models.pay_link import PayLink
from models.refusal import Refused
from tasks import messages, transaction
from tasks.reminders import remind

pytestmark = pytest.mark.usefixtures("app")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def is_stopped(invoice: Invoice) -> bool:
    contact = again(invoice).contact
    return contact is not None and contact.reminders_off_at is not None


def reminded(invoice: Invoice) -> None:
    with in_a_while(days=2):
        messages.deliver(remind(invoice.id, person("staff"), builders.new_operation()))


def offered(mailbox: Mailbox) -> str:
    """Where the newest message lets its reader go."""
    return mailbox[-1].whole["List-Unsubscribe"].partition(">")[0].removeprefix("<http://127.0.0.1:8000")


def moves_to(invoice: Invoice, address: str) -> None:
    with transaction() as session:
        session.get_one(Contact, invoice.contact_id).email = address


def test_a_reminder_says_how_to_get_no_more_as_mail_programs_read_it(mailbox: Mailbox) -> None:
    with transaction() as session:
        session.get_one(Organization, 1).support_email = "billing@example.com"
    invoice = a_sent_invoice()
    reminded(invoice)
    page = f"http://127.0.0.1:8000{offered(mailbox)}"
    assert page.startswith(f"http://127.0.0.1:8000{link(invoice)}/reminders?to=")
    headers = mailbox[-1].whole
    assert headers["List-Unsubscribe"] == f"<{page}>, <mailto:billing@example.com?subject=unsubscribe>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (page in mailbox[-1].text, page in mailbox[-1].html) == (True, True)


def test_other_messages_are_no_list(mailbox: Mailbox) -> None:
    a_sent_invoice()
    assert mailbox[-1].whole["List-Unsubscribe"] is None


def test_a_mail_program_stops_them_with_one_request(browser: Browser) -> None:
    invoice = a_sent_invoice()
    answer = browser.post(way_out(invoice), data=ONE_CLICK)
    assert (answer.status_code, "You get no more reminders" in answer.text, is_stopped(invoice)) == (200, True, True)
    assert timeline(invoice)[-1] == "reminders_stopped"
    browser.post(way_out(invoice), data=ONE_CLICK)
    assert timeline(invoice).count("reminders_stopped") == 1


def test_a_scanner_that_follows_the_link_stops_nothing(browser: Browser) -> None:
    invoice = a_sent_invoice()
    assert "Stop reminders" in browser.get(way_out(invoice)).text
    assert browser.head(way_out(invoice)).status_code == 200
    assert (is_stopped(invoice), timeline(invoice)) == (False, ["issued", "sent"])


def test_an_old_message_lets_its_reader_go_too(browser: Browser) -> None:
    invoice = a_sent_invoice()
    path, stop = link(invoice), way_out(invoice)
    with transaction() as session:
        session.scalars(select(PayLink)).one().revoked_at = now()
    assert browser.get(path).status_code == 410
    answer = browser.post(stop, data=ONE_CLICK)
    assert (answer.status_code, "View invoice" in answer.text, is_stopped(invoice)) == (200, False, True)


def test_who_reads_at_an_address_of_before_stops_nobody_elses(browser: Browser, mailbox: Mailbox) -> None:
    invoice = a_sent_invoice()
    reminded(invoice)
    path = offered(mailbox)
    moves_to(invoice, "somebody.else@example.com")
    assert "Stop reminders" not in browser.get(path).text
    answer = browser.post(path, data=ONE_CLICK)
    assert (answer.status_code, is_stopped(invoice)) == (200, False)
    assert "No reminders are sent to your address any more." in answer.text
    moves_to(invoice, "GRACE@example.com")
    assert (browser.post(path, data=ONE_CLICK).status_code, is_stopped(invoice)) == (200, True)


@pytest.mark.parametrize("mark", ["", "?to=", "?to=made-up", "?to=0123456789"])
def test_a_link_without_the_whole_mark_of_its_reader_stops_nothing_and_says_so(browser: Browser, mark: str) -> None:
    invoice = a_sent_invoice()
    path = f"{link(invoice)}/reminders{mark}"
    shown, pressed = browser.get(path), browser.post(path, data=ONE_CLICK)
    assert (shown.status_code, pressed.status_code, is_stopped(invoice)) == (200, 400, False)
    for answer in (shown, pressed):
        assert "Open the one in a reminder itself." in answer.text
        assert "You get no more reminders" not in answer.text


def test_who_has_had_enough_is_left_in_peace_at_a_new_address_too(mailbox: Mailbox, browser: Browser) -> None:
    invoice = a_sent_invoice()
    reminded(invoice)
    browser.post(offered(mailbox), data=ONE_CLICK)
    moves_to(invoice, "somebody.else@example.com")
    with in_a_while(days=4), pytest.raises(Refused, match="asked for no more"):
        remind(invoice.id, person("staff"), builders.new_operation())


def test_a_made_up_link_stops_nobodys(browser: Browser) -> None:
    invoice = a_sent_invoice()
    assert browser.post("/pay/made-up/reminders", data=ONE_CLICK).status_code == 404
    assert not is_stopped(invoice)


def test_a_reminder_that_waits_when_its_reader_has_had_enough_stays_here(app: Flask, mailbox: Mailbox) -> None:
    invoice = a_sent_invoice()
    with in_a_while(days=2):
        mail_id = remind(invoice.id, person("staff"), builders.new_operation())
        app.test_client().post(way_out(invoice), data=ONE_CLICK)
        before = len(mailbox)
        messages.deliver(mail_id)
    mail = db.session.get_one(messages.Mail, mail_id, populate_existing=True)
    assert (len(mailbox), mail.state, mail.superseded_why) == (before, "superseded", "unsubscribed")
