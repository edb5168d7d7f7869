"""While an invoice is being changed nobody can begin to pay it, and the hold ends whatever happened."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import builders
import pytest
from customers import the_checkout
from flask import Flask

from models.base import db
from models.invoice import Invoice, new_operation
from models.refusal import Conflict, OutsideError, Refused
from sandbox.world import World
from tasks import invoices
from tasks.checkouts import open_checkout

pytestmark = pytest.mark.both_databases
EXPIRE = "POST /v1/checkout/sessions/*/expire"
Aside = Callable[[Callable[[], Any]], Future[Any]]


def fresh(invoice: Invoice) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


@pytest.fixture
def aside(app: Flask, world: World) -> Iterator[Aside]:
    """Done by somebody else at the same time."""

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            return work()

    with ThreadPoolExecutor(2) as pool:
        yield lambda work: pool.submit(one, work)
        world.faults.clear()


def test_while_it_is_being_voided_nobody_begins_to_pay(app: Flask, world: World, aside: Aside) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    open_checkout(invoice.id, new_operation())
    invoice_id, by = invoice.id, builders.person("staff")
    db.session.rollback()
    world.faults.add(EXPIRE, "hang")
    voiding = aside(lambda: invoices.void_invoice(invoice_id, by))
    world.faults.wait_until_hanging(1)
    for amount in (None, builders.Money(4000, "USD")):
        with pytest.raises(Refused, match="This invoice is being changed right now"):
            open_checkout(invoice_id, new_operation(), amount)
    world.faults.release()
    voiding.result(30)
    assert (fresh(invoice).status, invoice.held_until) == ("Void", None)


def test_two_who_change_it_at_once_do_not_meet(app: Flask, world: World, aside: Aside) -> None:
    invoice = builders.a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    invoice_id, by = invoice.id, builders.person("staff")
    db.session.rollback()
    world.faults.add(EXPIRE, "hang")
    first = aside(lambda: invoices.void_invoice(invoice_id, by))
    world.faults.wait_until_hanging(1)
    with pytest.raises(Conflict, match="Somebody else is changing this invoice right now"):
        invoices.void_invoice(invoice_id, by)
    world.faults.release()
    first.result(30)
    assert fresh(invoice).status == "Void"


def test_a_silent_stripe_leaves_it_as_it_was_and_payable(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice()
    url = open_checkout(invoice.id, new_operation())
    world.faults.add(EXPIRE, "503")
    with pytest.raises(OutsideError):
        invoices.void_invoice(invoice.id, builders.person("staff"))
    assert (fresh(invoice).status, invoice.held_until) == ("Sent", None)
    assert open_checkout(invoice.id, new_operation()) == url


def test_a_refusal_lets_go_too(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    builders.pay(invoice)
    with pytest.raises(Refused, match="Money is held"):
        invoices.void_invoice(invoice.id, builders.person("staff"))
    assert fresh(invoice).held_until is None


def test_what_is_refused_anyway_does_not_take_the_customers_page_away(app: Flask, world: World) -> None:
    invoice = builders.a_partly_paid_invoice()
    open_checkout(invoice.id, new_operation())
    with pytest.raises(Refused, match="Money is held"):
        invoices.void_invoice(invoice.id, builders.person("staff"))
    assert world.object(str(the_checkout(invoice).stripe_id), "checkout.session")["status"] == "open"


def test_after_a_crash_the_hold_runs_out_by_itself(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    builders.hold(invoice)
    with pytest.raises(Refused, match="being changed right now"):
        open_checkout(invoice.id, new_operation())
    with builders.in_a_while(seconds=121):
        assert open_checkout(invoice.id, new_operation())


def test_a_checkout_that_is_still_being_made_is_not_voided_over(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add("POST /v1/checkout/sessions", "reset", when="after")
    assert open_checkout(invoice.id, new_operation()) is None
    with pytest.raises(Refused, match="begun a moment ago"):
        invoices.void_invoice(invoice.id, builders.person("staff"))
    assert fresh(invoice).status == "Sent"


def test_voiding_what_is_void_says_nothing_twice(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    for _ in range(2):
        invoices.void_invoice(invoice.id, builders.person("staff"))
    assert builders.timeline(invoice).count("voided") == 1
