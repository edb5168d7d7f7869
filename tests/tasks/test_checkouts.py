"""The intention to pay, Stripe's session for it, and what became of it."""

import builders
import pytest
import workers
from builders import Money
from customers import count, the_checkout
from sqlalchemy import select, update

from models.base import db
from models.checkout import Checkout
from models.claimable import ABSENCE
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.payment import Payment
from models.refusal import OutsideError, Refused
from models.stripe_account import StripeAccount
from sandbox.accounts import EUROPE, STUDIO
from sandbox.world import World
from tasks import invoices, transaction
from tasks.checkouts import close_checkout, look_at_checkout, open_checkout
from tasks.retries import retry_checkout
from tasks.sessions import create_session

pytestmark = pytest.mark.usefixtures("app")
CREATE = "POST /v1/checkout/sessions"
USD_40, USD_60 = Money(4000, "USD"), Money(6000, "USD")


def made(world: World) -> list[str]:
    """The ids of the Checkout Sessions that Stripe has made."""
    return [session["id"] for session in world.store.select("checkout.session")]


def make_due(**values: object) -> None:
    with transaction() as session:
        session.execute(update(Checkout).values(due_at=now(), **values))


def figures(invoice: Invoice) -> tuple[str, int]:
    db.session.rollback()
    fresh = db.session.get_one(Invoice, invoice.id, populate_existing=True)
    return fresh.status, fresh.captured


def test_the_intention_is_written_before_stripe_is_asked(world: World) -> None:
    invoice = builders.a_sent_invoice("64.47")
    world.faults.add(CREATE, "reset")
    assert open_checkout(invoice.id, new_operation()) is None
    checkout = the_checkout(invoice)
    assert (checkout.state, checkout.amount, checkout.currency) == ("creating", 6447, "USD")
    assert checkout.due_at
    assert checkout.last_error


def test_what_stripe_is_asked_for_carries_our_ids_and_no_line_of_the_invoice() -> None:
    invoice = builders.a_sent_invoice("64.47")
    open_checkout(invoice.id, new_operation())
    checkout = the_checkout(invoice)
    assert checkout.params["metadata"]["paydesk_operation"] == checkout.uuid
    assert checkout.params["payment_intent_data"]["metadata"] == checkout.params["metadata"]
    assert checkout.params["line_items"][0]["price_data"]["unit_amount"] == 6447
    assert "Design" not in str(checkout.params)


def test_a_second_press_finds_the_first_ones_checkout() -> None:
    invoice, operation = builders.a_sent_invoice(), new_operation()
    first = open_checkout(invoice.id, operation)
    assert open_checkout(invoice.id, operation) == open_checkout(invoice.id, new_operation()) == first
    assert count(Checkout) == 1


def test_another_amount_replaces_the_open_checkout(world: World) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    first = open_checkout(invoice.id, new_operation(), USD_40)
    old = the_checkout(invoice)
    second = open_checkout(invoice.id, new_operation(), USD_60)
    assert second != first
    assert world.object(str(old.stripe_id), "checkout.session")["status"] == "expired"
    assert [the_checkout(invoice).amount, count(Checkout)] == [6000, 2]


@pytest.mark.both_databases
def test_what_was_paid_in_the_checkout_to_be_replaced_is_counted_first() -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    builders.pay(invoice, amount=USD_60)
    with pytest.raises(Refused, match=r"\$60.00 was paid a moment ago. \$40.00 is still due"):
        open_checkout(invoice.id, new_operation(), Money(3000, "USD"))
    assert figures(invoice) == ("Partially Paid", 6000)


def test_a_line_that_is_cut_after_the_work_makes_no_second_session(world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add(CREATE, "reset", when="after")
    assert open_checkout(invoice.id, new_operation()) is None
    make_due()
    create_session(the_checkout(invoice).id)
    checkout = the_checkout(invoice)
    assert checkout.state == "open"
    assert made(world) == [checkout.stripe_id]


def test_a_500_after_the_work_is_found_by_its_uuid(world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add(CREATE, "500", when="after")
    assert open_checkout(invoice.id, new_operation())
    checkout = the_checkout(invoice)
    assert (checkout.state, checkout.attempt) == ("open", 1)
    assert made(world) == [checkout.stripe_id]


@pytest.mark.both_databases
def test_absence_is_proven_twice_before_another_try(world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add(CREATE, "500")
    open_checkout(invoice.id, new_operation())
    make_due()
    create_session(the_checkout(invoice).id)
    assert (the_checkout(invoice).attempt, made(world)) == (1, [])
    make_due(absent_at=now() - ABSENCE)
    create_session(the_checkout(invoice).id)
    assert the_checkout(invoice).attempt == 2
    assert made(world) == [the_checkout(invoice).stripe_id]


def test_an_outage_ends_by_itself(world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add(CREATE, "429")
    assert open_checkout(invoice.id, new_operation()) is None
    make_due()
    workers.work_off()
    assert the_checkout(invoice).state == "open"


def test_what_stripe_refuses_for_good_does_not_stand_in_the_way(world: World) -> None:
    invoice = builders.a_sent_invoice()
    world.faults.add(CREATE, "400")
    with pytest.raises(Refused, match="Online payment is not available"):
        open_checkout(invoice.id, new_operation())
    assert the_checkout(invoice).state == "failed"
    assert open_checkout(invoice.id, new_operation())


def test_a_look_records_the_payment_once() -> None:
    invoice = builders.a_sent_invoice("64.47")
    checkout = builders.pay(invoice)
    for _ in range(3):
        look_at_checkout(checkout.id)
    builders.come_home()
    assert figures(invoice) == ("Paid", 6447)
    assert [count(Payment), count(Mail)] == [1, 2]


def test_a_look_that_fails_half_way_is_finished_by_the_next(world: World) -> None:
    invoice = builders.a_sent_invoice("64.47")
    checkout = builders.pay(invoice)
    world.faults.add("GET /v1/payment_intents/*", "503")
    with pytest.raises(OutsideError):
        look_at_checkout(checkout.id)
    assert (the_checkout(invoice).state, figures(invoice)) == ("complete", ("Sent", 0))
    with pytest.raises(Refused):
        open_checkout(invoice.id, new_operation())
    assert figures(invoice) == ("Paid", 6447)
    assert count(Checkout) == 1


def test_an_invoice_is_not_voided_over_a_payment_that_is_not_home_yet(world: World) -> None:
    invoice = builders.a_sent_invoice("64.47")
    checkout = builders.pay(invoice)
    world.faults.add("GET /v1/payment_intents/*", "503")
    with pytest.raises(OutsideError):
        look_at_checkout(checkout.id)
    with pytest.raises(Refused, match="Money is held"):
        invoices.void_invoice(invoice.id, builders.person("staff"))
    assert figures(invoice) == ("Paid", 6447)


def test_closing_a_checkout_that_was_paid_settles_it() -> None:
    invoice = builders.a_sent_invoice("64.47")
    close_checkout(builders.pay(invoice).id)
    assert figures(invoice) == ("Paid", 6447)


def test_an_older_look_does_not_reopen_a_checkout(world: World) -> None:
    invoice = builders.a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    checkout = the_checkout(invoice)
    with transaction() as session:
        session.execute(update(Checkout).values(state="expired", looked_at=now() + ABSENCE))
    look_at_checkout(checkout.id)
    assert the_checkout(invoice).state == "expired"


@pytest.mark.parametrize("change", [{"state": "retired"}, {"charges_enabled": False}])
def test_an_account_that_takes_no_charges_gets_none(change: dict[str, object]) -> None:
    invoice = builders.a_sent_invoice()
    with transaction() as session:
        session.execute(update(StripeAccount).values(**change))
    with pytest.raises(Refused, match="Online payment is not available"):
        open_checkout(invoice.id, new_operation())
    assert count(Checkout) == 0


def test_a_day_old_form_pays_in_a_new_session() -> None:
    invoice, operation = builders.a_sent_invoice(), new_operation()
    first = open_checkout(invoice.id, operation)
    with transaction() as session:
        session.execute(update(Checkout).values(expires_at=now()))
    assert open_checkout(invoice.id, operation) != first
    assert count(Checkout) == 2


def test_a_session_of_an_account_that_is_lost_ends_with_its_time(world: World) -> None:
    invoice = builders.a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    world.deauthorize(STUDIO)
    builders.come_home()
    builders.connected(EUROPE)
    with pytest.raises(OutsideError, match="revoked"):
        open_checkout(invoice.id, new_operation())
    db.session.rollback()
    with builders.in_a_while(days=1):
        world.clock.advance(86400)
        assert open_checkout(invoice.id, new_operation())
    assert [checkout.state for checkout in db.session.scalars(select(Checkout).order_by(Checkout.id))] == [
        "expired",
        "open",
    ]


def test_a_session_that_stripe_has_no_more_does_not_block_its_invoice(world: World) -> None:
    invoice = builders.a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    forget(world, the_checkout(invoice))
    assert open_checkout(invoice.id, new_operation())
    forget(world, the_checkout(invoice))
    invoices.void_invoice(invoice.id, builders.person("staff"))
    assert [checkout.state for checkout in db.session.scalars(select(Checkout))] == ["expired", "expired"]


def forget(world: World, checkout: Checkout) -> None:
    """Somebody deletes the test data at Stripe."""
    world.store.run("DELETE FROM objects WHERE id = ?", checkout.stripe_id)


def a_parked_checkout() -> Invoice:
    """Nobody knows whether Stripe has made it, and it waits for a person."""
    invoice = builders.a_sent_invoice(partial_payments=True)
    builders.the_world().faults.add(CREATE, "reset")
    assert open_checkout(invoice.id, new_operation()) is None
    with transaction() as session:
        session.execute(update(Checkout).values(due_at=None, parked_at=now()))
    return invoice


def test_a_parked_checkout_tells_the_customer_no_minute_and_staff_where_to_press() -> None:
    invoice = a_parked_checkout()
    for amount in (None, USD_40):
        with pytest.raises(Refused, match="Online payment is not available"):
            open_checkout(invoice.id, new_operation(), amount)
    with pytest.raises(Refused, match="Press Retry under Needs attention"):
        invoices.void_invoice(invoice.id, builders.person("staff"))


def test_a_parked_checkout_ends_with_its_time(world: World) -> None:
    invoice = a_parked_checkout()
    with builders.in_a_while(days=1):
        world.clock.advance(86400)
        assert open_checkout(invoice.id, new_operation())
    assert [checkout.state for checkout in db.session.scalars(select(Checkout))] == ["expired", "open"]


def test_a_parked_checkout_that_is_tried_again_lets_the_customer_pay() -> None:
    invoice = a_parked_checkout()
    retry_checkout(the_checkout(invoice).id, builders.person("finance"))
    workers.work_off()
    assert open_checkout(invoice.id, new_operation())
    assert count(Checkout) == 1
