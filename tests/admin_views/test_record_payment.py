"""Record payment and Reverse: on the page of an invoice, for those who may, with what was typed kept on a refusal."""

import re
from collections.abc import Callable
from typing import Any

import builders
import pytest
from cast import Browser
from forms import again, dialog, page_of
from sqlalchemy import select

from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from models.payment import Payment, Reversal
from tasks.checkouts import open_checkout
from tasks.invoices import void_invoice

SignIn = Callable[[str], Browser]
BUTTON = 'data-dialog="record"'


def press(browser: Browser, invoice: Invoice, **fields: Any) -> str:
    """The dialog as it is filled in, with these changes; the page that comes after."""
    today = the_organization(db.session).today().isoformat()
    form = {"amount": "64.47", "method": "bank_transfer", "paid_on": today, "operation": new_operation()}
    db.session.rollback()
    answer = browser.post_form("/admin/payment/record/", {"id": invoice.id} | form | fields, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def recorded() -> list[Payment]:
    db.session.rollback()
    return list(db.session.scalars(select(Payment)))


def test_the_dialog_has_what_is_due_and_today_filled_in(signed_in: SignIn) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    shown = signed_in("finance").get(page_of(invoice)).text
    assert BUTTON in shown
    dialog = shown[shown.index('<dialog id="record"') :]
    assert 'name="amount" value="60.00"' in dialog
    assert f'value="{now().astimezone(the_organization(db.session).zone).date().isoformat()}"' in dialog
    assert re.findall(r'<option value="(\w+)"', dialog[: dialog.index("</select>")]) == [
        "bank_transfer",
        "cash",
        "check",
        "other",
    ]


def test_a_recorded_payment_stands_on_the_page_with_its_reference(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice("64.47")
    shown = press(signed_in("finance"), invoice, note="REF 4711", receipt="1")
    assert "$64.47 is recorded." in shown
    assert "Bank transfer" in shown
    assert "REF 4711" in shown
    assert "Finance Person" in shown
    assert again(invoice).status == "Paid"
    builders.come_home()
    assert db.session.query(Mail).filter_by(kind="receipt").one().state == "sent"


def test_one_form_records_once(signed_in: SignIn) -> None:
    invoice, finance, operation = builders.a_sent_invoice("64.47"), signed_in("finance"), new_operation()
    for _ in range(2):
        assert "$10.00 is recorded." in press(finance, invoice, amount="10.00", operation=operation)
    assert len(recorded()) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "64.48", "Only $64.47 is due"),
        ("amount", "1,000", "is not an amount"),
        ("amount", "0", "above zero"),
        ("paid_on", "2999-01-01", "in the future"),
        ("paid_on", "yesterday", "is not a date"),
        ("method", "barter", "Choose how it was paid"),
    ],
)
def test_a_refusal_opens_the_dialog_again_with_what_was_typed(
    signed_in: SignIn, field: str, value: str, sentence: str
) -> None:
    invoice = builders.a_sent_invoice("64.47")
    shown = press(signed_in("finance"), invoice, **{field: value}, note="REF 4711")
    dialog = shown[shown.index('<dialog id="record"') :]
    assert "data-open" in dialog[:200]
    assert sentence in dialog[dialog.index('class="error-text"') :][:200]
    assert 'value="REF 4711"' in dialog
    assert f'value="{value}"' in dialog or field == "method"
    assert recorded() == []


def test_while_stripe_is_silent_the_dialog_says_so_and_keeps_what_was_typed(signed_in: SignIn) -> None:
    invoice, finance = builders.a_sent_invoice("64.47"), signed_in("finance")
    open_checkout(invoice.id, new_operation())
    builders.the_world().faults.add("POST /v1/checkout/sessions/*/expire", "503")
    shown = press(finance, invoice, note="REF 4711")
    dialog = shown[shown.index('<dialog id="record"') :]
    assert "could not be closed" in dialog[dialog.index('class="error-text"') :][:200]
    assert 'value="REF 4711"' in dialog
    assert recorded() == []


def test_more_than_is_due_is_recorded_when_the_box_is_ticked(signed_in: SignIn) -> None:
    invoice, finance = builders.a_sent_invoice("64.47"), signed_in("finance")
    shown = press(finance, invoice, amount="70.00")
    assert 'name="overpay"' in shown
    shown = press(finance, invoice, amount="70.00", overpay="1")
    assert "$5.53 is more than it asks for" in shown
    assert "chip-overpaid" in shown


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_who_may_not_record_sees_no_button_and_is_refused(signed_in: SignIn, role: str) -> None:
    invoice, browser = builders.a_sent_invoice(), signed_in(role)
    assert BUTTON not in browser.get(page_of(invoice)).text
    form = {"id": invoice.id, "amount": "1.00", "operation": new_operation()}
    assert browser.post_form("/admin/payment/record/", form).status_code == 403
    assert recorded() == []


def test_nothing_is_recorded_where_nothing_can_be_paid(signed_in: SignIn) -> None:
    finance, draft, void = signed_in("finance"), builders.a_draft_invoice(), builders.a_sent_invoice()
    void_invoice(void.id, builders.person("staff"))
    for invoice in (draft, void):
        assert BUTTON not in finance.get(page_of(invoice)).text
    assert BUTTON in finance.get(page_of(builders.a_paid_invoice())).text


def test_a_payment_is_reversed_with_a_reason_and_both_stay_to_be_seen(signed_in: SignIn) -> None:
    invoice, finance = builders.a_sent_invoice("64.47"), signed_in("finance")
    press(finance, invoice)
    payment = recorded()[0]
    assert ">Reverse $64.47</button>" in dialog(finance.get(page_of(invoice)).text, f"reverse-{payment.id}")
    assert ">Move $64.47</button>" in finance.get(f"/admin/payment/details/?id={payment.id}").text
    form = {"id": payment.id, "reason": "Wrong customer", "url": page_of(invoice)}
    shown = finance.post_form("/admin/payment/reverse/", form, follow_redirects=True).text
    assert "Reversed" in shown
    assert "Wrong customer" in shown
    assert f'data-dialog="reverse-{payment.id}"' not in shown
    assert again(invoice).status == "Sent"
    assert "Wrong customer" in finance.get(f"/admin/payment/details/?id={payment.id}").text
    assert db.session.query(Reversal).count() == 1


def test_a_reversed_payment_is_in_the_list_of_payments_and_leads_to_no_page_of_stripe(signed_in: SignIn) -> None:
    finance, invoice = signed_in("finance"), builders.a_sent_invoice("64.47")
    press(finance, invoice, note="REF 4711")
    listed = finance.get("/admin/payment/?flt0_state_is=offline").text
    assert "Bank transfer" in listed
    assert "Bank transfer" in finance.get("/admin/payment/?search=4711").text
    assert "Open in Stripe" not in finance.get(f"/admin/payment/details/?id={recorded()[0].id}").text
    assert "Grace Hopper" in finance.get("/admin/").text


def test_a_payment_through_stripe_has_no_reverse(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    finance, payment = signed_in("finance"), builders.the_payment(invoice)
    assert 'data-dialog="reverse-' not in finance.get(page_of(invoice)).text
    finance.post_form("/admin/payment/reverse/", {"id": payment.id, "reason": "A mistake"})
    assert (again(invoice).status, db.session.query(Reversal).count()) == ("Paid", 0)
