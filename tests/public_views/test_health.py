"""Machines' door, and the bare address."""

from pathlib import Path

import pytest
from cast import Browser
from conftest import build_app
from flask import Flask
from sqlalchemy import text

from models.base import db


def test_a_process_that_can_serve_says_so(browser: Browser) -> None:
    assert browser.get("/healthz").get_json() == {"status": "ok"}
    assert browser.get("/readyz").status_code == 200


def test_the_bare_address_leads_to_the_panel(browser: Browser) -> None:
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


def test_a_schema_of_another_version_is_not_ready_and_the_command_is_named(app: Flask, browser: Browser) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert "db upgrade" in answer.get_json()["reason"]
    assert browser.get("/healthz").status_code == 200


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://127.0.0.1:1/none"])
def test_without_its_database_it_is_not_ready_but_alive(url: str) -> None:
    browser = build_app(url).test_client()
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["reason"] == "the database does not answer"
    assert browser.get("/healthz").status_code == 200


def test_an_empty_database_is_not_ready(tmp_path: Path) -> None:
    app = build_app(f"sqlite:///{tmp_path / 'empty.db'}")
    assert app.test_client().get("/readyz").status_code == 503
    with app.app_context():
        db.engine.dispose()
