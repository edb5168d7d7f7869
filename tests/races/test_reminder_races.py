"""Two clocks that know nothing of each other, each with its queue and its worker, in processes of their own."""

from collections.abc import Callable
from datetime import UTC

import pytest
from builders import a_sent_invoice, in_a_while, person, today
from mail_sink import Mailbox
from redis import Redis
from sqlalchemy import func, select
from waiting import wait_until

from models.base import db
from models.clock import now
from models.organization import Organization
from models.reminder import Reminder
from tasks import QUEUE, transaction
from tasks.audit import audit
from tasks.reminders import change_reminders, send_reminders
from tasks.worker import turn_key

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]
INVOICES = 6


def where_it_is_noon() -> str:
    """A zone of the world; its name counts the hours the other way."""
    return f"Etc/GMT{now().astimezone(UTC).hour - 12:+d}"


def has_acted(queue: str) -> bool:
    """Whether the clock of this queue has asked for reminders, and its worker has done all that was asked for."""
    with Redis.from_url(queue) as connection:
        asked = connection.exists(turn_key(send_reminders))
        return bool(asked) and not connection.llen(f"rq:queue:{QUEUE}") and not connection.zcard(f"rq:wip:{QUEUE}")


def reminded(mailbox: Mailbox) -> list[str]:
    return sorted(message.subject for message in mailbox if message.subject.startswith("Reminder"))


def test_two_clocks_with_workers_of_their_own_remind_once(mailbox: Mailbox, clocks: Callable[[int], list[str]]) -> None:
    with transaction() as session:
        session.get_one(Organization, 1).time_zone = where_it_is_noon()
    due = today()
    with in_a_while(days=-5):
        change_reminders(person("admin"), [0])
        numbers = [str(a_sent_invoice(due_date=due).number) for _ in range(INVOICES)]
    queues = clocks(2)
    wait_until(lambda: len(reminded(mailbox)) >= INVOICES and all(has_acted(queue) for queue in queues))
    assert [subject.split()[2] for subject in reminded(mailbox)] == sorted(numbers)
    assert (db.session.scalar(select(func.count()).select_from(Reminder)), audit()) == (INVOICES, [])
