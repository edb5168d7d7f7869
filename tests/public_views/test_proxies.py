"""Whose request it is: the caller's own, unless a proxy of the deployment's stands in front."""

import builders
import pytest
from cast import Browser
from conftest import build_app
from flask import Flask, jsonify, request
from sqlalchemy import select

from models.base import db
from models.people import SignIn

FORGED = {"X-Forwarded-For": "203.0.113.9, 192.0.2.1, 192.0.2.2", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ("0", ["127.0.0.1", "http"]),
        ("1", ["192.0.2.2", "https"]),
        ("2", ["192.0.2.1", "https"]),
        ("4", ["127.0.0.1", "https"]),
    ],
)
def test_as_many_proxies_are_believed_as_there_are(database: str, proxies: str, seen: list[str]) -> None:
    app = build_app(database, TRUSTED_PROXIES=proxies)
    app.add_url_rule("/whose", view_func=lambda: jsonify([request.remote_addr, request.scheme]))
    assert app.test_client().get("/whose", headers=FORGED).json == seen


def test_nobody_writes_an_address_of_his_choice_into_the_audit_log(app: Flask, browser: Browser) -> None:
    builders.person("staff")
    form = {"email": builders.EMAILS["staff"], "password": builders.PASSWORD}
    browser.post_form("/admin/sign-in", form, headers=FORGED)
    db.session.rollback()
    assert db.session.scalars(select(SignIn.address)).one() == "127.0.0.1"
