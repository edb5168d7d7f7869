"""What the pages say about giving money back: who must approve, why not, and how to record it by hand."""

import re
from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from builders import STUDIO
from cast import Browser
from forms import dialog, page_of
from refunding import limit_refunds, money_of_no_invoice, the_refund

from models.base import db
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from tasks.accounts import record_revoked

SignIn = Callable[[str], Browser]


def press(browser: Browser, invoice: Invoice, amount: str, **fields: str) -> str:
    form = {"id": invoice.id, "amount": amount, "operation": new_operation()} | fields
    return browser.post_form("/admin/invoice/refund/", form, follow_redirects=True).text


@pytest.fixture
def invoice(signed_in: SignIn) -> Invoice:
    """Paid with 100.00; staff refund up to 50.00 of an invoice alone."""
    for role in ("admin", "finance", "staff"):
        builders.person(role)
    paid = builders.a_paid_invoice()
    limit_refunds("50.00")
    return paid


def test_the_dialog_says_before_pressing_that_somebody_must_approve(invoice: Invoice, signed_in: SignIn) -> None:
    shown = dialog(signed_in("staff").get(page_of(invoice)).text, "refund")
    assert "Above $50.00, this refund waits until another person has approved it." in shown
    assert "Ask for approval of $100.00</button>" in shown
    assert 'data-alone="5000"' in shown
    assert (
        "approv" not in dialog(signed_in("finance").get(page_of(invoice)).text, "refund").split("data-label-above")[0]
    )


def test_after_a_refusal_the_button_says_a_whole_sentence(invoice: Invoice, signed_in: SignIn) -> None:
    for role, words in (("staff", "Ask for approval"), ("finance", "Refund")):
        assert f">{words}</button>" in dialog(press(signed_in(role), invoice, "1000.00"), "refund")


def test_the_page_says_that_it_waits_and_for_whom(invoice: Invoice, signed_in: SignIn) -> None:
    staff = signed_in("staff")
    shown = press(staff, invoice, "80.00", note="Two days less")
    assert "Refund of $80.00 waits for another person&#39;s approval." in shown
    assert "It can be approved by Admin Person or Finance Person." in shown
    assert dialog(shown, "approve-1") == ""
    assert ">Take back $80.00</button>" in dialog(shown, "reject-1")
    assert re.search(r'<p>You asked for it on <time datetime="[^"]+" title="[^"]+">', shown)
    assert "is being given back" not in shown


def test_a_second_person_approves_on_the_page(invoice: Invoice, signed_in: SignIn) -> None:
    press(signed_in("staff"), invoice, "80.00", note="Two days less")
    finance = signed_in("finance")
    shown = dialog(finance.get(page_of(invoice)).text, "approve-1")
    assert "Staff Person" in shown
    assert "Two days less" in shown
    assert "Refund $80.00</button>" in shown
    finance.post_form("/admin/refund/approve/", {"id": "1"})
    builders.come_home()
    refund = the_refund(1)
    assert (refund.state, str(refund.approved_by)) == ("succeeded", "Finance Person")
    assert "by Finance Person" in finance.get("/admin/refund/details/?id=1").text


def test_the_list_leads_those_who_may_to_the_decision(invoice: Invoice, signed_in: SignIn) -> None:
    press(signed_in("staff"), invoice, "80.00")
    address, way = "/admin/refund/?flt0_state_is=waiting", "/admin/refund/details/?id=1&amp;show=approve"
    assert way in signed_in("finance").get(address).text
    assert way not in signed_in("staff").get(address).text
    assert "data-open" in dialog(signed_in("finance").get("/admin/refund/details/?id=1&show=approve").text, "approve-1")


def test_nobody_approves_his_own_refund_by_a_forged_form(invoice: Invoice, signed_in: SignIn) -> None:
    limit_refunds("10.00", role="finance")
    finance = signed_in("finance")
    press(finance, invoice, "80.00")
    shown = finance.post_form("/admin/refund/approve/", {"id": "1"}, follow_redirects=True).text
    assert "You asked for this refund yourself" in shown
    assert the_refund(1).state == "awaiting_approval"


def test_a_rejection_needs_a_reason_which_the_page_shows(invoice: Invoice, signed_in: SignIn) -> None:
    press(signed_in("staff"), invoice, "80.00")
    finance = signed_in("finance")
    assert ">Reject $80.00</button>" in dialog(finance.get(page_of(invoice)).text, "reject-1")
    finance.post_form("/admin/refund/reject/", {"id": "1", "reason": " "})
    assert the_refund(1).state == "awaiting_approval"
    shown = finance.post_form("/admin/refund/reject/", {"id": "1", "reason": "Not agreed"}, follow_redirects=True).text
    assert "Rejected by Finance Person: Not agreed" in shown


def test_who_may_approve_sees_how_many_wait(invoice: Invoice, signed_in: SignIn) -> None:
    press(signed_in("staff"), invoice, "80.00")
    count = '<span class="nav-count is-hot">1</span>'
    nav = signed_in("finance").get("/admin/refund/").text.split('id="nav"')[1].split("</nav>")[0]
    assert count in nav.split("Refunds</span>")[1].split("</a>")[0]
    assert count not in signed_in("staff").get("/admin/refund/").text.split("Refunds</span>")[1].split("</a>")[0]


def test_why_not_is_answered_where_issue_refund_would_stand(signed_in: SignIn) -> None:
    invoice, staff = builders.a_disputed_invoice(), signed_in("staff")
    shown = staff.get(page_of(invoice)).text
    assert "Why no refund?" in shown
    assert dialog(shown, "refund") == ""
    assert "It is disputed: Stripe has withdrawn $100.00" in dialog(shown, "why-not")
    assert "data-open" in dialog(staff.get(f"{page_of(invoice)}&show=refund").text, "why-not")


def test_an_unpaid_invoice_asks_no_such_question(signed_in: SignIn) -> None:
    shown = signed_in("staff").get(page_of(builders.a_sent_invoice())).text
    assert "Why no refund?" not in shown
    assert 'data-dialog="refund"' not in shown


def test_one_of_several_payments_can_be_chosen(signed_in: SignIn) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    builders.pay(invoice)
    builders.come_home()
    staff = signed_in("staff")
    assert '<option value="1" data-amount="40.00">' in dialog(staff.get(page_of(invoice)).text, "refund")
    shown = press(staff, invoice, "40.01", payment="1")
    assert "up to $40.00" in shown
    assert '<option value="1" data-amount="40.00" selected>' in dialog(shown, "refund")
    press(staff, invoice, "40.00", payment="1")
    assert the_refund(1).payment_id == 1


def test_money_of_no_invoice_is_given_back_on_its_own_page(signed_in: SignIn) -> None:
    payment, staff = money_of_no_invoice("30.00"), signed_in("staff")
    page = f"/admin/payment/details/?id={payment.id}"
    assert "Refund $30.00</button>" in dialog(staff.get(page).text, "refund")
    form = {"id": payment.id, "amount": "31.00", "operation": new_operation()}
    shown = staff.post_form("/admin/refund/payment/", form, follow_redirects=True).text
    assert "up to $30.00" in dialog(shown, "refund")
    assert 'name="amount" value="31.00"' in dialog(shown, "refund")
    staff.post_form("/admin/refund/payment/", form | {"amount": "30.00"})
    builders.come_home()
    assert the_refund(1).state == "succeeded"


def test_what_is_too_much_is_filled_in_where_it_is_decided(signed_in: SignIn) -> None:
    builders.paid_twice()
    matter = builders.the_matter()
    shown = signed_in("finance").get(f"/admin/attention/details/?id={matter.id}").text
    assert f'name="amount" value="{matter.money.plain()}"' in dialog(shown, "refund")


def test_a_lost_account_says_how_to_do_it_and_to_record_it(signed_in: SignIn) -> None:
    invoice, finance = builders.a_paid_invoice(), signed_in("finance")
    record_revoked(STUDIO)
    shown = dialog(finance.get(page_of(invoice)).text, "by-hand")
    assert "is no longer connected" in shown
    assert str(builders.the_payment(invoice).payment_intent_id) in shown
    why = dialog(signed_in("staff").get(page_of(invoice)).text, "why-not")
    assert "Ask an admin to connect it again, or somebody with the role Finance to refund in Stripe" in why


def test_cash_is_given_back_by_those_who_may_record_it(signed_in: SignIn) -> None:
    invoice, finance = builders.an_invoice_paid_in_cash(), signed_in("finance")
    shown = dialog(finance.get(page_of(invoice)).text, "by-hand")
    assert "It was not paid through Stripe. Give it back the way it came, and record that here." in shown
    shown = dialog(signed_in("staff").get(page_of(invoice)).text, "why-not")
    assert "Somebody with the role Finance can give it back the way it came, and record that here." in shown


def test_a_refund_is_recorded_by_hand_and_what_was_typed_is_not_lost(signed_in: SignIn) -> None:
    invoice, finance = builders.a_paid_invoice(), signed_in("finance")
    record_revoked(STUDIO)
    today = the_organization(db.session).today()
    form = {"id": builders.the_payment(invoice).id, "amount": "12.50", "operation": new_operation(), "note": "By phone"}
    late = form | {"given_on": str(today + timedelta(days=1)), "stripe_id": "re_123abc"}
    shown = dialog(finance.post_form("/admin/refund/record/", late, follow_redirects=True).text, "by-hand")
    assert "data-open" in shown[:200]
    assert "still to come" in shown
    assert 'value="By phone"' in shown
    assert 'value="re_123abc"' in shown
    shown = finance.post_form("/admin/refund/record/", form | {"given_on": str(today)}, follow_redirects=True).text
    assert "The refund of $12.50 is recorded." in shown
    assert "Recorded by hand" in shown
    assert "$12.50 of it was given back" in shown


def test_whoever_records_a_refund_says_whether_the_customer_hears_of_it(signed_in: SignIn) -> None:
    invoice, finance = builders.a_paid_invoice(), signed_in("finance")
    record_revoked(STUDIO)
    assert "Tell grace@example.com by email" in dialog(finance.get(page_of(invoice)).text, "by-hand")
    day = str(the_organization(db.session).today())
    form = {"id": builders.the_payment(invoice).id, "amount": "12.50", "given_on": day}
    for said in ({}, {"notice": "1"}):
        finance.post_form("/admin/refund/record/", form | said | {"operation": new_operation()})
    db.session.rollback()
    assert [mail.data["subject_id"] for mail in db.session.query(Mail).filter_by(kind="refund")] == [2]


def test_no_day_is_refused_in_a_sentence(signed_in: SignIn) -> None:
    invoice, finance = builders.a_paid_invoice(), signed_in("finance")
    record_revoked(STUDIO)
    form = {"id": builders.the_payment(invoice).id, "amount": "1.00", "operation": new_operation(), "given_on": "soon"}
    assert "is not a date" in finance.post_form("/admin/refund/record/", form, follow_redirects=True).text


def test_a_record_is_taken_back_on_its_page(signed_in: SignIn) -> None:
    invoice, finance = builders.a_paid_invoice(), signed_in("finance")
    record_revoked(STUDIO)
    day = str(the_organization(db.session).today())
    form = {"id": builders.the_payment(invoice).id, "amount": "12.50", "operation": new_operation(), "given_on": day}
    finance.post_form("/admin/refund/record/", form)
    page = "/admin/refund/details/?id=1"
    assert ">Take back $12.50</button>" in dialog(finance.get(page).text, "take-back")
    assert dialog(signed_in("staff").get(page).text, "take-back") == ""
    shown = finance.post_form(
        "/admin/refund/take-back/", {"id": "1", "reason": "A mistake"}, follow_redirects=True
    ).text
    assert "Recorded by mistake, says Finance Person: A mistake" in shown
