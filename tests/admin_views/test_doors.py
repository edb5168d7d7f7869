"""Every URL rule of the running app, Flask-Admin's own included, for every role, against one table."""

from collections.abc import Callable, Iterator
from typing import Any

import builders
import pytest
from cast import Browser
from doors import ACTIONS, ADDRESSES, DOORS, FORM, NOBODY, OTHERWISE, PUBLIC, SIGNED_IN
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from models.base import Base, db
from models.opportunity import Opportunity
from models.people import PERMISSIONS, ROLES
from tasks import transaction
from tasks.bulk_runs import begin_bulk
from tasks.exports import begin_export
from tasks.reconcile import reconcile

ANONYMOUS = "nobody"
PEOPLE = (ANONYMOUS, "viewer", "staff", "finance", "admin")
# Signing in and looking leave their own traces, which are no change of the books.
TRACES = ("sign_in", "audit_entry")
# Open, but what comes after them would be another story.
LEAVING = ("sign_in.leave", "stripe.disconnect", "stripe.callback", "people.disable")

# Endpoint, method, address, and the action where several share the endpoint.
Call = tuple[str, str, str, str]


def calls(app: Flask) -> Iterator[Call]:
    """Everything that can be asked for."""
    adapter = app.url_map.bind("127.0.0.1:8000")
    for rule in app.url_map.iter_rules():
        values = {name: ADDRESSES[name] for name in rule.arguments}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for action in ACTIONS.get(rule.endpoint, ("",)):
                yield rule.endpoint, method, adapter.build(rule.endpoint, values, method), action


def is_open(call: Call, role: str, but: tuple[str, ...] = ()) -> bool:
    endpoint, action = call[0], call[3]
    needed = NOBODY if endpoint in but else ACTIONS[endpoint][action] if action else DOORS[endpoint]
    if needed in (PUBLIC, NOBODY) or role == ANONYMOUS:
        return needed == PUBLIC
    wanted = (needed,) if isinstance(needed, str) else needed
    return needed == SIGNED_IN or set(wanted) <= set(ROLES[role.capitalize()])


def ask(browser: Browser, call: Call, token: str) -> TestResponse:
    """Pressed on a page of the panel, to which a refusal in a sentence leads back."""
    _, method, address, action = call
    if method == "GET":
        return browser.get(f"{address}?id=1&name=contact&query=a", buffered=True)
    form, page = FORM | {"action": action, "csrf_token": token}, {"Referer": "http://localhost/admin/"}
    return browser.open(f"{address}?id=1", method=method, data=form, headers=page, buffered=True)


def refuses(call: Call, answer: TestResponse, role: str) -> bool:
    """What is no action is not understood, whoever presses it."""
    if role == ANONYMOUS and answer.status_code == 302:
        return "/admin/sign-in" in answer.headers["Location"]
    if call[0].endswith(".action_view") and not call[3] and answer.status_code == 400:
        return True
    return answer.status_code in ((401, 403, 404, 405) if role == ANONYMOUS else (403, 404, 405))


def opens(call: Call, answer: TestResponse) -> bool:
    """A page, or the way to one that is not the sign-in; what else an open door may answer is named."""
    if answer.status_code in (302, 303):
        return "/admin/sign-in" not in answer.headers["Location"] or call[0].startswith("sign_in.")
    return answer.status_code in (200, OTHERWISE.get(call[0]))


def books() -> dict[str, list[Any]]:
    """Every row of every table but the traces."""
    tables = [name for name in Base.metadata.tables if name not in TRACES]
    found = {name: [tuple(row) for row in db.session.execute(text(f"SELECT * FROM {name}"))] for name in tables}  # noqa: S608
    db.session.rollback()
    return found


@pytest.fixture
def business(app: Flask) -> None:
    """One row of everything, each with the id 1."""
    invoice = builders.a_disputed_invoice("100.00")
    builders.a_refund(builders.a_paid_invoice("50.00"), "20.00")
    with transaction() as session:
        session.add(Opportunity(name="Website"))
    builders.an_unmatched_payment()
    reconcile()
    begin_bulk("send", [invoice.id], builders.person("staff"), FORM["operation"])
    begin_export("invoice", [invoice.id], {}, builders.person("staff"), FORM["operation"])
    assert invoice.id == 1


@pytest.fixture
def browser_of(browser: Browser, signed_in: Callable[[str], Browser]) -> Callable[[str], Browser]:
    return lambda role: browser if role == ANONYMOUS else signed_in(role)


def test_every_endpoint_has_its_line_and_every_line_its_endpoint(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(DOORS)


def test_the_table_names_real_permissions() -> None:
    named = {name for needed in DOORS.values() for name in ([needed] if isinstance(needed, str) else needed)}
    assert named - {PUBLIC, SIGNED_IN, NOBODY} <= set(PERMISSIONS)


@pytest.mark.parametrize("role", PEOPLE)
def test_closed_doors_refuse_and_change_nothing_and_open_doors_open(
    app: Flask, business: None, browser_of: Callable[[str], Browser], role: str
) -> None:
    browser = browser_of(role)
    token, before = browser.csrf_token(), books()
    closed = {call: ask(browser, call, token) for call in calls(app) if not is_open(call, role)}
    assert {call: answer.status for call, answer in closed.items() if not refuses(call, answer, role)} == {}
    assert books() == before
    opened = {call: ask(browser, call, token) for call in calls(app) if is_open(call, role, but=LEAVING)}
    assert {call: answer.status for call, answer in opened.items() if not opens(call, answer)} == {}


@pytest.mark.parametrize("role", PEOPLE)
def test_the_sidebar_leads_nowhere_that_is_closed(browser_of: Callable[[str], Browser], role: str) -> None:
    browser = browser_of(role)
    page = browser.get("/admin/", follow_redirects=True).text
    hrefs = {part.split('"')[0] for part in page.split('class="nav-link" href="')[1:]}
    assert all(browser.get(href).status_code == 200 for href in hrefs)
    assert bool(hrefs) == (role != ANONYMOUS)
    assert ("/admin/organization/" in hrefs) == (role == "admin")
