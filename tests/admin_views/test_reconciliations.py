"""Payments → Reconcile: a press, its progress, its report."""

from collections.abc import Callable
from datetime import timedelta

from builders import STUDIO, a_paid_invoice, a_sent_invoice, come_home, connected, in_a_while, pay, the_world
from cast import Browser
from flask import Flask

from admin_views.reconciliations import DOING
from models.base import db
from models.clock import now
from models.reconciliation import Reconciliation
from tasks import reading, transaction
from tasks.accounts import record_revoked
from tasks.reconcile import reconcile
from tasks.runs import STEPS, run_reconciliation

SignIn = Callable[[str], Browser]
LIST = "/admin/reconciliation/"


def press(browser: Browser) -> str:
    answer = browser.post_form(f"{LIST}run", page=LIST)
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_without_a_worker_the_page_does_not_promise_that_it_begins(signed_in: SignIn, app: Flask) -> None:
    connected()
    finance = signed_in("finance")
    page = press(finance)
    assert "It begins in a moment." in finance.get(page).text
    with in_a_while(minutes=2):
        late = finance.get(page).text
    assert ("No worker seems to be running." in late, "in a moment" in late) == (True, False)


def test_a_press_leads_to_its_report(signed_in: SignIn, app: Flask) -> None:
    invoice = a_sent_invoice()
    the_world().deliveries.mode = "drop"
    pay(invoice)
    finance = signed_in("finance")
    page = press(finance)
    waiting = finance.get(page).text
    assert ("Under way" in waiting, "data-under-way" in waiting, "by Finance Person" in waiting) == (True,) * 3
    come_home()
    report = finance.get(page).text
    assert '<li aria-current="page"><time ' in report
    assert ("checked, 2 repaired</h1>" in report, "0 differences" in report) == (True, True)
    assert "(status succeeded, amount $100.00, captured $100.00) was missing." in report
    assert ("data-under-way" in report, invoice.status) == (False, "Paid")


def test_a_second_press_finds_the_first(signed_in: SignIn, app: Flask) -> None:
    connected()
    assert press(signed_in("finance")) == press(signed_in("admin"))
    db.session.rollback()
    assert db.session.query(Reconciliation).count() == 1


def test_a_page_in_between_says_what_is_compared(signed_in: SignIn, app: Flask) -> None:
    connected()
    finance = signed_in("finance")
    page = press(finance)
    with transaction() as session:
        run = session.query(Reconciliation).one()
        run.begin([1])
        run.go_on("refunds", "", {})
    assert "Comparing refunds." in finance.get(page).text


def test_what_could_not_be_compared_is_named(signed_in: SignIn, app: Flask) -> None:
    a_paid_invoice()
    record_revoked(STUDIO)
    run = reconcile()
    page = signed_in("finance").get(f"{LIST}details/?id={run.id}").text
    assert f"({STUDIO}) is disconnected." in page
    assert "The next run tries again by itself." not in page


def test_a_run_that_stopped_says_why(signed_in: SignIn, app: Flask) -> None:
    with transaction() as session:
        session.add(
            run := Reconciliation(since=now(), kind="manual", parked_at=now(), last_error="KeyError: 'created'")
        )
    page = signed_in("finance").get(f"{LIST}details/?id={run.id}").text
    assert ("This run stopped" in page, "KeyError" in page) == (True, True)


def test_the_list_tells_clean_runs_from_others(signed_in: SignIn, app: Flask) -> None:
    with transaction() as session:
        session.add(Reconciliation(since=now(), kind="recent", finished_at=now(), open_differences=3))
        session.add(Reconciliation(since=now(), kind="nightly", finished_at=now(), failed=True))
        session.add(Reconciliation(since=now(), kind="manual", finished_at=now()))
    finance = signed_in("finance")
    page = finance.get(LIST).text
    assert all(words in page for words in ("3 differences", "Incomplete", "0 differences"))
    only = finance.get(f"{LIST}?flt0_kind_is=nightly").text
    assert ("Incomplete" in only, "3 differences" in only) == (True, False)


def test_the_sidebar_counts_what_differs(signed_in: SignIn, app: Flask) -> None:
    for kind, number in (("nightly", 2), ("recent", 1), ("recent", 0)):
        with transaction() as session:
            session.add(Reconciliation(since=now(), kind=kind, finished_at=now(), open_differences=number))
    hot = '<span>Reconcile</span><span class="nav-count is-hot">2</span>'
    pages = {role: signed_in(role).get("/admin/").text for role in ("finance", "staff")}
    assert {role: hot in page for role, page in pages.items()} == {"finance": True, "staff": False}


def test_a_report_of_long_ago_can_still_be_opened(signed_in: SignIn, app: Flask) -> None:
    connected()
    run = reconcile(now() - timedelta(days=400))
    with in_a_while(days=100):
        page = signed_in("viewer").get(f"{LIST}details/?id={run.id}")
        assert page.status_code == 403
        assert signed_in("finance").get(f"{LIST}details/?id={run.id}").status_code == 200


def test_a_run_by_hand_wakes_open_pages_when_it_is_done(signed_in: SignIn, app: Flask) -> None:
    connected()
    finance = signed_in("finance")
    press(finance)
    before = finance.get("/admin/pulse").json["pulse"]
    with reading() as session:
        run_id = session.query(Reconciliation).one().id
    run_reconciliation(run_id)
    assert finance.get("/admin/pulse").json["pulse"] > before


def test_the_timeline_says_who_found_a_payment(signed_in: SignIn, app: Flask) -> None:
    told, found = a_paid_invoice(), a_sent_invoice()
    the_world().deliveries.mode = "drop"
    pay(found)
    reconcile()
    staff = signed_in("staff")
    pages = [staff.get(f"/admin/invoice/details/?id={invoice.id}").text for invoice in (told, found)]
    assert [page.count("Customer, found by reconcile · ") for page in pages] == [0, 1]
    assert [page.count("Staff Person · ") for page in pages] == [2, 2]


def test_each_step_of_a_comparison_has_a_sentence_of_its_own() -> None:
    assert list(DOING) == [step for step, _ in STEPS]
