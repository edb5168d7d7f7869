"""The one policy, and passwords."""

import pytest
from flask import Flask

from models.base import db
from models.clock import now
from models.people import PERMISSIONS, ROLES, Role, User, can, require, verify_password
from models.refusal import NotAllowed, Refused

# The table of the design: who holds what.
VIEWER = "invoices.view contacts.view payments.view disputes.view analytics.view integrations.view".split()
STAFF = "invoices.edit invoices.send invoices.void contacts.edit refunds.issue exports".split()
FINANCE = "payments.record refunds.approve disputes.respond webhooks.view".split()
ADMIN = "integrations.connect integrations.configure people.manage settings.edit".split()
TABLE = {
    "Viewer": VIEWER,
    "Staff": VIEWER + STAFF,
    "Finance": VIEWER + STAFF + FINANCE,
    "Admin": VIEWER + STAFF + FINANCE + ADMIN,
}


@pytest.mark.parametrize("role", TABLE)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_role_holds_what_the_table_says(role: str, permission: str) -> None:
    assert can(User(role=Role(name=role, permissions=ROLES[role])), permission) == (permission in TABLE[role])


def test_the_table_and_the_list_of_permissions_are_one() -> None:
    assert set(TABLE["Admin"]) == set(PERMISSIONS)


@pytest.mark.both_databases
def test_a_new_database_has_the_same_roles(app: Flask) -> None:
    assert {role.name: set(role.permissions) for role in db.session.query(Role)} == {
        name: set(held) for name, held in TABLE.items()
    }


def test_nobody_holds_anything() -> None:
    held = Role(name="Admin", permissions=[*PERMISSIONS, "unknown", ""])
    disabled = User(role=held, disabled_at=now())
    assert not any(can(user, "invoices.view") for user in (None, disabled))
    assert not any(can(User(role=held), permission) for permission in ("unknown", ""))


def test_who_may_not_is_told_what_is_missing() -> None:
    with pytest.raises(NotAllowed, match=r"refunds\.issue.*Ask an admin"):
        require(User(role=Role(name="Viewer", permissions=VIEWER)), "refunds.issue")


def test_a_short_password_is_refused() -> None:
    with pytest.raises(Refused, match="at least 12"):
        User().set_password("short")


def test_a_password_opens_only_its_own_account() -> None:
    user, disabled = User(), User(disabled_at=now())
    for person in (user, disabled):
        person.set_password("correct horse battery")
    assert verify_password(user, "correct horse battery")
    assert not verify_password(user, "correct horse battery ")
    assert not verify_password(disabled, "correct horse battery")
    assert not verify_password(None, "correct horse battery")
    assert not verify_password(User(password_hash=""), "")
