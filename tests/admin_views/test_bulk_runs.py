"""Bulk work from the list: what is ticked or fits is done by a run, whose page tells how far it is and how it went."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser
from forms import again, messages, page_of
from sqlalchemy import event
from werkzeug.test import TestResponse

from models.base import db
from models.bulk_run import BulkRun, BulkRunItem
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.refusal import OutsideError
from tasks.bulk_runs import work_bulk
from tasks.claiming import claim_all, storing
from tasks.invoices import choose_contact, delete_draft

SignIn = Callable[[str], Browser]
ACTION = "/admin/invoice/action/"


def tick(
    browser: Browser, action: str, *invoices: Invoice, operation: str = "", query: str = "", everything: str = ""
) -> TestResponse:
    form = {"action": action, "rowid": [row.id for row in invoices], "operation": operation or new_operation()}
    return browser.post_form(f"{ACTION}?{query}", form | ({"all": everything} if everything else {}))


def asked() -> list[tuple[str, list[int | None]]]:
    """Each run and its invoices."""
    db.session.rollback()
    items = db.session.query(BulkRunItem).order_by(BulkRunItem.id).all()
    return [(run.kind, [i.invoice_id for i in items if i.run_id == run.id]) for run in db.session.query(BulkRun)]


@pytest.fixture
def drafts(app: object) -> list[Invoice]:
    builders.connected()
    return [builders.a_draft_invoice() for _ in range(3)]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin_views.base.Rows.page_size", 2)


def shown_to(browser: Browser, query: str) -> str:
    """The word for the invoices that this list offers to select, all of them."""
    return re.findall(r'data-which="(\w*)"', browser.get(f"/admin/invoice/?{query}").text)[0]


def test_several_ticked_rows_are_a_run_whose_page_tells_how_it_went(signed_in: SignIn, drafts: list[Invoice]) -> None:
    staff, lonely = signed_in("staff"), builders.a_draft_invoice(contact=None)
    answer = tick(staff, "send", *drafts, lonely)
    page = staff.get(answer.location).text
    assert "Sending 0 of 4" in page
    assert 'class="run-under-way' in staff.get("/admin/").text
    work_bulk(1)
    page = staff.get(answer.location).text
    assert "Queued for delivery: 3 of 4" in page
    assert 'Add a contact with an email address before sending this invoice. <span class="count">1' in page
    assert all(f"details/?id={row.id}" in page for row in (*drafts, lonely))
    assert 'class="run-under-way' not in staff.get("/admin/").text


def test_the_same_form_pressed_twice_is_one_run(signed_in: SignIn, drafts: list[Invoice]) -> None:
    staff, operation = signed_in("staff"), new_operation()
    first, second = (tick(staff, "send", *drafts, operation=operation) for _ in range(2))
    assert (first.location, len(asked())) == (second.location, 1)


def test_one_ticked_row_is_done_at_once(signed_in: SignIn, drafts: list[Invoice]) -> None:
    staff = signed_in("staff")
    tick(staff, "send", drafts[0])
    assert (again(drafts[0]).status, asked()) == ("Issued", [])


@pytest.mark.both_databases
@pytest.mark.usefixtures("short_pages")
def test_all_that_fit_the_filters_are_meant_and_no_others(signed_in: SignIn, drafts: list[Invoice]) -> None:
    builders.a_sent_invoice()
    builders.a_draft_invoice(contact=builders.a_contact(name="Ada", email="ada@example.com"))
    staff, query = signed_in("staff"), "flt0_status_equals=Draft&search=grace"
    tick(staff, "send", drafts[0], query=query, everything=shown_to(staff, query))
    assert asked() == [("send", [draft.id for draft in drafts])]


@pytest.mark.both_databases
@pytest.mark.usefixtures("short_pages")
def test_of_all_no_others_are_meant_than_were_confirmed_also_if_they_are_as_many(
    signed_in: SignIn, drafts: list[Invoice]
) -> None:
    staff, query = signed_in("staff"), "flt0_status_equals=Draft"
    confirmed = shown_to(staff, query)
    delete_draft(drafts[1].id, builders.person("staff"))
    builders.a_draft_invoice()
    answer = tick(staff, "send", drafts[0], query=query, everything=confirmed)
    assert (answer.status_code, asked()) == (409, [])
    assert "What fits has changed meanwhile: it is 3 invoices now. Nothing is done: look again." in answer.text


@pytest.mark.both_databases
@pytest.mark.usefixtures("short_pages")
def test_a_second_press_on_all_leads_to_the_run_that_the_first_has_begun(
    signed_in: SignIn, drafts: list[Invoice]
) -> None:
    staff, query, operation = signed_in("staff"), "flt0_status_equals=Draft", new_operation()
    form = {"query": query, "operation": operation, "everything": shown_to(staff, query)}
    first = tick(staff, "send", **form)
    delete_draft(drafts[1].id, builders.person("staff"))
    work_bulk(1)
    second, other = tick(staff, "send", **form), tick(staff, "void", **form)
    assert (second.status_code, second.location, len(asked())) == (303, first.location, 1)
    assert (other.status_code, "Something else was asked for from this page" in other.text) == (409, True)


@pytest.mark.usefixtures("short_pages")
def test_the_list_offers_all_that_fit_where_they_have_more_than_a_page(
    signed_in: SignIn, drafts: list[Invoice]
) -> None:
    builders.a_sent_invoice()
    staff = signed_in("staff")
    for query, number in (("flt0_status_equals=Draft", 3), ("search=grace", 4), ("", 4)):
        page = staff.get(f"/admin/invoice/?{query}").text
        assert f'data-take-all="{number}"' in page
        assert query in re.search(r'id="action_form" method="post" action="([^"]*)"', page)[1]  # type: ignore[index]
    assert "data-take-all" not in staff.get("/admin/invoice/?flt0_status_equals=Sent").text
    assert "data-take-all" not in signed_in("viewer").get("/admin/invoice/").text


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize("query", ["", "search=grace"])
def test_of_more_than_a_run_can_have_all_are_not_offered_and_the_list_says_why(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, drafts: list[Invoice], query: str
) -> None:
    staff, why = signed_in("staff"), "At most 2 can be selected at once: narrow the list to select all of it."
    assert why not in staff.get(f"/admin/invoice/?{query}").text
    monkeypatch.setattr("admin_views.invoice_bulk.Bulk.most_at_once", 2)
    page = staff.get(f"/admin/invoice/?{query}").text
    assert (why in page, "data-take-all" in page) == (True, False)


def test_what_is_for_ticked_rows_only_is_not_done_to_all(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    assert tick(signed_in("staff"), "refund", invoice, everything="1").status_code == 400


def test_void_and_remind_are_done_to_many(signed_in: SignIn) -> None:
    with builders.in_a_while(days=-2):
        rows = [builders.a_sent_invoice() for _ in range(2)]
    staff = signed_in("staff")
    tick(staff, "remind", *rows)
    work_bulk(1)
    assert db.session.query(Mail).filter_by(kind="reminder").count() == 2
    tick(staff, "void", *rows)
    work_bulk(2)
    assert [again(row).status for row in rows] == ["Void", "Void"]


def test_one_is_reminded_from_its_page_and_told_when_it_is_too_early(signed_in: SignIn) -> None:
    with builders.in_a_while(days=-2):
        invoice = builders.a_sent_invoice()
    staff = signed_in("staff")
    assert 'name="action" value="remind"' in staff.get(page_of(invoice)).text
    form = {"action": "remind", "rowid": invoice.id, "url": page_of(invoice)}
    first, second = (
        staff.post_form(ACTION, form | {"operation": new_operation()}, follow_redirects=True).text for _ in range(2)
    )
    assert messages(first) == ["A reminder is queued for delivery to grace@example.com."]
    assert messages(second) == ["It was sent less than a day ago. Give the customer time to pay."]


@pytest.mark.parametrize("action", ["send", "remind", "void"])
def test_a_viewer_is_offered_no_bulk_work_and_a_forged_press_is_refused(
    signed_in: SignIn, drafts: list[Invoice], action: str
) -> None:
    viewer = signed_in("viewer")
    assert 'name="rowid"' not in viewer.get("/admin/invoice/").text
    assert tick(viewer, action, *drafts).status_code == 403
    assert tick(viewer, action, everything="3").status_code == 403
    assert asked() == []


def test_what_was_refused_is_retried_by_those_who_may(signed_in: SignIn, drafts: list[Invoice]) -> None:
    staff, lonely = signed_in("staff"), builders.a_draft_invoice(contact=None)
    page = tick(staff, "send", *drafts, lonely).location
    work_bulk(1)
    assert "Retry refused" not in signed_in("viewer").get(page).text
    assert signed_in("viewer").post_form("/admin/bulk_run/retry", {"id": 1}).status_code == 403
    choose_contact(lonely.id, builders.person("staff"), builders.a_contact().id)
    assert "Retry refused" in staff.get(page).text
    answer, late = (staff.post_form("/admin/bulk_run/retry", {"id": 1}) for _ in range(2))
    work_bulk(2)
    assert "Queued for delivery: 1 of 1" in staff.get(answer.location).text
    shown = staff.get(page).text
    assert (late.location, "Retry refused" in shown) == (answer.location, False)
    assert "What was refused here was tried again" in shown
    assert '<li aria-current="page"><time ' in shown
    assert f'<a href="{answer.location}">Queued for delivery: 1 of 1</a>' in shown


def test_nothing_is_retried_where_all_that_was_refused_is_deleted(signed_in: SignIn, drafts: list[Invoice]) -> None:
    staff, lonely = signed_in("staff"), builders.a_draft_invoice(contact=None)
    page = tick(staff, "send", drafts[0], lonely).location
    work_bulk(1)
    delete_draft(lonely.id, builders.person("staff"))
    assert "Retry refused" not in staff.get(page).text
    stale = staff.post_form("/admin/bulk_run/retry", {"id": 1}, follow_redirects=True)
    assert messages(stale.text) == ["The drafts that were refused here were deleted."]


def test_a_run_that_waits_for_stripe_says_so_until_it_goes_on(signed_in: SignIn, drafts: list[Invoice]) -> None:
    staff = signed_in("staff")
    page = tick(staff, "send", *drafts).location
    with storing(claim_all(BulkRun, [1])[1]):
        raise OutsideError("Stripe does not answer.", permanent=False)
    shown = staff.get(page).text
    assert "It waits, and goes on by itself" in shown
    assert "Stripe does not answer." in shown
    with builders.in_a_while(seconds=16):
        work_bulk(1)
    assert "It waits" not in staff.get(page).text


def test_pressing_on_nothing_says_so(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    form = {"action": "send", "operation": new_operation()}
    page = staff.post_form(ACTION, form, headers={"Referer": "http://localhost/admin/invoice/"}, follow_redirects=True)
    assert messages(page.text) == ["Choose at least one invoice."]


def test_the_page_of_a_run_needs_as_many_queries_for_many_as_for_one(
    signed_in: SignIn, drafts: list[Invoice], app: object
) -> None:
    staff, seen = signed_in("staff"), []
    some = [builders.a_draft_invoice() for _ in range(2)]
    few, many = tick(staff, "send", *some).location, tick(staff, "send", *drafts).location
    work_bulk(1)
    work_bulk(2)
    event.listen(db.engine, "before_cursor_execute", lambda *about: seen.append(about[2]))
    numbers = []
    for address in (few, few, many):
        seen.clear()
        staff.get(address)
        numbers.append(len(seen))
    assert numbers[1] == numbers[2]
