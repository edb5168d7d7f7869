"""Needs attention: what waits stands there in a sentence, with what can be done about it, for those who may."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser
from flask import Flask
from forms import dialog, is_open, messages, why
from sqlalchemy import event, select

from models.attention import Attention
from models.base import db
from models.claimable import Claimable
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund
from models.stripe_event import StripeEvent
from tasks import transaction
from tasks.attention import dismiss

SignIn = Callable[[str], Browser]
LIST = "/admin/attention/"


def page_of(matter: Attention) -> str:
    return f"/admin/attention/details/?id={matter.id}"


def again(row: object) -> object:
    db.session.rollback()
    return db.session.get_one(type(row), row.id, populate_existing=True)  # type: ignore[attr-defined]


def rows(page: str) -> str:
    found = page[page.index('id="rows"') :]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def park(table: type[Claimable], error: str = "ZeroDivisionError") -> None:
    with transaction() as session:
        row = session.scalars(select(table)).first()
        row.due_at, row.parked_at, row.last_error = None, now(), error


def test_a_duplicate_is_told_in_a_sentence_with_its_amount_and_counted_in_the_sidebar(signed_in: SignIn) -> None:
    invoice, *_ = builders.paid_twice("64.47", "64.47", total="64.47")
    page = signed_in("viewer").get(LIST).text
    assert f"$64.47 came in for Invoice {invoice.number}, which was paid already." in rows(page)
    assert "Grace Hopper" in rows(page)
    assert '<span class="nav-count is-hot">1</span>' in page


def test_an_empty_list_says_that_nothing_needs_attention(signed_in: SignIn) -> None:
    assert "Nothing needs attention" in signed_in("viewer").get(LIST).text


def test_what_is_resolved_has_a_list_of_its_own(signed_in: SignIn) -> None:
    builders.paid_twice()
    builders.an_unmatched_payment("12.34")
    twice = db.session.query(Attention).filter_by(kind="duplicate").one()
    dismiss(twice.id, builders.person("finance"), "A credit for the next job")
    finance = signed_in("finance")
    assert "Paid twice" not in rows(finance.get(LIST).text)
    assert "Unmatched payment" in rows(finance.get(LIST).text)
    resolved = rows(finance.get(f"{LIST}?flt0_kind_is=resolved").text)
    assert ("Paid twice" in resolved, "Dismissed" in resolved, "Unmatched" in resolved) == (True, True, False)
    shown = finance.get(page_of(twice)).text
    assert "A credit for the next job" in shown
    assert 'data-dialog="dismiss"' not in shown


def test_each_kind_has_its_pill(signed_in: SignIn) -> None:
    builders.paid_twice()
    builders.an_unmatched_payment()
    viewer = signed_in("viewer")
    assert "Unmatched payment" not in rows(viewer.get(f"{LIST}?flt0_kind_is=duplicate").text)
    assert "Paid twice" not in rows(viewer.get(f"{LIST}?flt0_kind_is=unmatched").text)


def test_what_is_not_open_has_no_pill_unless_it_is_asked_for(signed_in: SignIn) -> None:
    builders.an_unmatched_payment()
    viewer = signed_in("viewer")
    page, asked = viewer.get(LIST).text, viewer.get(f"{LIST}?flt0_kind_is=overpaid").text
    shown = [
        [kind for kind in ("unmatched", "overpaid", "resolved") if f"_is={kind}" in text] for text in (page, asked)
    ]
    assert shown == [["unmatched", "resolved"], ["unmatched", "overpaid", "resolved"]]


def test_money_is_matched_by_the_number_of_an_invoice(signed_in: SignIn) -> None:
    payment, invoice = builders.an_unmatched_payment("64.47"), builders.a_sent_invoice("64.47")
    finance, matter = signed_in("finance"), builders.the_matter()
    shown = finance.get(page_of(matter)).text
    assert f'<option value="{invoice.number}">' in shown
    form = {"id": payment.id, "number": f" {invoice.number} ", "reason": "Told by phone", "url": LIST}
    answer = finance.post_form("/admin/payment/match/", form)
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert (again(invoice).status, again(matter).resolution) == ("Paid", "matched")


def test_a_payment_is_moved_by_the_number_of_an_invoice(signed_in: SignIn) -> None:
    source, _, second = builders.paid_twice()
    other, finance = builders.a_sent_invoice(contact=source.contact), signed_in("finance")
    shown = finance.get(page_of(builders.the_matter())).text
    assert f'<option value="{other.number}">' in shown
    assert f'name="seen_on" value="{source.id}"' in shown
    form = {"id": second.id, "number": other.number, "reason": "Meant for it", "seen_on": source.id}
    shown = finance.post_form("/admin/payment/move/", form, follow_redirects=True).text
    assert f"The payment counts for Invoice {other.number} now." in shown
    assert again(other).status == "Paid"


def test_only_open_invoices_of_the_same_customer_and_currency_are_offered(signed_in: SignIn) -> None:
    source, *_ = builders.paid_twice()
    mine = builders.a_sent_invoice(contact=source.contact)
    others = [builders.a_sent_invoice(), builders.a_sent_invoice(contact=source.contact, currency="EUR")]
    shown = signed_in("finance").get(page_of(builders.the_matter())).text
    choices = shown[shown.index("<datalist") : shown.index("</datalist>")]
    offered = re.findall(r'<option value="([^"]+)">', choices)
    assert offered == [mine.number]
    assert not {other.number for other in others} & set(offered)


@pytest.mark.parametrize("number", ["", "2026-9999", "<b>"])
def test_a_number_that_is_none_is_answered_with_a_sentence(signed_in: SignIn, number: str) -> None:
    payment, finance = builders.an_unmatched_payment(), signed_in("finance")
    page = page_of(builders.the_matter())
    referer = {"Referer": f"http://localhost{page}"}
    form = {"id": payment.id, "number": number}
    shown = finance.post_form("/admin/payment/match/", form, headers=referer, follow_redirects=True).text
    shown = dialog(shown, "match")
    assert is_open(shown)
    assert "There is no invoice" in why(shown) or "Write the number" in why(shown)
    assert "<b>" not in shown


def test_exactly_the_duplicate_is_refunded_with_its_amount_filled_in(signed_in: SignIn) -> None:
    invoice, first, second = builders.paid_twice("64.47", "64.47", total="64.47")
    staff, matter = signed_in("staff"), builders.the_matter()
    shown = staff.get(page_of(matter)).text
    assert 'name="amount" value="64.47"' in shown
    form = {"id": second.id, "amount": "64.47", "reason": "duplicate", "operation": new_operation()}
    staff.post_form("/admin/refund/payment/", form)
    builders.come_home()
    assert (again(second).refunded, again(first).refunded, again(invoice).status) == (6447, 0, "Paid")
    assert again(matter).resolution == "refunded"


def test_only_what_is_too_much_is_filled_in(signed_in: SignIn) -> None:
    builders.paid_twice("40.00", "100.00", total="100.00")
    shown = signed_in("staff").get(page_of(builders.the_matter())).text
    assert 'name="amount" value="40.00"' in shown


def test_unmatched_money_is_given_back_from_its_own_page(signed_in: SignIn) -> None:
    payment, staff = builders.an_unmatched_payment("64.47"), signed_in("staff")
    assert 'data-dialog="refund"' in staff.get(f"/admin/payment/details/?id={payment.id}").text
    form = {"id": payment.id, "amount": "64.47", "operation": new_operation()}
    staff.post_form("/admin/refund/payment/", form)
    builders.come_home()
    assert "Nothing needs attention" in staff.get(LIST).text


def test_who_may_not_decide_sees_the_matter_and_no_button(signed_in: SignIn) -> None:
    builders.paid_twice()
    shown = signed_in("staff").get(page_of(builders.the_matter())).text
    assert "which was paid already" in shown
    for name in ("move", "match", "dismiss"):
        assert f'data-dialog="{name}"' not in shown


def test_a_matter_is_dismissed_with_a_reason(signed_in: SignIn) -> None:
    builders.paid_twice()
    matter, finance = builders.the_matter(), signed_in("finance")
    finance.post_form("/admin/attention/dismiss/", {"id": matter.id, "reason": ""})
    assert again(matter).resolved_at is None
    finance.post_form("/admin/attention/dismiss/", {"id": matter.id, "reason": "Never mind"})
    assert (again(matter).resolution, matter.reason) == ("dismissed", "Never mind")


def test_a_form_that_would_lead_elsewhere_is_not_done(signed_in: SignIn) -> None:
    payment, invoice = builders.an_unmatched_payment(), builders.a_sent_invoice()
    form = {"id": payment.id, "number": invoice.number, "url": "https://evil.example/"}
    assert signed_in("finance").post_form("/admin/payment/match/", form).status_code == 400
    assert again(invoice).status == "Sent"


# Work that was given up


@pytest.mark.parametrize(
    ("table", "noun", "role"),
    [(Mail, "message", "staff"), (Refund, "refund", "staff"), (StripeEvent, "event", "finance")],
)
def test_what_was_given_up_stands_there_with_its_error_and_is_tried_again(
    signed_in: SignIn, table: type[Claimable], noun: str, role: str
) -> None:
    builders.a_refund(builders.a_paid_invoice(), "30.00")
    if table is Mail:
        builders.a_sent_invoice()
        with transaction() as session:
            session.scalars(select(Mail)).first().sent_at = None
    park(table, "<script>550 No such user</script>")
    browser = signed_in(role)
    page = browser.get(LIST).text
    assert "&lt;script&gt;550 No such user" in page
    assert '<span class="nav-count is-hot">1</span>' in page
    row = db.session.scalars(select(table).where(table.parked_at.is_not(None))).one()
    assert f'action="/admin/attention/retry-{noun}/"' in page
    browser.post_form(f"/admin/attention/retry-{noun}/", {"id": row.id})
    assert (again(row).parked_at, row.due_at is not None) == (None, True)


def test_a_viewer_sees_what_was_given_up_without_a_button_and_no_webhooks(signed_in: SignIn) -> None:
    builders.a_refund(builders.a_paid_invoice(), "30.00")
    park(Refund)
    park(StripeEvent, "OverflowError")
    page = signed_in("viewer").get(LIST).text
    assert "ZeroDivisionError" in page
    assert "OverflowError" not in page
    assert "Retry" not in page


def test_refunds_that_wait_for_a_second_person_are_named(signed_in: SignIn) -> None:
    builders.a_refund(builders.a_paid_invoice(), "30.00")
    with transaction() as session:
        refund = session.scalars(select(Refund)).one()
        refund.state, refund.due_at = "awaiting_approval", None
    assert "1 refund waits for a second person" in signed_in("finance").get(LIST).text


@pytest.mark.both_databases
def test_a_page_runs_the_same_number_of_queries_whatever_the_number_of_rows(app: Flask, signed_in: SignIn) -> None:
    viewer, counts = signed_in("viewer"), []
    for _ in range(2):
        builders.paid_twice()
        builders.an_unmatched_payment()
        db.session.rollback()
        statements: list[str] = []
        count = lambda *args, statements=statements: statements.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", count)
        assert viewer.get(LIST).status_code == 200
        event.remove(db.engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_page_of_a_payment_says_what_waits_for_a_decision(signed_in: SignIn) -> None:
    _, _, second = builders.paid_twice()
    shown = signed_in("finance").get(f"/admin/payment/details/?id={second.id}").text
    assert "which was paid already" in shown
    assert page_of(builders.the_matter()) in shown
    assert 'data-dialog="move"' in shown
    assert db.session.query(Payment).count() == 2
    assert db.session.query(Invoice).count() == 1


@pytest.mark.parametrize("noun", ["message", "refund", "checkout", "event"])
def test_what_is_not_there_is_not_retried(signed_in: SignIn, noun: str) -> None:
    said = "There is no such event." if noun == "event" else "There is nothing like that here any more."
    answer = signed_in("admin").post_form(f"/admin/attention/retry-{noun}/", {"id": "4711"}, follow_redirects=True)
    assert messages(answer.text) == [said]
