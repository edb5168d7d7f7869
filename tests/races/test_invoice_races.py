"""Twenty people at one invoice: one number, one message, one link, one entry."""

from collections import Counter

import pytest
from builders import (
    a_draft_invoice,
    a_sent_invoice,
    connected,
    crowd,
    person,
    timeline,
)
from flask import Flask
from mail_sink import Mailbox

from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from models.pay_link import PayLink
from tasks import invoices, messages, pay_links, transaction
from tasks.audit import audit

pytestmark = pytest.mark.both_databases


def test_twenty_invoices_issued_at_once_get_twenty_numbers_without_a_gap(app: Flask) -> None:
    ids = [a_draft_invoice(contact=None).id for _ in range(20)]

    def issue(which: int) -> str:
        with transaction() as session:
            invoice = session.get_one(Invoice, ids[which], with_for_update=True)
            invoice.issue(session, the_organization(session))
            return str(invoice.number)

    numbers = crowd(issue)
    assert sorted(int(number.split("-")[1]) for number in numbers) == list(range(1, 21))


def test_a_crowd_with_one_operation_sends_once(app: Flask) -> None:
    connected()
    invoice_id, operation = a_draft_invoice().id, new_operation()
    person("staff")
    mails = crowd(lambda _: invoices.send_invoice(invoice_id, person("staff"), operation))
    assert len(set(mails)) == 1
    assert isinstance(mails[0], int)


def test_twenty_who_send_the_draft_that_they_all_look_at_send_it_once(app: Flask) -> None:
    connected()
    invoice_id, shown_at = a_draft_invoice().id, now()
    person("staff")
    said = crowd(lambda _: invoices.send_invoice(invoice_id, person("staff"), new_operation(), shown_at=shown_at))
    again = "It was sent meanwhile by Staff Person. Press Send again if you mean it."
    assert Counter(type(each) for each in said) == {int: 1, str: 19}
    assert {each for each in said if isinstance(each, str)} == {again}
    assert db.session.query(Mail).count() == 1
    assert isinstance(invoices.send_invoice(invoice_id, person("staff"), new_operation(), shown_at=now()), int)


def test_twenty_who_send_one_draft_issue_it_once(app: Flask) -> None:
    connected()
    invoice = a_draft_invoice()
    invoice_id = invoice.id
    person("staff")
    crowd(lambda _: invoices.send_invoice(invoice_id, person("staff"), new_operation()))
    assert (timeline(invoice).count("issued"), str(invoice.number)[-5:]) == (1, "-0001")
    assert db.session.query(PayLink).count() == 1


def test_twenty_who_ask_for_the_pay_link_get_the_same_one(app: Flask) -> None:
    connected()
    invoice_id = a_draft_invoice().id
    person("staff")
    links = crowd(lambda _: pay_links.pay_link(invoice_id, person("staff")))
    assert len(set(links)) == 1
    assert links[0].startswith("http")


def test_twenty_workers_send_one_message_once(app: Flask, mailbox: Mailbox) -> None:
    connected()
    invoice = a_draft_invoice()
    mail_id = invoices.send_invoice(invoice.id, person("staff"), new_operation())
    crowd(lambda _: messages.deliver(mail_id))
    assert (len(mailbox), timeline(invoice).count("sent")) == (1, 1)


def test_twenty_who_retry_a_failed_message_wake_it_once(app: Flask, mailbox: Mailbox) -> None:
    connected()
    mailbox.answer = "550 Unknown"
    mail_id = invoices.send_invoice(a_draft_invoice().id, person("staff"), new_operation())
    messages.deliver(mail_id)
    answers = Counter(crowd(lambda _: messages.retry_mail(mail_id, person("staff"))))
    assert answers == {None: 1, "This message is not waiting for a retry.": 19}
    assert db.session.get_one(Mail, mail_id).due_at


def test_twenty_who_mark_it_as_sent_are_told_of_once(app: Flask) -> None:
    connected()
    invoice = a_draft_invoice()
    invoice_id = invoice.id
    pay_links.pay_link(invoice_id, person("staff"))
    crowd(lambda _: invoices.mark_as_sent(invoice_id, person("staff")))
    assert timeline(invoice).count("marked_sent") == 1


def test_twenty_looks_of_a_customer_are_one_view(app: Flask) -> None:
    invoice = a_sent_invoice()
    invoice_id = invoice.id
    crowd(lambda _: pay_links.record_view(invoice_id, by_staff=False))
    assert timeline(invoice).count("viewed") == 1


def test_twenty_who_void_it_void_it_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    invoice_id = invoice.id
    crowd(lambda _: invoices.void_invoice(invoice_id, person("staff")))
    assert (invoice.status, timeline(invoice).count("voided")) == ("Void", 1)
    assert audit() == []
