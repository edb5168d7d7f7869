"""Messages about one invoice leave in order, and what can wait never stands in the way of what cannot."""

from datetime import timedelta

import builders
import pytest
from customers import told
from flask import current_app
from mail_sink import Mailbox
from sqlalchemy import func, insert, select
from workers import deliver_webhooks

from models.base import db
from models.clock import now
from models.document import Document
from models.invoice import Invoice, new_operation
from models.invoice_version import present_version
from models.mail import CAN_WAIT, NOW, Mail
from models.organization import the_organization
from tasks import invoices, messages, sweep, transaction
from tasks.documents import make_document
from tasks.events import handle_due

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]


def mails() -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).order_by(Mail.id).execution_options(populate_existing=True)))


def change(mail_id: int, **fields: object) -> None:
    with transaction() as session:
        for name, value in fields.items():
            setattr(session.get_one(Mail, mail_id), name, value)


def paid_while_its_mail_waits(mailbox: Mailbox, answer: str = "450 Busy", **fields: object) -> tuple[Mail, Mail]:
    """The invoice's message, which is not out yet, and the receipt."""
    builders.connected()
    invoice = builders.a_draft_invoice(partial_payments=True, **fields)
    first = invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())
    mailbox.answer = answer
    messages.deliver(first)
    builders.pay(invoice, amount=builders.Money.parse("40.00", "USD"))
    deliver_webhooks(current_app, builders.the_world())  # type: ignore[arg-type]
    handle_due()
    mailbox.answer = None
    invoice_mail, receipt = mails()
    return invoice_mail, receipt


def test_a_receipt_waits_until_its_invoice_is_out_and_then_goes_at_once(mailbox: Mailbox) -> None:
    first, receipt = paid_while_its_mail_waits(mailbox)
    messages.deliver(receipt.id)
    assert (list(mailbox), mails()[1].attempts) == ([], 0)
    change(first.id, due_at=now())
    messages.deliver(first.id)
    messages.deliver(receipt.id)
    assert [message.subject.split()[0] for message in mailbox] == ["Invoice", "Receipt"]


def test_what_waits_for_a_person_lets_the_next_one_pass(mailbox: Mailbox) -> None:
    first, receipt = paid_while_its_mail_waits(mailbox, "550 No such user")
    assert first.state == "failed"
    messages.deliver(receipt.id)
    assert [message.subject.split()[0] for message in mailbox] == ["Receipt"]


def test_an_address_that_is_held_up_holds_up_no_other(mailbox: Mailbox) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice(contact=builders.a_contact(cc_addresses=["books@example.com"]))
    invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())
    messages.deliver(mails()[1].id)
    assert [message.to for message in mailbox] == ["books@example.com"]


def test_what_a_receipt_waits_for_can_wait_no_longer(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    first, receipt = paid_while_its_mail_waits(mailbox)
    change(first.id, rank=CAN_WAIT)
    woken: list[int] = []
    monkeypatch.setattr(messages, "later", lambda verb, mail_id: woken.append(mail_id))
    messages.deliver(receipt.id)
    assert (woken, mails()[0].rank) == ([first.id], NOW)


def test_one_that_is_taken_back_wakes_the_next(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    first, receipt = paid_while_its_mail_waits(mailbox)
    messages.deliver(receipt.id)
    invoices.mark_as_sent(first.invoice_id or 0, builders.person("staff"))
    change(first.id, due_at=now(), data=first.data | {"version": 7})
    woken: list[int] = []
    monkeypatch.setattr(messages, "later", lambda verb, mail_id: woken.append(mail_id))
    messages.deliver(first.id)
    assert (woken, [mail.state for mail in mails()]) == ([receipt.id], ["superseded", "sending"])
    assert mails()[1].due_at <= now()  # type: ignore[operator]


def a_thousand_reminders(invoice: Invoice) -> None:
    one = {"kind": "reminder", "invoice_id": invoice.id, "data": {}, "message_id": "<x@example.org>", "attempts": 0}
    due = now() - timedelta(hours=1)
    with transaction() as session:
        waiting = one | {"rank": CAN_WAIT, "due_at": due, "created_at": due}
        session.execute(
            insert(Mail), [waiting | {"cause": f"r:{n}", "to_address": f"c{n}@example.com"} for n in range(1000)]
        )


def test_a_thousand_reminders_never_delay_one_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    invoice, woken = builders.a_sent_invoice(), []
    a_thousand_reminders(invoice)
    with transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        receipt = messages.queue_mail(session, "receipt", "receipt", row, "grace@example.com")
        receipt_id = receipt.id
    monkeypatch.setattr(sweep, "later", lambda verb, *ids: woken.extend(ids))
    monkeypatch.setattr(sweep, "is_queue_long", lambda jobs=1000: False)
    sweep.sweep()
    assert (woken[0], len(woken)) == (receipt_id, 1 + sweep.FEW)


def test_documents_of_a_thousand_invoices_never_delay_one_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    invoice, woken = builders.a_sent_invoice(), []
    unmade = {"kind": "invoice", "invoice_id": invoice.id, "language": "de", "name": "", "attempts": 0, "size": 0}
    unmade |= {"due_at": now() - timedelta(hours=1), "created_at": now(), "sha256": ""}
    with transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        for _ in range(sweep.FEW + 5):
            row.revise(session, the_organization(session), builders.person("staff"))
            version = present_version(session, row)
            session.execute(insert(Document).values(version_id=version and version.id, **unmade))
        receipt_id = messages.queue_mail(session, "receipt", "receipt", row, "grace@example.com").id
    monkeypatch.setattr(sweep, "later", lambda verb, *ids: woken.append((verb, *ids)))
    monkeypatch.setattr(sweep, "is_queue_long", lambda jobs=1000: False)
    sweep.sweep()
    jobs = [job for job in woken if job[0] in (messages.deliver, make_document)]
    assert (jobs[0], len(jobs)) == ((messages.deliver, receipt_id), 1 + sweep.FEW)


def test_what_many_are_sent_at_once_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    builders.connected()
    invoice, by, woken = builders.a_draft_invoice(), builders.person("staff"), []
    monkeypatch.setattr("tasks._wake", lambda verb, ids: woken.append(verb))
    invoices.send_invoice(invoice.id, by, new_operation(), now())
    assert woken == []


def test_a_reminder_that_is_next_gives_way_to_a_receipt_and_goes_after_it(mailbox: Mailbox) -> None:
    reminder, receipt = builders.a_sent_invoice(), builders.a_sent_invoice()
    mailbox.clear()
    with transaction() as session:
        row, other = session.get_one(Invoice, reminder.id), session.get_one(Invoice, receipt.id)
        waiting = messages.queue_mail(session, "reminder", "r", row, "grace@example.com", rank=CAN_WAIT).id
        urgent = messages.queue_mail(session, "copy", "c", other, "books@example.com").id
    messages.deliver(waiting)
    assert (list(mailbox), mails()[-2].attempts) == ([], 0)
    for mail_id in (urgent, waiting):
        messages.deliver(mail_id)
    assert [message.subject.split()[0] for message in mailbox] == ["Invoice", "Reminder:"]


def test_while_workers_have_enough_to_do_what_can_wait_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    a_thousand_reminders(builders.a_sent_invoice())
    monkeypatch.setattr(sweep, "later", lambda verb, *ids: woken.extend(ids))
    monkeypatch.setattr(sweep, "is_queue_long", lambda jobs=1000: jobs <= sweep.SHORT_QUEUE)
    sweep.sweep()
    assert woken == []
    assert db.session.scalar(select(func.count()).where(Mail.due_at.is_not(None))) == 1000


def test_what_many_are_sent_at_once_can_wait() -> None:
    builders.connected()
    one, many = builders.a_draft_invoice(), builders.a_draft_invoice()
    invoices.send_invoice(one.id, builders.person("staff"), new_operation())
    invoices.send_invoice(many.id, builders.person("staff"), new_operation(), now())
    assert [mail.rank for mail in mails()] == [NOW, CAN_WAIT]


def test_staff_read_why_a_message_stayed_here(mailbox: Mailbox) -> None:
    first, _ = paid_while_its_mail_waits(mailbox)
    change(first.id, due_at=now(), data=first.data | {"version": 7})
    messages.deliver(first.id)
    assert (mails()[0].superseded_why, mails()[0].due_at) == ("revised", None)
    invoice = db.session.get_one(Invoice, first.invoice_id)
    assert told(invoice)[-1] == "message_superseded"
