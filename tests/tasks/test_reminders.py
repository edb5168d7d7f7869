"""Reminding a customer: what it says, and when it is refused."""

from datetime import date, timedelta

import builders
import pytest
import workers
from builders import a_partly_paid_invoice, a_sent_invoice, in_a_while, person, timeline, today
from customers import link
from flask import Flask
from forms import again
from mail_sink import Mailbox

from models.base import db
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.refusal import NotAllowed, Refused
from tasks import invoices, messages, pay_links, transaction
from tasks.audit import audit
from tasks.reminders import remind
from tasks.revisions import revise_invoice

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]
LATE = date(2020, 3, 1)


def sent_long_ago(amount: str = "64.47", **fields: object) -> Invoice:
    with in_a_while(days=-2):
        return a_sent_invoice(amount, **fields)


def press(invoice: Invoice, operation: str = "", role: str = "staff") -> int:
    return remind(invoice.id, person(role), operation or new_operation())


def change(invoice: Invoice, **fields: object) -> None:
    with transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        for name, value in fields.items():
            setattr(row, name, value)


def test_a_reminder_asks_for_what_is_due_at_the_same_link(mailbox: Mailbox) -> None:
    invoice = sent_long_ago(due_date=LATE)
    messages.deliver(press(invoice))
    message = mailbox[-1]
    assert message.subject == f"Reminder: invoice {invoice.number} from My organization"
    assert f"http://127.0.0.1:8000{link(invoice)}" in message.text
    assert "was due on Mar 1, 2020 and has not been paid in full." in " ".join(message.text.split())
    assert ("Pay $64.47" in message.html, timeline(invoice)[-1]) == (True, "reminder_sent")


def test_of_what_is_partly_paid_the_rest_is_asked_for(mailbox: Mailbox) -> None:
    invoice = a_partly_paid_invoice("100.00", "40.00")
    with in_a_while(days=2):
        messages.deliver(press(invoice))
    assert "Amount due: $60.00" in mailbox[-1].text
    assert "Paid so far: $40.00" in mailbox[-1].text


def test_the_same_press_twice_reminds_once() -> None:
    invoice, operation = sent_long_ago(), new_operation()
    assert press(invoice, operation) == press(invoice, operation)


def test_after_a_reminder_the_customer_has_a_day_of_peace() -> None:
    invoice = sent_long_ago()
    press(invoice)
    with pytest.raises(Refused, match="less than a day ago"):
        press(invoice)
    with in_a_while(days=1, minutes=1):
        press(invoice)


def test_who_was_just_sent_the_invoice_is_not_reminded() -> None:
    with pytest.raises(Refused, match="less than a day ago"):
        press(a_sent_invoice())


def test_what_was_marked_as_sent_by_hand_can_be_reminded_of_a_day_later() -> None:
    builders.connected()
    invoice, by = builders.a_draft_invoice(), person("staff")
    pay_links.pay_link(invoice.id, by)
    with pytest.raises(Refused, match="never sent"):
        press(invoice)
    invoices.mark_as_sent(invoice.id, by)
    with pytest.raises(Refused, match="less than a day ago"):
        press(invoice)
    with in_a_while(days=2):
        press(invoice)


def test_what_was_changed_and_handed_over_again_can_be_reminded_of() -> None:
    builders.connected()
    invoice, by = builders.a_draft_invoice(), person("staff")
    pay_links.pay_link(invoice.id, by)
    invoices.mark_as_sent(invoice.id, by)
    with in_a_while(days=2):
        revise_invoice(invoice.id, by, {"notes": "Thank you"})
        with pytest.raises(Refused, match="Send it again instead"):
            press(invoice)
        for _ in range(2):
            invoices.mark_as_sent(invoice.id, by)
        with pytest.raises(Refused, match="less than a day ago"):
            press(invoice)
    with in_a_while(days=4):
        press(invoice)
    assert (timeline(invoice).count("marked_sent"), audit()) == (2, [])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"processing": 100}, "on its way"),
        ({"status": "Paid"}, "Nothing is due"),
        ({"status": "Void"}, "Nothing is due"),
        ({"status": "Draft"}, "Nothing is due"),
        ({"disputed": 100}, "disputed"),
    ],
)
def test_what_asks_for_nothing_now_is_not_reminded_of(fields: dict[str, object], sentence: str) -> None:
    invoice = sent_long_ago()
    change(invoice, **fields)
    with pytest.raises(Refused, match=sentence):
        press(invoice)


def test_what_is_promised_is_waited_for() -> None:
    invoice = sent_long_ago()
    change(invoice, promised_for=today())
    with pytest.raises(Refused, match="Payment is promised for"):
        press(invoice)
    change(invoice, promised_for=today() - timedelta(days=1))
    press(invoice)


def test_what_was_changed_is_sent_again_instead() -> None:
    invoice = sent_long_ago()
    with transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        row.revise(session, builders.the_organization(session), person("staff"))
    with pytest.raises(Refused, match="Send it again instead"):
        press(invoice)


def test_without_stripe_nobody_is_asked_to_pay_online() -> None:
    invoice, account = sent_long_ago(), builders.active_account(db.session)
    with transaction() as session:
        session.merge(account).charges_enabled = False
    with pytest.raises(Refused, match="Stripe has not enabled charges"):
        press(invoice)


def test_a_viewer_reminds_nobody() -> None:
    invoice = sent_long_ago()
    with pytest.raises(NotAllowed):
        press(invoice, role="viewer")


def test_a_reminder_that_waited_until_the_money_came_stays_at_home(app: Flask) -> None:
    invoice = sent_long_ago()
    mail_id = press(invoice)
    builders.pay(invoice)
    workers.deliver_webhooks(app, builders.the_world())
    workers.handle_due()
    assert again(invoice).status == "Paid"
    messages.deliver(mail_id)
    assert db.session.get_one(Mail, mail_id, populate_existing=True).state == "superseded"
