"""What a revoked account tells nobody: the pages say so, and whoever records payments says what did not come about."""

from collections.abc import Callable

import pytest
from builders import STUDIO, a_paid_invoice, a_refund, a_sent_invoice, come_home, pay, the_payment, the_world
from cast import Browser
from customers import the_checkout
from flask import Flask
from refunding import the_refund
from sqlalchemy import update

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice
from tasks import transaction
from tasks.accounts import record_revoked
from tasks.refunds import send_refund

SignIn = Callable[[str], Browser]
WHY = {"reason": "Not in the Dashboard."}


def a_debit() -> Invoice:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    record_revoked(STUDIO)
    return invoice


def a_finished_checkout() -> Invoice:
    invoice = a_sent_invoice()
    pay(invoice)
    with transaction() as session:
        session.execute(update(Checkout).values(state="complete", looked_at=now()))
    record_revoked(STUDIO)
    return invoice


def an_unconfirmed_refund() -> int:
    invoice = a_paid_invoice()
    the_world().faults.add("POST /v1/refunds", "reset")
    refund_id = a_refund(invoice, "100.00")[0]
    send_refund(refund_id)
    record_revoked(STUDIO)
    return refund_id


def test_a_payment_that_never_arrived(app: Flask, signed_in: SignIn) -> None:
    invoice = a_debit()
    finance, payment = signed_in("finance"), the_payment(invoice)
    page = f"/admin/payment/details/?id={payment.id}"
    assert "Nobody tells us what becomes of this payment" in finance.get(page).text
    answer = finance.post_form("/admin/payment/give-up/", WHY | {"id": payment.id}, page, follow_redirects=True)
    assert "its amount is due again" in answer.text
    assert "It never arrived." in answer.text
    db.session.rollback()
    assert (payment.status, invoice.due().amount) == ("canceled", 10000)


def test_a_checkout_that_brought_no_payment(app: Flask, signed_in: SignIn) -> None:
    invoice = a_finished_checkout()
    finance, page = signed_in("finance"), f"/admin/invoice/details/?id={invoice.id}"
    assert "Nobody tells us of a payment of $100.00" in finance.get(page).text
    form = WHY | {"id": the_checkout(invoice).id}
    answer = finance.post_form("/admin/payment/give-up-checkout/", form, page, follow_redirects=True)
    assert "can be paid and changed again" in answer.text
    assert "Nobody tells us" not in answer.text
    assert the_checkout(invoice).state == "expired"


def test_a_refund_that_was_not_made(app: Flask, signed_in: SignIn) -> None:
    refund_id = an_unconfirmed_refund()
    finance, page = signed_in("finance"), f"/admin/refund/details/?id={refund_id}"
    assert "Nobody tells us whether this refund was made" in finance.get(page).text
    answer = finance.post_form("/admin/refund/give-up/", WHY | {"id": refund_id}, page, follow_redirects=True)
    assert "Not made, says Finance Person: Not in the Dashboard." in answer.text
    assert the_refund(refund_id).state == "canceled"


@pytest.mark.parametrize("what", [a_debit, a_finished_checkout])
def test_staff_who_record_no_payments_see_why_and_no_button(
    app: Flask, signed_in: SignIn, what: Callable[[], Invoice]
) -> None:
    invoice = what()
    noun, row = ("payment", the_payment(invoice).id) if what is a_debit else ("invoice", invoice.id)
    page = signed_in("staff").get(f"/admin/{noun}/details/?id={row}").text
    assert "Nobody tells us" in page
    assert "give-up" not in page


def test_while_the_account_is_connected_nobody_is_asked(app: Flask, signed_in: SignIn) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    page = signed_in("finance").get(f"/admin/payment/details/?id={the_payment(invoice).id}").text
    assert "This payment is on its way" in page
    assert "give-up" not in page
