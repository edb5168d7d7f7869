"""One place says what time it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from builders import a_contact
from flask import Flask
from sqlalchemy.exc import StatementError

from models.clock import moved_to, now
from models.contact import Contact
from models.organization import the_organization
from tasks import transaction

LONG_AGO = datetime(2020, 3, 1, tzinfo=UTC)


def test_now_is_in_utc() -> None:
    assert now().tzinfo == UTC


def test_moved_time_goes_on_and_comes_back() -> None:
    with moved_to(LONG_AGO):
        assert timedelta(0) <= now() - LONG_AGO < timedelta(seconds=10)
        with moved_to(LONG_AGO - timedelta(days=1)):
            assert now() < LONG_AGO
        assert now() >= LONG_AGO
    assert now() > LONG_AGO + timedelta(days=365)


def test_other_threads_keep_their_time() -> None:
    with moved_to(LONG_AGO), ThreadPoolExecutor(1) as other:
        assert other.submit(now).result() > LONG_AGO + timedelta(days=365)


@pytest.mark.both_databases
def test_a_moment_without_a_zone_is_not_stored(app: Flask) -> None:
    with pytest.raises(StatementError, match="time zone"):
        a_contact(created_at=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.both_databases
def test_a_moment_comes_back_as_it_went(app: Flask) -> None:
    contact = a_contact(created_at=LONG_AGO + timedelta(microseconds=1))
    with transaction() as session:
        assert session.get_one(Contact, contact.id).created_at == LONG_AGO + timedelta(microseconds=1)


def test_a_day_is_the_organizations(app: Flask) -> None:
    with transaction() as session:
        organization = the_organization(session)
        organization.time_zone = "America/New_York"
        assert organization.day_of(LONG_AGO).isoformat() == "2020-02-29"
