"""Issue refund on the page and in the list: asked for once, refused in a sentence, true through Stripe."""

from collections.abc import Callable

import builders
import pytest
from conftest import Browser
from forms import again, page_of
from refunding import limit_refunds
from sqlalchemy import func, select

from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.refund import Refund
from tasks import transaction

SignIn = Callable[[str], Browser]


def press_refund(browser: Browser, invoice: Invoice, amount: str, **fields: str) -> str:
    form = {"id": invoice.id, "amount": amount, "operation": new_operation()} | fields
    return browser.post_form("/admin/invoice/refund/", form, follow_redirects=True).text


def refunds() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Refund)) or 0


def test_refunding_in_bulk_gives_back_all_that_can_be(signed_in: SignIn) -> None:
    paid, other = builders.a_paid_invoice("64.47"), builders.a_paid_invoice("20.00")
    form = {"action": "refund", "rowid": [paid.id, other.id], "operation": new_operation()}
    staff = signed_in("staff")
    for _ in range(2):
        shown = staff.post_form("/admin/invoice/action/", form, follow_redirects=True).text
        assert "Refund of $64.47 requested" in shown
    assert "Refund of $20.00 requested" in shown
    builders.come_home()
    assert {again(paid).status, again(other).status} == {"Refunded"}


@pytest.mark.parametrize(("limit", "which"), [("50.00", "More than $50.00 of one invoice"), ("0", "Each refund")])
def test_refunding_in_bulk_says_what_waits_for_a_second_person(signed_in: SignIn, limit: str, which: str) -> None:
    builders.a_paid_invoice("64.47")
    limit_refunds(limit)
    shown = signed_in("staff").get("/admin/invoice/").text
    assert which in shown.split('<dialog id="confirm-refund"')[1].split("</dialog>")[0]
    assert "waits until another person" not in signed_in("finance").get("/admin/invoice/").text


def test_a_press_without_its_token_is_refused(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    form = {"id": invoice.id, "amount": "1.00", "operation": new_operation()}
    assert signed_in("staff").post("/admin/invoice/refund/", data=form).status_code == 400
    assert refunds() == 0


def test_the_dialog_of_a_partly_paid_invoice_says_what_becomes_of_the_rest(signed_in: SignIn) -> None:
    staff, words = signed_in("staff"), "what is still due is not asked for any more"
    assert words in staff.get(page_of(builders.a_partly_paid_invoice())).text
    assert words not in staff.get(page_of(builders.a_paid_invoice())).text


def test_the_dialog_has_everything_refundable_filled_in(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("64.47")
    shown = signed_in("staff").get(page_of(invoice)).text
    assert 'name="amount" value="64.47"' in shown
    assert "Refund $64.47" in shown


def test_money_that_came_too_late_for_a_void_invoice_can_be_given_back(signed_in: SignIn) -> None:
    invoice, staff = builders.a_paid_invoice("64.47"), signed_in("staff")
    with transaction() as session:
        late = session.get_one(Invoice, invoice.id)
        late.voided_at = now()
        late.refresh_status()
    assert 'chip-held">Held <span class="num">$64.47</span>' in staff.get(page_of(invoice)).text
    listed = staff.get("/admin/invoice/").text
    assert "chip-held" in listed
    assert "show=refund" in listed
    press_refund(staff, invoice, "64.47")
    builders.come_home()
    assert "chip-held" not in staff.get(page_of(invoice)).text
    assert (again(invoice).status, again(invoice).refunded) == ("Void", 6447)


def test_a_refund_is_asked_for_once_and_becomes_true_through_stripe(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("64.47")
    shown = press_refund(signed_in("staff"), invoice, "64.47", reason="requested_by_customer")
    assert "chip-refunded" not in shown
    assert "$64.47 is being given back; Stripe has not confirmed it yet" in shown
    builders.come_home()
    shown = signed_in("staff").get(page_of(invoice)).text
    assert "chip-refunded" in shown
    assert "All of the $64.47 that was paid has been given back" in shown


@pytest.mark.parametrize("amount", ["19.999", "1e1", "１0", "-5", "0", "64.48", "", "1,000"])
def test_a_bad_amount_comes_back_with_a_sentence_and_nothing_lost(signed_in: SignIn, amount: str) -> None:
    invoice = builders.a_paid_invoice("64.47")
    shown = press_refund(signed_in("staff"), invoice, amount, note="Broken in transit", reason="duplicate")
    dialog = shown[shown.index('<dialog id="refund"') :]
    assert "data-open" in dialog[:200]
    assert 'class="error-text"' in dialog
    assert f'name="amount" value="{amount}"' in dialog
    assert 'value="Broken in transit"' in dialog
    assert '<option value="duplicate" selected>' in dialog
    assert refunds() == 0


def test_each_ticked_row_knows_what_can_be_refunded_of_it(signed_in: SignIn) -> None:
    paid, disputed = builders.a_paid_invoice("64.47"), builders.a_disputed_invoice("20.00")
    listed = signed_in("staff").get("/admin/invoice/").text
    box = listed.split(f'name="rowid" value="{paid.id}"')[1].split(">")[0]
    assert 'data-amount="6447" data-currency="USD" data-exponent="2"' in box
    assert "data-amount" not in listed.split(f'name="rowid" value="{disputed.id}"')[1].split(">")[0]
    assert 'data-sums="{sums} can be refunded of what is selected."' in listed
    assert "data-amount" not in signed_in("viewer").get("/admin/invoice/").text
