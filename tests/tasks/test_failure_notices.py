"""Customers read that money which was on its way did not arrive: theirs with us, or ours with them."""

from dataclasses import replace

import builders
import pytest
from customers import told
from late_failures import a_failed_debit, a_refund_that_comes_back
from mail_sink import Mailbox, Received
from refunding import the_refund
from sqlalchemy import select

from models.base import db
from models.clock import now
from models.declines import why_failed
from models.mail import Mail
from sandbox.accounts import STUDIO
from tasks.audit import audit
from tasks.message_texts import change_text
from tasks.messages import deliver
from tasks.payments import record_payment
from tasks.refund_records import record_refund
from tasks.stripe_gateway import payments, refunds

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]


def about_failures(mailbox: Mailbox) -> list[Received]:
    return [message for message in mailbox if "failed" in message.subject or "did not arrive" in message.subject]


def mails(kind: str) -> list[Mail]:
    db.session.rollback()
    query = select(Mail).where(Mail.kind == kind).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def test_a_debit_that_fails_days_later_is_told_once_and_asks_again(mailbox: Mailbox) -> None:
    invoice = a_failed_debit()
    builders.come_home()
    (message,) = about_failures(mailbox)
    assert message.subject == f"Your payment for invoice {invoice.number} from My organization has failed"
    assert "Pay $64.47" in message.html
    assert "Failed payment: $64.47" in message.text
    payment = builders.the_payment(invoice)
    assert payment.failure
    assert why_failed(payment.failure, payment.failure_code) in " ".join(message.text.split())
    assert told(invoice)[-2:] == ["payment_failed", "payment_failed_notice_sent"]
    assert audit() == []


@pytest.mark.parametrize("words", [None, "Hello {customer}, please pay again."])
def test_why_a_debit_failed_stands_before_what_is_asked(mailbox: Mailbox, words: str | None) -> None:
    if words:
        change_text(builders.person("admin"), "payment_failed", "en", "Once more", words)
    a_failed_debit()
    (message,) = [each for each in mailbox if "Failed payment" in each.text]
    for said in (message.text, message.html):
        _, _, demand = said.partition("There was not enough money in the account.")
        assert "lease pay again" in demand


def test_whoever_has_paid_otherwise_meanwhile_reads_of_no_failure(mailbox: Mailbox) -> None:
    mailbox.answer = "550 Not today"
    invoice = a_failed_debit()
    mailbox.answer = None
    builders.pay(invoice)
    builders.come_home()
    (notice,) = mails("payment_failed")
    builders.messages.retry_mail(notice.id, builders.person("staff"))
    deliver(notice.id)
    assert [mail.superseded_why for mail in mails("payment_failed")] == ["paid"]
    assert about_failures(mailbox) == []


def test_a_debit_that_is_on_its_way_once_more_and_then_canceled_is_told_once(mailbox: Mailbox) -> None:
    invoice = a_failed_debit()
    intent = builders.the_payment(invoice).payment_intent_id
    db.session.rollback()
    for status in ("processing", "canceled"):
        assert record_payment(STUDIO, replace(payments.look_at(STUDIO, intent), status=status), now())
    builders.come_home()
    assert (builders.the_payment(invoice).status, len(about_failures(mailbox))) == ("canceled", 1)
    assert "it did not go through" in about_failures(mailbox)[0].text
    assert audit() == []


def test_a_card_that_is_declined_at_once_brings_no_message(mailbox: Mailbox) -> None:
    invoice = builders.a_sent_invoice()
    with pytest.raises(Exception, match="declined"):
        builders.pay(invoice, "4000000000000002")
    builders.come_home()
    assert mails("payment_failed") == []


def test_who_was_told_of_a_refund_is_told_that_it_came_back(mailbox: Mailbox) -> None:
    invoice = a_refund_that_comes_back()
    builders.come_home()
    (message,) = about_failures(mailbox)
    assert message.subject == f"Your refund for invoice {invoice.number} from My organization did not arrive"
    assert "Not refunded: $10.00" in message.text
    assert "Refunded in all: $0.00" in message.text
    assert told(invoice)[-1] == "refund_failed_notice_sent"
    assert audit() == []


def test_a_refund_that_failed_and_is_canceled_then_is_told_once(mailbox: Mailbox) -> None:
    a_refund_that_comes_back()
    builders.come_home()
    refund_id = str(the_refund(1).stripe_id)
    db.session.rollback()
    assert record_refund(STUDIO, replace(refunds.look_at(STUDIO, refund_id), state="canceled"), now())
    builders.come_home()
    (message,) = about_failures(mailbox)
    assert "we will find another way to give it back." in " ".join(message.text.split())
    assert audit() == []


def test_who_was_never_told_of_a_refund_reads_of_no_failure(mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice("64.47")
    refund_id = builders.a_refund(invoice, "10.00")[0]
    mailbox.answer = "550 Not today"
    builders.come_home()
    builders.the_world().set_refund(str(the_refund(refund_id).stripe_id), "failed")
    mailbox.answer = None
    builders.come_home()
    assert [mail.superseded_why for mail in mails("refund_failed")] == ["untold"]
    assert about_failures(mailbox) == []
