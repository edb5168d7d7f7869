"""What is saved together, and the wake-ups that go out after it."""

from collections.abc import Iterator

import pytest
from builders import a_contact, a_draft_invoice, a_paid_invoice, a_refund, person
from flask import Flask, current_app
from redis.exceptions import ConnectionError as RedisGone

from models.base import db
from models.contact import Contact
from models.invoice import Invoice, new_operation
from models.mail import Mail
from tasks import invoices, later, transaction
from tasks.events import handle_due
from tasks.messages import deliver
from tasks.sweep import sweep


class Queue:
    """Redis as a test wants it: it keeps what it is asked, or is gone."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[int, ...]]] = []
        self.attempts = 0
        self.gone = False
        self.keys: dict[str, bytes] = {}
        self.count = 0

    def set(self, key: str, value: bytes, **_: object) -> bool:
        self.answer()
        known = key in self.keys
        self.keys.setdefault(key, value)
        return not known

    def get(self, key: str) -> bytes | None:
        self.answer()
        return self.keys.get(key)

    def enqueue_call(self, name: str, args: tuple[int, ...], **_: object) -> None:
        self.answer()
        self.asked.append((name, args))

    def answer(self) -> None:
        self.attempts += 1
        if self.gone:
            raise RedisGone("nobody there")


@pytest.fixture
def queue(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    queue, alarm = Queue(), app.extensions["alarm"]
    monkeypatch.setattr(alarm, "redis", queue)
    monkeypatch.setattr(alarm, "queue", queue)
    yield queue
    alarm.resting_until = 0.0


def test_a_wake_up_goes_out_after_the_commit(queue: Queue) -> None:
    with transaction():
        later(deliver, 7)
        assert queue.asked == []
    assert queue.asked == [("tasks.messages.deliver", (7,))]


def failed_save() -> None:
    with transaction() as session:
        session.add(Contact(name="Nobody"))
        later(deliver, 7)
        raise ZeroDivisionError


def test_what_is_not_saved_wakes_nobody(queue: Queue) -> None:
    with pytest.raises(ZeroDivisionError):
        failed_save()
    assert (queue.asked, db.session.query(Contact).count()) == ([], 0)


def test_a_verb_without_ids_is_asked_for_once_until_it_begins(queue: Queue) -> None:
    for _ in range(5):
        later(handle_due)
    assert queue.asked == [("tasks.events.handle_due", ())]


def test_a_dead_redis_is_tried_once_and_then_left_alone(queue: Queue) -> None:
    queue.gone = True
    for number in range(100):
        later(deliver, number)
    assert (queue.attempts, queue.asked) == (1, [])


def test_what_redis_lost_is_woken_by_the_sweep(queue: Queue) -> None:
    queue.gone = True
    mail, refund = something_due()
    queue.gone = False
    reset_rest()
    sweep()
    assert {("tasks.messages.deliver", (mail,)), ("tasks.refunds.send_refund", (refund,))} <= set(queue.asked)


def test_the_sweep_leaves_a_long_queue_alone(queue: Queue) -> None:
    queue.gone = True
    something_due()
    queue.gone, queue.count = False, 5000
    reset_rest()
    sweep()
    assert queue.asked == []


def something_due() -> tuple[int, int]:
    refund = a_refund(a_paid_invoice(), "10.00")[0]
    mail = invoices.send_invoice(a_draft_invoice().id, person("staff"), new_operation())
    assert db.session.get_one(Mail, mail).state == "sending"
    db.session.rollback()
    return mail, refund


def reset_rest() -> None:
    current_app.extensions["alarm"].resting_until = 0.0


def nested() -> None:
    with transaction(), transaction():
        pass


def over_unsaved_changes() -> None:
    db.session.add(Contact(name="Unsaved"))
    with transaction():
        pass


def test_a_transaction_begins_neither_inside_another_nor_over_unsaved_changes(app: Flask) -> None:
    for wrong in (nested, over_unsaved_changes):
        with pytest.raises(RuntimeError):
            wrong()
        db.session.rollback()
    assert db.session.query(Contact).count() == 0


@pytest.mark.both_databases
def test_a_transaction_ends_what_was_only_being_read(app: Flask) -> None:
    contact = a_contact()
    assert db.session.query(Invoice).count() == 0
    assert db.session.in_transaction()
    with transaction():
        contact.name = "Changed"
    assert not db.session.in_transaction()
    assert db.session.get_one(Contact, contact.id).name == "Changed"
