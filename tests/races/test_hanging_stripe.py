"""Stripe hangs until the test lets it go on: a few customers wait, everybody else is served.

The web server is gunicorn with its eight threads, of which four may wait for Stripe.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from contextvars import copy_context
from itertools import islice
from urllib.parse import urlsplit

import pytest
import requests
from builders import a_sent_invoice, come_home, in_a_while, pay, the_world
from cast import Browser
from customers import link, state
from customers import press as press_pay
from flask import Flask
from honest import HeldTransaction, refuse_inside_transaction
from visitors import Visitor

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from sandbox.world import World
from settings import WEB_THREADS
from tasks import transaction
from tasks.audit import audit

pytestmark = pytest.mark.both_databases
PLACES = WEB_THREADS // 2
CROWD = PLACES + 3
Start = Callable[..., str]
Answers = list["Future[requests.Response]"]


@pytest.fixture
def customers(world: World) -> Iterator[ThreadPoolExecutor]:
    """As many as there are; at the end Stripe is silent no more."""
    with ThreadPoolExecutor(CROWD) as pool:
        yield pool
        world.faults.clear()


def first(answers: Answers, number: int) -> list[requests.Response]:
    """Those that come before the others."""
    return [answer.result() for answer in islice(as_completed(answers), number)]


def press(site: str, path: str) -> requests.Response:
    return Visitor(site).post(path, {"operation": new_operation()})


def everybody_else_is_served(site: str, staff: Visitor, path: str) -> None:
    """Other customers, staff, Stripe's own deliveries, and the machines that watch."""
    assert state(staff.get(path).text) == "open"
    assert "Recent Payments" in staff.get("/admin/").text
    assert staff.get("/healthz").json() == {"status": "ok"}
    answers: list[int] = []

    def deliver(url: str, body: bytes, headers: dict[str, str]) -> int:
        answers.append(Visitor(site).post(urlsplit(url).path, body, headers).status_code)
        return answers[-1]

    the_world().deliveries.deliver(deliver)  # type: ignore[arg-type]
    assert set(answers) == {200}


def open_at_stripe() -> int:
    return len(the_world().store.select("checkout.session", {"status = ?": "open"}))


def test_while_stripe_hangs_half_the_threads_wait_and_everybody_else_is_served(
    app: Flask, site: Start, world: World, customers: ThreadPoolExecutor
) -> None:
    paths, untouched, where = [link(a_sent_invoice()) for _ in range(CROWD)], link(a_sent_invoice()), site()
    staff = Visitor(where)
    staff.sign_in("staff")
    world.faults.add("POST /v1/checkout/sessions", "hang", times=CROWD)
    answers = [customers.submit(press, where, path) for path in paths]
    world.faults.wait_until_hanging(PLACES)
    turned_away = first(answers, CROWD - PLACES)
    for answer in turned_away:
        assert (answer.status_code, answer.headers["Location"][-9:]) == (303, "/continue")
        assert "not confirmed yet" in staff.get(answer.headers["Location"]).text
    everybody_else_is_served(where, staff, untouched)
    assert (world.faults.hanging, open_at_stripe()) == (PLACES, 0)
    world.faults.release()
    arrived = [answer.result() for answer in answers if answer.result() not in turned_away]
    assert ["/c/pay/cs_test_" in answer.headers["Location"] for answer in arrived] == [True] * PLACES
    come_home()
    assert open_at_stripe() == CROWD == db.session.query(Checkout).filter_by(state="open").count()
    for answer in turned_away:
        assert "/c/pay/cs_test_" in staff.get(answer.headers["Location"]).headers["Location"]


def test_who_comes_back_while_stripe_hangs_reads_that_it_is_not_confirmed_yet(
    app: Flask, site: Start, world: World, customers: ThreadPoolExecutor
) -> None:
    invoices = [a_sent_invoice() for _ in range(PLACES + 1)]
    backs = [f"{link(invoice)}/return?session_id={pay(invoice).stripe_id}" for invoice in invoices]
    where = site()
    world.faults.add("GET /v1/checkout/sessions/*", "hang", times=CROWD)
    answers = [customers.submit(Visitor(where).get, path) for path in backs]
    world.faults.wait_until_hanging(PLACES)
    (early,) = first(answers, 1)
    assert (early.status_code, state(early.text)) == (200, "confirming")
    world.faults.release()
    assert sorted(state(answer.result().text) for answer in answers) == ["confirming"] + ["paid"] * PLACES
    come_home()
    assert {db.session.get_one(Invoice, invoice.id).status for invoice in invoices} == {"Paid"}
    assert audit() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_waits_longer_than_a_request_may_is_not_charged_twice(
    app: Flask, site: Start, world: World, customers: ThreadPoolExecutor, when: str
) -> None:
    path, where = link(a_sent_invoice()), site(patience=0.5)
    world.faults.add("POST /v1/checkout/sessions", "hang", when=when)
    answer = press(where, path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/continue")
    assert state(Visitor(where).get(f"{path}/continue").text) == "connecting"
    world.faults.release()
    again = press(where, path)
    with in_a_while(seconds=30):
        come_home()
    assert again.status_code == 303
    assert open_at_stripe() == db.session.query(Checkout).count() == 1
    assert "/c/pay/cs_test_" in Visitor(where).get(f"{path}/continue").headers["Location"]


@contextmanager
def full_house(app: Flask) -> Iterator[None]:
    """As many wait for Stripe as may."""
    slots = app.extensions["stripe_slots"]
    taken = sum(slots.acquire(blocking=False) for _ in range(WEB_THREADS))
    yield
    slots.release(taken)
    assert taken == PLACES


def test_where_nobody_more_may_wait_a_first_press_is_a_worker_s_and_a_second_one_is_told_to_try_again(
    app: Flask, browser: Browser, world: World
) -> None:
    begun, fresh = a_sent_invoice(), a_sent_invoice()
    press_pay(browser, begun)
    world.requests.clear()
    with full_house(app):
        again, first_time = press_pay(browser, begun), press_pay(browser, fresh)
    assert (again.status_code, "This press charged nothing; please try again" in again.text) == (503, True)
    assert (first_time.status_code, first_time.headers["Location"][-9:]) == (303, "/continue")
    assert not world.requests
    come_home()
    assert (open_at_stripe(), db.session.query(Checkout).filter_by(state="open").count()) == (2, 2)


def test_the_way_to_stripe_is_closed_while_a_transaction_is_open_in_threads_too(app: Flask) -> None:
    refuse_inside_transaction("get", "/v1/charges")
    with transaction() as session, ThreadPoolExecutor(1) as pool:
        session.query(Invoice).count()
        for where in (lambda work: work(), lambda work: pool.submit(copy_context().run, work).result()):
            with pytest.raises(HeldTransaction):
                where(lambda: refuse_inside_transaction("get", "/v1/charges"))
