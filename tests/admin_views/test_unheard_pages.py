"""What a revoked account tells nobody: the pages say so, and whoever records payments ends the waiting."""

from collections.abc import Callable

import builders
import pytest
from builders import STUDIO, a_sent_invoice, come_home, in_a_while, pay, the_payment
from cast import Browser
from customers import the_checkout
from disconnecting import a_debit_on_its_way, a_payment_that_is_not_home, a_refund_of_unknown_outcome
from flask import Flask
from forms import dialog, is_open, why
from refunding import the_refund

from models.base import db
from models.clock import now
from models.invoice import Invoice
from tasks import transaction
from tasks.accounts import record_revoked
from tasks.refunds import send_refund

SignIn = Callable[[str], Browser]
WHY = {"reason": "Not in the Dashboard."}


def page_of_debit() -> str:
    return f"/admin/payment/details/?id={a_debit_on_its_way()[1].id}"


def page_of_checkout() -> str:
    return f"/admin/invoice/details/?id={a_payment_that_is_not_home()[0].id}"


def page_of_refund() -> str:
    """The sweep has tried it once more and has found the account gone."""
    refund_id = a_refund_of_unknown_outcome()[1]
    with in_a_while(minutes=2):
        send_refund(refund_id)
    return f"/admin/refund/details/?id={refund_id}"


def test_a_payment_that_never_arrived(app: Flask, signed_in: SignIn) -> None:
    invoice, payment = a_debit_on_its_way()
    finance, page = signed_in("finance"), f"/admin/payment/details/?id={payment.id}"
    shown = finance.get(page).text
    assert "Nobody tells us what becomes of this payment" in shown
    assert "and is due again." in dialog(shown, f"give-up-{payment.id}")
    assert f">It never arrived: {payment.money}</button>" in dialog(shown, f"give-up-{payment.id}")
    answer = finance.post_form("/admin/payment/give-up/", WHY | {"id": payment.id}, page, follow_redirects=True)
    assert "its amount is due again" in answer.text
    assert "It never arrived." in answer.text
    db.session.rollback()
    assert (payment.status, invoice.due().amount) == ("canceled", 10000)


def void(invoice: Invoice) -> None:
    """As an older backup leaves it."""
    with transaction() as session:
        late = session.get_one(Invoice, invoice.id)
        late.voided_at = now()
        late.refresh_status()


def test_what_nobody_owes_is_not_due_again(app: Flask, signed_in: SignIn) -> None:
    invoice, payment = a_debit_on_its_way()
    void(invoice)
    finance, page = signed_in("finance"), f"/admin/payment/details/?id={payment.id}"
    shown = finance.get(page).text
    answer = finance.post_form("/admin/payment/give-up/", WHY | {"id": payment.id}, page, follow_redirects=True)
    assert "The payment counts as never arrived." in answer.text
    assert "due again" not in shown + answer.text


def test_of_a_payment_without_an_invoice_no_timeline_is_told(app: Flask, signed_in: SignIn) -> None:
    payment = builders.an_unmatched_payment()
    with transaction() as session:
        session.get_one(type(payment), payment.id).status = "processing"
    record_revoked(STUDIO)
    page = signed_in("finance").get(f"/admin/payment/details/?id={payment.id}").text
    shown = dialog(page, f"give-up-{payment.id}")
    assert "Kept with your name in the audit log." in shown
    assert ("Payment timeline" in shown, "due again" in page) == (False, False)


def test_a_checkout_that_brought_no_payment(app: Flask, signed_in: SignIn) -> None:
    invoice, checkout = a_payment_that_is_not_home()
    finance, page = signed_in("finance"), f"/admin/invoice/details/?id={invoice.id}"
    assert "Nobody tells us of a payment of $100.00" in finance.get(page).text
    assert ">No payment came: $100.00</button>" in dialog(finance.get(page).text, f"give-up-{checkout.id}")
    form = WHY | {"id": checkout.id}
    answer = finance.post_form("/admin/payment/give-up-checkout/", form, page, follow_redirects=True)
    assert "can be paid and changed again" in answer.text
    assert "Nobody tells us" not in answer.text
    assert the_checkout(invoice).state == "expired"


def test_a_refund_that_is_settled_by_hand(app: Flask, signed_in: SignIn) -> None:
    refund_id = a_refund_of_unknown_outcome()[1]
    finance, page = signed_in("finance"), f"/admin/refund/details/?id={refund_id}"
    amount = the_refund(refund_id).money
    assert f">Settle by hand: {amount}</button>" in dialog(finance.get(page).text, f"give-up-{refund_id}")
    answer = finance.post_form("/admin/refund/give-up/", WHY | {"id": refund_id}, page, follow_redirects=True)
    assert "Finance Person settled it by hand, without Stripe&#39;s answer: Not in the Dashboard." in answer.text
    assert "record it now with its number" in answer.text
    assert the_refund(refund_id).state == "canceled"


@pytest.mark.parametrize("role", ["staff", "finance"])
def test_a_refund_that_was_tried_in_vain_says_why_and_offers_no_retry(app: Flask, signed_in: SignIn, role: str) -> None:
    page, browser = page_of_refund(), signed_in(role)
    db.session.rollback()
    refund = the_refund(1)
    assert refund.parked_at
    shown = browser.get(page).text
    assert "Nobody tells us what becomes of this refund" in shown
    assert str(refund.last_error).split("'")[0] in shown
    assert ">Retry<" not in shown
    assert (">Settle by hand<" in shown) == (role == "finance")


@pytest.mark.parametrize("page_of", [page_of_debit, page_of_checkout, page_of_refund])
def test_staff_who_record_no_payments_read_who_can_end_the_waiting(
    app: Flask, signed_in: SignIn, page_of: Callable[[], str]
) -> None:
    path = page_of()
    page = signed_in("staff").get(path).text
    assert "Nobody tells us" in page
    assert "Somebody with the role Finance can" in page
    assert "give-up" not in page
    assert "Somebody with the role Finance can" not in signed_in("finance").get(path).text


@pytest.mark.parametrize(
    ("page_of", "door"),
    [
        (page_of_debit, "payment/give-up"),
        (page_of_checkout, "payment/give-up-checkout"),
        (page_of_refund, "refund/give-up"),
    ],
)
def test_without_a_reason_the_dialog_asks_for_it(
    app: Flask, signed_in: SignIn, page_of: Callable[[], str], door: str
) -> None:
    finance, page = signed_in("finance"), page_of()
    form, headers = {"id": 1, "reason": " "}, {"Referer": f"http://localhost{page}"}
    shown = finance.post_form(f"/admin/{door}/", form, headers=headers, follow_redirects=True).text
    refused = dialog(shown, "give-up-1")
    assert is_open(refused)
    assert "Say why" in why(refused)


def test_while_the_account_is_connected_nobody_is_asked(app: Flask, signed_in: SignIn) -> None:
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    page = signed_in("finance").get(f"/admin/payment/details/?id={the_payment(invoice).id}").text
    assert "This payment is on its way" in page
    assert "give-up" not in page
