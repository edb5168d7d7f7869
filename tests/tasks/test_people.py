"""Who may sign in, and for how long."""

from datetime import timedelta

import pytest
from builders import EMAILS, PASSWORD, in_a_while
from cast import Cast
from flask import Flask

from models.base import db
from models.clock import now
from models.people import ABSOLUTE, IDLE, SignIn
from models.refusal import Refused
from tasks import people, transaction


@pytest.fixture
def token(app: Flask, cast: Cast) -> str:
    return people.sign_in(EMAILS["staff"], PASSWORD, "127.0.0.1")


def test_the_right_password_signs_in_whatever_the_case_of_the_address(app: Flask, cast: Cast) -> None:
    token = people.sign_in(f"  {EMAILS['staff'].upper()} ", PASSWORD, "127.0.0.1")
    assert people.signed_in(token) == cast.staff


@pytest.mark.parametrize(
    ("email", "password"), [(EMAILS["staff"], "wrong"), ("nobody@example.com", PASSWORD), ("", "")]
)
def test_a_wrong_password_and_an_unknown_name_get_the_same_words(
    app: Flask, cast: Cast, email: str, password: str
) -> None:
    with pytest.raises(Refused, match="do not belong together"):
        people.sign_in(email, password, "127.0.0.1")


def test_only_a_hash_of_the_token_is_kept(token: str) -> None:
    assert token not in {row.token_hash for row in db.session.query(SignIn)}


def test_who_signed_out_is_out_for_good(token: str) -> None:
    people.sign_out(token)
    assert people.signed_in(token) is None


def test_a_disabled_person_is_out_at_once(token: str, cast: Cast) -> None:
    with transaction():
        cast.staff.disabled_at = now()
    assert people.signed_in(token) is None
    with pytest.raises(Refused):
        people.sign_in(EMAILS["staff"], PASSWORD, "127.0.0.1")


def test_an_idle_sign_in_ends_and_a_used_one_goes_on(token: str) -> None:
    with in_a_while(hours=11):
        assert people.signed_in(token)
    with in_a_while(hours=22):
        assert people.signed_in(token)
    with in_a_while(hours=22 + IDLE.seconds // 3600):
        assert people.signed_in(token) is None


def test_no_sign_in_lasts_longer_than_a_week(token: str) -> None:
    begun, asked = now(), timedelta(0)
    while asked < ABSOLUTE:
        with in_a_while(seconds=asked.total_seconds()):
            assert people.signed_in(token)
        asked += timedelta(hours=11)
    with in_a_while(seconds=(ABSOLUTE + timedelta(seconds=5) - (now() - begun)).total_seconds()):
        assert people.signed_in(token) is None


def test_an_address_is_taken_once(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match="can already sign in"):
        people.add_user(EMAILS["staff"].upper(), "viewer", PASSWORD)


@pytest.mark.parametrize(
    ("email", "role", "password", "sentence"),
    [
        ("no address", "staff", PASSWORD, "not one email address"),
        ("new@example.com", "king", PASSWORD, "There is no role"),
        ("new@example.com", "staff", "short", "at least 12"),
    ],
)
def test_a_wrong_person_is_not_added(app: Flask, email: str, role: str, password: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        people.add_user(email, role, password)


def test_a_role_that_is_none_is_refused_before_the_address_is_looked_at(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match="no role"):
        people.add_user(EMAILS["staff"], "boss", PASSWORD)
