"""Messages leave real workers, through a real queue, to a real mail server: in order, and the urgent ones first."""

from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from flask import Flask
from mail_sink import Mailbox
from sqlalchemy import func, insert, select
from waiting import wait_until
from workers import deliver_webhooks

from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import CAN_WAIT, Mail
from models.sending import Cover
from tasks import invoices, is_queue_long, transaction
from tasks.audit import audit
from tasks.sweep import sweep

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]
INVOICES, TIMES, REMINDERS = 4, ("first", "second", "third"), 200
# What a worker has in hand when a receipt is written, and what it began before it could see the receipt.
IN_HAND = 2


def sent_three_times(number: int) -> str:
    """The address."""
    invoice = builders.a_draft_invoice(contact=builders.a_contact(email=f"c{number}@example.com"))
    for word in TIMES:
        invoices.send_invoice(
            invoice.id, builders.person("staff"), new_operation(), cover=Cover(note=f"The {word} time")
        )
    return f"c{number}@example.com"


def notes(mailbox: Mailbox, to: str) -> list[str]:
    return [word for message in mailbox if message.to == to for word in TIMES if f"The {word} time" in message.text]


def are_done() -> bool:
    sweep()
    return not db.session.scalar(select(func.count()).where(Mail.due_at.is_not(None)))


def test_two_workers_send_what_is_about_one_invoice_in_order_and_pass_by_what_is_refused(
    mailbox: Mailbox, workers: Callable[[int], str]
) -> None:
    builders.connected()
    addresses = [sent_three_times(number) for number in range(INVOICES)]
    refused = addresses[::2]
    mailbox.once.update(dict.fromkeys(refused, "550 No such user"))
    mailbox.seconds = 0.1
    workers(2)
    wait_until(are_done)
    assert [notes(mailbox, to) for to in addresses] == [list(TIMES[to in refused :]) for to in addresses]
    assert audit() == []


def many_reminders(invoice: Invoice) -> None:
    one = {"kind": "reminder", "invoice_id": invoice.id, "data": {"version": 1}, "attempts": 0, "rank": CAN_WAIT}
    waiting = one | {"due_at": now() - timedelta(hours=1), "created_at": now()}
    each = [
        waiting | {"cause": f"r:{n}", "to_address": f"r{n}@example.com", "message_id": f"<{n}@example.org>"}
        for n in range(REMINDERS)
    ]
    with transaction() as session:
        session.execute(insert(Mail), each)


def test_hundreds_of_reminders_and_a_slow_mail_server_never_delay_one_receipt(
    app: Flask, mailbox: Mailbox, workers: Callable[[int], str]
) -> None:
    paid = builders.a_sent_invoice()
    many_reminders(builders.a_sent_invoice())
    builders.pay(paid)
    mailbox.seconds = 0.5
    workers(1)
    sweep()
    wait_until(lambda: len(mailbox) > 3)
    assert is_queue_long(10)  # a portion of reminders stands there
    before = len(mailbox)
    deliver_webhooks(app, builders.the_world())
    wait_until(lambda: any(message.subject.startswith("Receipt") for message in mailbox))
    words = [message.subject.split()[0] for message in mailbox]
    assert words[before:].index("Receipt") <= IN_HAND
