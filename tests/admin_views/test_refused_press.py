"""A press that was refused: its dialog opens again, says why and has lost nothing; without it the page says why."""

from collections.abc import Callable
from random import Random
from typing import Any

import builders
import pytest
from cast import Browser
from forms import again, dialog, edit, fields, is_open, messages, page_of, save, why
from refunding import limit_refunds, the_refund
from sqlalchemy import select

from models.base import db
from models.invoice import new_operation
from models.payment import Payment
from models.refund import Refund
from tasks.accounts import record_revoked
from tasks.invoices import void_invoice

SignIn = Callable[[str], Browser]
REASON = "Told by phone, “really” <b>"
chance = Random(3)


def press(browser: Browser, page: str, name: str, door: str, /, **typed: Any) -> str:
    """Fill in a dialog of this page as far as told and press its button; the page that comes after."""
    form = fields(dialog(browser.get(page).text, name)) | typed
    headers = {"Referer": f"http://localhost{page}"}
    return browser.post_form(door, form, headers=headers, follow_redirects=True).text


def payment_page(payment: Payment) -> str:
    return f"/admin/payment/details/?id={payment.id}"


def matter_page() -> str:
    return f"/admin/attention/details/?id={builders.the_matter().id}"


def ideographs(count: int) -> str:
    """Signs that take three bytes each, six in JSON, and that nothing compresses."""
    return "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(count))


def flipped(form: dict[str, str]) -> dict[str, str]:
    return {text: name for name, text in form.items()}


def refunds() -> list[Refund]:
    db.session.rollback()
    return list(db.session.scalars(select(Refund)))


# Exactly one payment


@pytest.mark.both_databases
def test_a_refused_refund_of_one_payment_stays_a_refund_of_this_one(signed_in: SignIn) -> None:
    _, first, _ = builders.paid_twice("64.47", "64.47", total="64.47")
    staff, page = signed_in("staff"), payment_page(first)
    shown = press(staff, page, "refund", "/admin/refund/payment/", amount="70.00", note="The older one")
    refused = dialog(shown, "refund")
    assert (is_open(refused), fields(refused)["amount"]) == (True, "70.00")
    assert "up to $64.47" in why(refused)
    assert 'action="/admin/refund/payment/"' in refused
    assert (fields(refused)["id"], fields(refused)["url"]) == (str(first.id), page)
    staff.post_form("/admin/refund/payment/", fields(refused) | {"amount": "64.47"})
    assert [refund.payment_id for refund in refunds()] == [first.id]


def test_where_the_invoice_is_shown_instead_no_dialog_of_all_its_payments_opens(signed_in: SignIn) -> None:
    _, first, _ = builders.paid_twice()
    form = {"id": first.id, "amount": "70000.00", "operation": new_operation()}
    shown = signed_in("staff").post_form("/admin/refund/payment/", form, follow_redirects=True).text
    assert 'action="/admin/invoice/refund/"' in shown
    assert not is_open(dialog(shown, "refund"))
    assert "up to" in messages(shown)[0]


# What the page has no dialog for any more


def test_of_two_who_refund_the_second_is_told_although_nothing_is_left(signed_in: SignIn) -> None:
    invoice, first, second = builders.a_paid_invoice("64.47"), signed_in("finance"), signed_in("staff")
    seen = fields(dialog(second.get(page_of(invoice)).text, "refund"))
    first.post_form("/admin/invoice/refund/", fields(dialog(first.get(page_of(invoice)).text, "refund")))
    shown = second.post_form("/admin/invoice/refund/", seen, follow_redirects=True).text
    assert dialog(shown, "refund") == ""
    assert "refund" in messages(shown)[0]
    assert messages(second.get(page_of(invoice)).text) == []
    assert len(refunds()) == 1


def test_who_records_a_payment_of_what_a_colleague_voids_is_told(signed_in: SignIn) -> None:
    invoice, finance = builders.a_sent_invoice("64.47"), signed_in("finance")
    seen = fields(dialog(finance.get(page_of(invoice)).text, "record"))
    void_invoice(invoice.id, builders.person("staff"))
    shown = finance.post_form("/admin/payment/record/", seen | {"method": "cash"}, follow_redirects=True).text
    assert dialog(shown, "record") == ""
    assert "void" in messages(shown)[0]
    assert messages(finance.get(page_of(builders.a_sent_invoice())).text) == []


def test_what_was_refused_does_not_pop_up_on_another_page(signed_in: SignIn) -> None:
    invoice, other, staff = builders.a_paid_invoice(), builders.a_paid_invoice(), signed_in("staff")
    form = {"id": invoice.id, "amount": "1000.00", "operation": new_operation()}
    staff.post_form("/admin/invoice/refund/", form)
    shown = staff.get(page_of(other)).text
    assert not is_open(dialog(shown, "refund"))
    assert "up to" in messages(shown)[0]
    assert not is_open(dialog(staff.get(page_of(invoice)).text, "refund"))


def test_a_page_that_refreshes_itself_takes_nothing_away(signed_in: SignIn) -> None:
    invoice, staff = builders.a_paid_invoice(), signed_in("staff")
    staff.post_form("/admin/invoice/refund/", {"id": invoice.id, "amount": "1000.00", "operation": new_operation()})
    assert not is_open(dialog(staff.get(page_of(invoice), headers={"X-Paydesk": "1"}).text, "refund"))
    assert is_open(dialog(staff.get(page_of(invoice)).text, "refund"))


def test_a_form_that_refreshes_itself_after_its_invoice_was_paid_leaves_no_sentence_behind(signed_in: SignIn) -> None:
    invoice, staff = builders.a_paid_invoice(), signed_in("staff")
    form = f"/admin/invoice/edit/?id={invoice.id}"
    assert staff.get(form, headers={"X-Paydesk": "1"}).status_code == 302
    assert messages(staff.get("/admin/invoice/").text) == []
    staff.get(form)
    assert "was paid for" in messages(staff.get("/admin/invoice/").text)[0]


@pytest.mark.parametrize("where", ["values", "names"])
def test_more_than_a_cookie_holds_is_let_go_and_the_sentence_is_kept(signed_in: SignIn, where: str) -> None:
    invoice, staff = builders.a_paid_invoice(), signed_in("staff")
    many = {f"field-{n}": ideographs(450) for n in range(4)}
    form = {"id": invoice.id, "amount": "1000.00", "operation": new_operation()}
    answer = staff.post_form("/admin/invoice/refund/", form | (many if where == "values" else flipped(many)))
    assert max(map(len, answer.headers.getlist("Set-Cookie"))) < 4096
    assert "up to" in messages(staff.get(page_of(invoice)).text)[0]


def test_the_longest_note_in_ideographs_is_kept(signed_in: SignIn) -> None:
    invoice, note = builders.a_paid_invoice(), ideographs(200)
    typed = {"amount": "1000.00", "note": note}
    shown = dialog(press(signed_in("staff"), page_of(invoice), "refund", "/admin/invoice/refund/", **typed), "refund")
    assert (is_open(shown), fields(shown)["note"]) == (True, note)


# Dialogs that say why, with what was typed


@pytest.mark.parametrize("where", ["payment", "matter"])
def test_a_mistyped_number_loses_no_reason_of_a_match(signed_in: SignIn, where: str) -> None:
    payment, finance = builders.an_unmatched_payment(), signed_in("finance")
    page = payment_page(payment) if where == "payment" else matter_page()
    shown = press(finance, page, "match", "/admin/payment/match/", number="2026-9999", reason=REASON)
    refused = dialog(shown, "match")
    assert (is_open(refused), messages(shown)) == (True, [])
    assert why(refused) == "There is no invoice “2026-9999”."
    assert (fields(refused)["number"], fields(refused)["reason"]) == ("2026-9999", REASON)


def test_a_mistyped_number_loses_no_reason_of_a_move(signed_in: SignIn) -> None:
    _, _, second = builders.paid_twice()
    typed = {"number": "2026-9999", "reason": REASON}
    shown = dialog(press(signed_in("finance"), payment_page(second), "move", "/admin/payment/move/", **typed), "move")
    assert is_open(shown)
    assert {name: fields(shown)[name] for name in typed} == typed


def test_reversing_or_dismissing_without_a_reason_asks_for_it_in_the_dialog(signed_in: SignIn) -> None:
    finance, invoice = signed_in("finance"), builders.an_invoice_paid_in_cash()
    payment = builders.the_payment(invoice)
    name = f"reverse-{payment.id}"
    shown = dialog(press(finance, page_of(invoice), name, "/admin/payment/reverse/", reason=" "), name)
    assert (is_open(shown), "Say why" in why(shown)) == (True, True)
    builders.an_unmatched_payment()
    shown = dialog(press(finance, matter_page(), "dismiss", "/admin/attention/dismiss/", reason=" "), "dismiss")
    assert (is_open(shown), "Say why" in why(shown)) == (True, True)


@pytest.mark.parametrize("where", ["invoice", "refund"])
def test_rejecting_without_a_reason_asks_for_it_where_it_was_pressed(signed_in: SignIn, where: str) -> None:
    invoice = builders.a_paid_invoice()
    limit_refunds("50.00")
    press(signed_in("staff"), page_of(invoice), "refund", "/admin/invoice/refund/", amount="80.00")
    page = page_of(invoice) if where == "invoice" else "/admin/refund/details/?id=1&show=approve"
    shown = press(signed_in("finance"), page, "reject-1", "/admin/refund/reject/", reason=" ")
    assert "Say why" in why(dialog(shown, "reject-1"))
    assert [is_open(dialog(shown, name)) for name in ("approve-1", "reject-1")] == [False, True]
    assert the_refund(1).state == "awaiting_approval"


def test_taking_a_record_back_without_a_reason_asks_for_it(signed_in: SignIn) -> None:
    invoice, finance = builders.a_paid_invoice(), signed_in("finance")
    record_revoked(builders.STUDIO)
    payment = builders.the_payment(invoice).id
    press(finance, page_of(invoice), "by-hand", "/admin/refund/record/", amount="12.50", id=payment)
    page = "/admin/refund/details/?id=1"
    shown = dialog(press(finance, page, "take-back", "/admin/refund/take-back/", reason=" "), "take-back")
    assert (is_open(shown), "Say why" in why(shown)) == (True, True)


def test_a_refused_limit_is_shown_as_it_was_typed_and_only_its_own(signed_in: SignIn) -> None:
    admin, page = signed_in("admin"), "/admin/people/"
    staff, finance = 2, 3
    typed = {"amount": "1,000", "currency": "EUR"}
    shown = press(admin, page, f"limit-{staff}", "/admin/people/limit", **typed)
    refused = dialog(shown, f"limit-{staff}")
    assert (is_open(refused), is_open(dialog(shown, f"limit-{finance}"))) == (True, False)
    assert "is not an amount" in why(refused)
    assert {name: fields(refused)[name] for name in typed} == typed


def test_a_contact_that_is_refused_is_there_to_be_mended(signed_in: SignIn) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice(contact=None)
    typed = {"name": "Grace", "email": "grace@example.com, ada@example.com"}
    shown = press(signed_in("staff"), page_of(invoice), "contact", "/admin/invoice/contact/", **typed)
    refused = dialog(shown, "contact")
    assert is_open(refused)
    assert why(refused)
    assert {name: fields(refused)[name] for name in typed} == typed


def test_a_role_that_is_none_is_refused_in_its_dialog(signed_in: SignIn) -> None:
    admin, page = signed_in("admin"), f"/admin/people/details/?id={builders.person('staff').id}"
    refused = dialog(press(admin, page, "role", "/admin/people/role", role="Emperor"), "role")
    assert (is_open(refused), "Emperor" in why(refused)) == (True, True)


def test_a_role_that_is_refused_is_still_chosen(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    staff, admin = builders.person("staff").id, signed_in("admin")
    # Whoever may press is an admin, so that of others nobody is the last one, unless two press at once.
    monkeypatch.setattr("tasks.people._last_admin", lambda session: staff)
    page = f"/admin/people/details/?id={staff}"
    refused = dialog(press(admin, page, "role", "/admin/people/role", role="Viewer"), "role")
    assert why(refused) == "This is the last admin. Make somebody else an admin first."
    assert fields(refused)["role"] == "Viewer"


# The form of an issued invoice


@pytest.mark.parametrize("meanwhile", ["paid", "void"])
def test_an_edit_overtaken_by_a_payment_or_a_void_is_not_lost(signed_in: SignIn, meanwhile: str) -> None:
    invoice, staff = builders.a_sent_invoice("100.00"), signed_in("staff")
    assert staff.get(edit(invoice)).status_code == 200
    if meanwhile == "paid":
        builders.pay(invoice)
        builders.come_home()
    else:
        void_invoice(invoice.id, builders.person("staff"))
    answer = save(staff, invoice, "80.00", notes="Typed with care")
    assert answer.status_code == 400
    assert "its content stays as it is" in messages(answer.text)[0]
    assert "Typed with care" in answer.text
    assert (again(invoice).version, invoice.total) == (1, 10_000)
