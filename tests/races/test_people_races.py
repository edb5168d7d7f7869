"""Twenty at the list of people: one of each address, and always an admin."""

from collections import Counter
from collections.abc import Callable

import pytest
from builders import PASSWORD, crowd
from flask import Flask

from models.base import db
from models.people import Role, User
from tasks import people

pytestmark = pytest.mark.both_databases


def admins() -> int:
    return db.session.query(User).join(User.role).filter(Role.name == "Admin", User.disabled_at.is_(None)).count()


def test_of_twenty_who_add_the_same_person_one_does(app: Flask) -> None:
    answers = crowd(lambda _: people.add_user("grace@example.com", "admin", PASSWORD))
    refused = Counter(answer for answer in answers if isinstance(answer, str))
    assert refused == {"grace@example.com can already sign in.": 19}
    assert admins() == 1


@pytest.mark.parametrize("verb", [people.disable, lambda user_id, by: people.change_role(user_id, "viewer", by)])
def test_twenty_admins_who_turn_on_each_other_leave_one(app: Flask, verb: Callable[[int, User], None]) -> None:
    ids = [people.add_user(f"admin{number}@example.com", "admin", PASSWORD) for number in range(20)]
    crowd(lambda number: verb(ids[(number + 1) % 20], db.session.get_one(User, ids[number])))
    assert admins() >= 1


def test_two_admins_do_not_disable_each_other(app: Flask) -> None:
    ids = [people.add_user(f"admin{number}@example.com", "admin", PASSWORD) for number in range(2)]
    answers = crowd(lambda number: people.disable(ids[1 - number], db.session.get_one(User, ids[number])), 2)
    assert (answers.count(None), admins()) == (1, 1)
