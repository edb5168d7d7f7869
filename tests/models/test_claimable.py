"""Work is claimed by one, for forty seconds, and finished only by who claimed it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from models.claimable import ABSENCE, CLAIM, LONGEST_WAIT
from models.clock import moved_to, now
from models.mail import Mail
from models.refund import Refund
from tasks import transaction

pytestmark = pytest.mark.both_databases


@pytest.fixture
def work(app: Flask) -> Iterator[int]:
    """A row that is due."""
    with transaction() as session:
        mail = Mail(cause="a", kind="invoice", to_address="a@example.com", message_id="<a@example.com>", due_at=now())
        session.add(mail)
    return mail.id


def claim(work: int) -> str | None:
    with transaction() as session:
        return Mail.claim(session, work)


def ask(verb: str, *args: object) -> bool:
    with transaction() as session:
        return bool(getattr(Mail, verb)(session, *args))


def due() -> list[int]:
    with transaction() as session:
        return Mail.due(session, 10)


def test_one_of_two_claims_wins(work: int) -> None:
    assert claim(work)
    assert claim(work) is None
    assert due() == []


def test_a_claim_ends_by_itself(work: int) -> None:
    first = claim(work)
    with moved_to(now() + CLAIM + timedelta(seconds=1)):
        assert due() == [work]
        assert claim(work) not in (None, first)


def test_who_lost_the_claim_can_no_longer_finish(work: int) -> None:
    late = claim(work)
    with moved_to(now() + CLAIM + timedelta(seconds=1)):
        token = claim(work)
        for verb in ("renew", "finish"):
            assert not ask(verb, work, late)
        assert not ask("retry_later", work, late, "no")
        assert not ask("park", work, late, "no")
        assert ask("finish", work, token)


def test_a_renewed_claim_holds_longer(work: int) -> None:
    token = claim(work)
    with moved_to(now() + CLAIM - timedelta(seconds=1)):
        assert ask("renew", work, token)
    with moved_to(now() + CLAIM + timedelta(seconds=1)):
        assert claim(work) is None


def test_an_outage_is_asked_again_for_ever_at_most_fifteen_seconds_apart(work: int) -> None:
    at = now()
    for _ in range(12):
        with moved_to(at):
            token = claim(work)
            assert token
            assert ask("retry_later", work, token, "no answer")
            assert due() == []
        at += LONGEST_WAIT + timedelta(seconds=1)
        with moved_to(at):
            assert due() == [work]


def test_parked_work_waits_for_a_person(work: int) -> None:
    assert ask("park", work, claim(work), "no such address")
    with moved_to(now() + timedelta(days=1)):
        assert due() == []
        with transaction() as session:
            mail = session.get_one(Mail, work)
            assert (mail.state, mail.last_error) == ("failed", "no such address")
            mail.wake()
        assert due() == [work]


def test_finished_work_is_not_due(work: int) -> None:
    assert ask("finish", work, claim(work))
    assert claim(work) is None


def test_absence_is_proven_by_two_empty_lists_apart() -> None:
    operation = Refund(uuid="u", attempt=1, uncertain=True)
    seen = now()
    operation.note_absence(seen)
    operation.note_absence(seen + ABSENCE / 2)
    assert (operation.idempotency_key, operation.uncertain) == ("u:1", True)
    operation.note_absence(seen + ABSENCE)
    assert (operation.idempotency_key, operation.uncertain) == ("u:2", False)
