"""What was not woken is due all the same: refunds, checkouts, events, mails, days."""

import pytest
from builders import (
    a_draft_invoice,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    in_a_while,
    pay,
    person,
    the_world,
)
from flask import Flask
from mail_sink import Mailbox
from workers import work_off

from models.base import db
from models.checkout import Checkout
from models.invoice import new_operation
from models.mail import Mail
from models.refund import Refund
from models.revenue import DailyTotal
from tasks import invoices
from tasks.checkouts import open_checkout
from tasks.messages import deliver

pytestmark = pytest.mark.both_databases


def test_a_refund_that_nobody_was_woken_for_is_sent(app: Flask) -> None:
    refund = a_refund(a_paid_invoice(), "10.00")[0]
    work_off()
    assert db.session.get_one(Refund, refund).state == "succeeded"


def test_a_checkout_that_was_cut_off_is_made_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().faults.add("POST /v1/checkout/sessions", "reset", "after")
    assert open_checkout(invoice.id, new_operation()) is None
    with in_a_while(seconds=31):
        work_off()
    assert db.session.query(Checkout).one().url
    assert len(the_world().store.select("checkout.session")) == 1


def test_a_mail_server_that_was_away_gets_the_mail_when_it_is_back(app: Flask, mailbox: Mailbox) -> None:
    connected()
    mailbox.stop()
    invoice = a_draft_invoice()
    invoices.send_invoice(invoice.id, person("staff"), new_operation())
    come_home()
    assert (invoice.status, db.session.query(Mail).one().state) == ("Issued", "sending")
    mailbox.start()
    with in_a_while(seconds=31):
        come_home()
    assert (invoice.status, len(mailbox)) == ("Sent", 1)


def test_dirty_days_are_added_up(app: Flask) -> None:
    pay(a_sent_invoice())
    come_home()
    work_off()
    day = db.session.query(DailyTotal).filter_by(basis="cash").one()
    assert (day.dirty, day.collected) == (False, 10000)


def test_nothing_to_do_asks_nobody(app: Flask) -> None:
    a_paid_invoice()
    before = len(the_world().requests)
    work_off()
    assert len(the_world().requests) == before


def test_while_the_mail_server_is_out_of_reach_one_message_asks_for_it(app: Flask, mailbox: Mailbox) -> None:
    connected()
    first, *others = [invoices.send_invoice(a_draft_invoice().id, person("staff"), new_operation()) for _ in range(3)]
    mailbox.stop()
    deliver(first)
    assert (Mail.due(db.session, 9), [db.session.get_one(Mail, mail).attempts for mail in others]) == ([], [0, 0])
    mailbox.start()
    with in_a_while(seconds=31):
        come_home()
    assert len(mailbox) == 3
