"""What `make run` says when all is running."""

import sqlite3
from pathlib import Path

import pytest

from demo import database, keys
from demo.plan import Plan
from demo.summary import summary


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*keys.OWN_STRIPE, "STRIPE_CLIENT_ID", "STRIPE_WEBHOOK_SECRETS", "SMTP_URL", "DATABASE_URL", "DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keys, "SETTINGS", tmp_path / "paydesk.toml")
    monkeypatch.setattr(keys, "SIGN_INS", tmp_path / "demo-sign-ins.json")
    monkeypatch.setattr(database, "INSTANCE", tmp_path)
    monkeypatch.setattr("demo.plan.DEFAULT_URL", f"sqlite:///{tmp_path}/paydesk.db")


@pytest.fixture
def filled(tmp_path: Path) -> None:
    """The demo is in the database."""
    connection = sqlite3.connect(tmp_path / "paydesk.db")
    connection.execute("CREATE TABLE user_account AS SELECT ? AS email", keys.DEMO_PEOPLE[:1])
    connection.commit()
    connection.close()
    keys.demo_sign_ins()


def test_the_demo_is_shown_with_its_sign_ins(filled: None) -> None:
    said = summary(Plan(), "")
    assert all(f"  {email} " in said for email in keys.DEMO_PEOPLE)
    assert "Mailbox" in said
    assert "demo-reset" not in said


def test_with_ones_own_key_it_says_what_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_x")
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.com")
    said = summary(Plan(), "once")
    assert "no sandbox and no mailbox run here" in said
    assert "Not set: STRIPE_CLIENT_ID, STRIPE_WEBHOOK_SECRETS. `make doctor` checks each step." in said
    assert "admin@paydesk.example         once  (for the first time; shown only now)" in said


def test_ones_own_key_over_the_demos_data_is_said(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_x")
    assert "These are the demo's data" in summary(Plan(), "")


def test_an_empty_organization_that_was_asked_for_too_late_is_said(
    filled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO", "0")
    assert "There is data already; DEMO=0 only matters for an empty database" in summary(Plan(), "")


def test_an_empty_organization_is_shown_without_the_demos_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "0")
    said = summary(Plan(), "")
    assert ("northwind" in said, "demo-reset" in said) == (False, False)
