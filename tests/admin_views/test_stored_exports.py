"""Exports of long lists: pressed once, left, come back to, fetched by who asked."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import builders
import pytest
from builders import a_contact, person
from cast import Browser
from flask import Flask
from forms import steps
from sqlalchemy import event
from werkzeug.test import TestResponse

from admin_views import csv_export
from models import export as noun
from models.base import db
from models.contact import Contact
from models.export import Export
from models.invoice import new_operation
from tasks import people, transaction
from tasks.exports import begin_export, drop_old_exports, write_export
from tasks.sheets import SHEETS

SignIn = Callable[[str], Browser]
ADDRESS = "/admin/contact/export/csv/"


@pytest.fixture(autouse=True)
def long(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three contacts are a long list, of which a worker writes two in one step."""
    monkeypatch.setattr(csv_export, "AT_ONCE", 2)
    monkeypatch.setattr(noun, "PORTION", 2)
    for name in ("Ada", "Grace", "Ada"):
        a_contact(name=name)


def press(browser: Browser, query: str = "", operation: str = "") -> TestResponse:
    return browser.post_form(ADDRESS + query, {"operation": operation or new_operation()})


def page(browser: Browser, answer: TestResponse) -> str:
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def work() -> None:
    db.session.rollback()
    for export_id in Export.due(db.session, 9):
        write_export(export_id)
    db.session.rollback()


def kept() -> int:
    """How many exports there are now."""
    db.session.rollback()
    return db.session.query(Export).count()


def test_what_the_list_does_not_know_of_its_address_is_neither_passed_on_nor_kept(signed_in: SignIn) -> None:
    browser, query = signed_in("staff"), "?endpoint=x&page=7&search=a&_external=1"
    answer = browser.get(ADDRESS + query)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/contact/?search=a")
    assert press(browser, query).status_code == 303
    db.session.rollback()
    assert db.session.query(Export).one().asked == {"search": "a"}


def names(text: str) -> list[str]:
    return [row["Name"] for row in csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))]


def test_a_long_list_becomes_work_that_can_be_left_and_come_back_to(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    found = page(staff, press(staff))
    assert "0 of 3 rows" in found
    assert "data-under-way" in found
    assert "Download" not in found
    assert "0 of 3 rows" in staff.get("/admin/").text
    work()
    assert "3 of 3 rows" not in staff.get("/admin/").text
    found = staff.get("/admin/export/").text
    link = re.search(r'href="(/admin/export/details/\?id=\d+)"', found)
    assert link
    assert "Download" in staff.get(link[1]).text


def test_the_file_has_the_rows_that_were_found_when_it_was_asked_for(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    press(staff)
    a_contact(name="Late")
    work()
    answer = staff.get("/admin/export/download/?id=1")
    assert names(answer.text) == ["Ada", "Grace", "Ada"]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=contact-")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_short_list_is_sent_at_once_as_it_was(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    answer = press(staff, "?search=Ada")
    assert (answer.status_code, names(answer.text)) == (200, ["Ada", "Ada"])
    assert answer.text == staff.get(f"{ADDRESS}?search=Ada").text
    assert kept() == 0


def test_two_presses_of_one_page_are_one_export(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    operation = re.search(r'csv/[^>]*>.*?name="operation" value="([^"]+)"', staff.get("/admin/contact/").text)
    assert operation
    first, second = (press(staff, operation=operation[1]) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert kept() == 1


def test_the_press_on_a_search_asks_for_what_it_finds(signed_in: SignIn) -> None:
    a_contact(name="Ada")
    staff = signed_in("staff")
    page(staff, press(staff, "?search=Ada"))
    work()
    assert names(staff.get("/admin/export/download/?id=1").text) == ["Ada"] * 3


def test_a_bare_address_begins_nothing_and_leads_to_where_it_can_be_pressed(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    seen: list[tuple[str, Any]] = []
    event.listen(db.engine, "before_cursor_execute", lambda *about: seen.append((about[2], about[3])))
    answer = staff.get(f"{ADDRESS}?search=a", follow_redirects=True)
    (ids,) = [values for text, values in seen if text.startswith("SELECT contact.id AS contact_id \nFROM")]
    assert 3 in ids  # one more than a short list has at most, and no more of them are read
    assert (answer.request.path, answer.request.args["search"]) == ("/admin/contact/", "a")
    assert "This list has more than 2 rows. Press Export" in answer.text
    assert kept() == 0


def test_nobody_sees_the_files_of_others_but_an_admin(signed_in: SignIn) -> None:
    press(signed_in("staff"))
    work()
    for address in ("details", "download"):
        assert signed_in("finance").get(f"/admin/export/{address}/?id=1").status_code == 404
        assert signed_in("admin").get(f"/admin/export/{address}/?id=1").status_code == 200
        assert signed_in("viewer").get(f"/admin/export/{address}/?id=1").status_code == 403
    assert "details/?id=1" not in signed_in("finance").get("/admin/export/").text
    assert "by Staff Person" in signed_in("admin").get("/admin/export/").text


def test_who_may_not_see_the_list_any_more_is_told_so_and_gets_no_file(signed_in: SignIn) -> None:
    builders.a_paid_invoice()
    finance = signed_in("finance")
    write_export(begin_export("event", [1], {}, person("finance"), new_operation()))
    people.change_role(person("finance").id, "staff", person("admin"))
    answer = finance.get("/admin/export/download/?id=1", follow_redirects=True)
    assert "needs the permission “webhooks.view”" in answer.text
    assert answer.mimetype == "text/html"


def test_one_that_has_stopped_says_why_and_goes_on(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = signed_in("staff")
    press(staff)
    with monkeypatch.context() as broken:
        broken.setattr("tasks.exports.written", lambda *about: 1 / 0)
        work()
    found = staff.get("/admin/export/details/?id=1").text
    assert "This export stopped" in found
    assert "division by zero" in found
    staff.post_form("/admin/export/retry", {"id": 1})
    work()
    assert "Download" in staff.get("/admin/export/details/?id=1").text


def test_one_that_has_stopped_waits_for_an_admin_too(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    press(signed_in("staff"))
    with monkeypatch.context() as broken:
        broken.setattr("tasks.exports.written", lambda *about: 1 / 0)
        work()
    admin = signed_in("admin")
    found = admin.get("/admin/attention/").text
    assert "Export: 0 of 3 rows, asked for by Staff Person" in found
    assert 'action="/admin/export/retry"' in found
    assert "1 export that stopped" in admin.get("/admin/").text
    assert "Export: 0 of 3" not in signed_in("finance").get("/admin/attention/").text


def test_one_whose_asker_lost_the_list_offers_no_way_on_that_is_none(signed_in: SignIn) -> None:
    press(signed_in("staff"))
    people.change_role(person("staff").id, "viewer", person("admin"))
    work()
    admin = signed_in("admin")
    found = admin.get("/admin/export/details/?id=1").text
    assert "This export stopped" in found
    assert "Staff Person, who asked for it, may no longer export this list" in found
    assert "/admin/export/retry" not in found + admin.get("/admin/attention/").text


def test_a_second_one_of_the_same_list_leads_to_the_first(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    press(staff)
    answer = press(staff)
    assert answer.headers["Location"].endswith("/admin/contact/")
    found = staff.get("/admin/contact/").text
    assert "A file of this list is being written for you already: 0 of 3 rows." in found
    assert steps(found) == {"See how far it is": "/admin/export/details/?id=1"}
    assert kept() == 1


def test_a_page_says_what_the_rows_of_its_file_are(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    press(staff)
    with transaction() as session:
        session.delete(session.get_one(Contact, 1))
    work()
    found = staff.get("/admin/export/details/?id=1").text
    assert "their values are those of the moment at which each was written. 1 row was deleted before that" in found


def test_it_is_deleted_by_a_press_and_after_seven_days_by_itself(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    press(staff)
    answer = staff.post_form("/admin/export/forget", {"id": 1}, follow_redirects=True)
    assert "is deleted." in answer.text
    assert "details/?id=1" not in answer.text
    assert staff.get("/admin/export/details/?id=1").status_code == 404
    press(staff)
    with builders.in_a_while(days=7.1):
        drop_old_exports()
    assert kept() == 0


def test_each_sheet_asks_for_what_its_list_asks_for(app: Flask) -> None:
    views = {view.endpoint: view for view in app.extensions["admin"][0]._views}
    listed = {name: view for name, view in views.items() if getattr(view, "sheet", None)}
    assert {name: view.sheet for name, view in listed.items()} == SHEETS
    asked = {name: (view.view_permission, view.model) for name, view in listed.items() if name != "people"}
    assert asked == {name: (SHEETS[name].permission, SHEETS[name].table) for name in asked}
