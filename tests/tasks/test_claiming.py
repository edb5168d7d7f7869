"""What goes wrong with a row of work: asked again, or left to a person, and always stored on the row."""

import pytest
from builders import a_sent_invoice
from flask import Flask
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import OperationalError

from models.base import db
from models.clock import now
from models.mail import Mail
from models.refusal import OutsideError, Refused
from tasks import transaction
from tasks.claiming import Claim, ClaimLost, work_on

AGAIN = [
    OutsideError("Nobody answers", permanent=False),
    OperationalError("UPDATE", {}, Exception("database is locked")),
]
FOR_A_PERSON = [OutsideError("Never", permanent=True), Refused("No."), ZeroDivisionError("nobody thought of it")]


@pytest.fixture
def mail(app: Flask) -> Mail:
    """A message that is due."""
    a_sent_invoice()
    with transaction() as session:
        mail = session.query(Mail).one()
        mail.wake()
    return mail


def fail_with(mail: Mail, error: Exception) -> None:
    def work(claim: Claim) -> None:
        raise error

    work_on(Mail, mail.id, work)
    db.session.refresh(mail)


@pytest.mark.parametrize("error", AGAIN, ids=lambda error: type(error).__name__)
def test_what_passes_is_tried_again(mail: Mail, error: Exception) -> None:
    fail_with(mail, error)
    assert (mail.parked_at, mail.claim_token) == (None, None)
    assert mail.due_at
    assert mail.due_at > now()
    assert str(error)[:10] in str(mail.last_error)


def test_a_job_whose_time_is_up_ends_and_its_row_is_tried_again(mail: Mail) -> None:
    with pytest.raises(JobTimeoutException):
        fail_with(mail, JobTimeoutException())
    db.session.refresh(mail)
    assert (mail.parked_at, mail.due_at is not None) == (None, True)


@pytest.mark.parametrize("error", FOR_A_PERSON, ids=lambda error: type(error).__name__)
def test_what_does_not_pass_waits_for_a_person(mail: Mail, error: Exception) -> None:
    fail_with(mail, error)
    assert (mail.due_at, mail.claim_token) == (None, None)
    assert mail.parked_at
    assert str(error) in str(mail.last_error)


def test_who_lost_the_claim_changes_nothing(mail: Mail) -> None:
    fail_with(mail, ClaimLost())
    assert (mail.parked_at, mail.last_error) == (None, None)


def test_what_is_not_due_is_not_worked_on(mail: Mail) -> None:
    with transaction():
        mail.due_at = None
    fail_with(mail, ZeroDivisionError())
    assert mail.last_error is None
