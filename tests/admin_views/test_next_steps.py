"""What is said about a press offers the next step, and the step leads to the question, never past it."""

from collections.abc import Callable

import builders
from conftest import Browser
from flask import Flask, get_flashed_messages
from flask_principal import ActionNeed, Identity, identity_changed
from forms import again, dialog, fields, is_open, page_of, save, steps
from sqlalchemy import select

from admin_views.said import press, say, way
from models.base import db
from models.invoice import new_operation
from models.refund import Refund

SignIn = Callable[[str], Browser]


def pressed(browser: Browser, door: str, **form: object) -> str:
    return browser.post_form(f"/admin/{door}/", form, follow_redirects=True).text


def test_a_saved_draft_can_be_sent_and_is_not_before_it_is_confirmed(signed_in: SignIn) -> None:
    builders.connected()
    draft, browser = builders.a_draft_invoice("64.47"), signed_in("staff")
    assert save(browser, draft, "64.47").status_code == 302
    way_on = steps(browser.get(page_of(draft)).text)["Send Invoice"]
    asked = dialog(browser.get(way_on).text, "send")
    assert is_open(asked)
    assert "Send Invoice for $64.47" in asked
    assert fields(asked)["rowid"] == str(draft.id)
    assert again(draft).status == "Draft"


def test_what_cannot_be_sent_yet_is_not_offered(signed_in: SignIn) -> None:
    draft, browser = builders.a_draft_invoice(), signed_in("staff")
    save(browser, draft, "64.47")
    page = browser.get(page_of(draft)).text
    assert "is saved." in page
    assert steps(page) == {}
    assert dialog(browser.get(f"{page_of(draft)}&show=send").text, "send") == ""


def test_after_sending_one_the_pay_link_can_be_copied(signed_in: SignIn) -> None:
    builders.connected()
    one, two = builders.a_draft_invoice(), builders.a_draft_invoice()
    browser = signed_in("staff")
    alone = pressed(browser, "invoice/action", action="send", rowid=[one.id], operation=new_operation())
    both = pressed(browser, "invoice/action", action="send", rowid=[one.id, two.id], operation=new_operation())
    assert steps(alone) == {"Copy Pay Link": f"{page_of(one)}&show=pay-link"}
    assert steps(both) == {}


def test_a_pay_link_that_was_asked_for_issues_no_draft_before_the_press(signed_in: SignIn) -> None:
    builders.connected()
    draft, browser = builders.a_draft_invoice("64.47"), signed_in("staff")
    asked = dialog(browser.get(f"{page_of(draft)}&show=pay-link").text, "make-pay-link")
    assert "Make a Pay Link for $64.47" in asked
    assert again(draft).status == "Draft"
    assert is_open(dialog(pressed(browser, "invoice/pay-link", **fields(asked)), "pay-link"))
    assert again(draft).status == "Issued"


def test_what_was_voided_can_be_billed_again(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice("64.47"), signed_in("staff")
    asked = dialog(browser.get(page_of(invoice)).text, "void")
    assert "Void invoice of $64.47</button>" in asked
    shown = pressed(browser, "invoice/void", **fields(asked))
    assert "is void." in shown
    assert steps(shown) == {}
    assert shown.count("Bill again</button>") == 1
    assert "has the same content as" in pressed(browser, "invoice/bill-again", id=invoice.id)


def test_deleting_a_draft_names_what_it_comes_to(signed_in: SignIn) -> None:
    draft = builders.a_draft_invoice("64.47")
    assert "Delete draft of $64.47</button>" in dialog(signed_in("staff").get(page_of(draft)).text, "delete")


def test_a_refund_leads_to_its_page(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("64.47")
    form = {"id": invoice.id, "amount": "10.00", "operation": new_operation()}
    shown = pressed(signed_in("staff"), "invoice/refund", **form)
    db.session.rollback()
    refund = db.session.scalars(select(Refund)).one()
    assert steps(shown) == {"Open the refund": f"/admin/refund/details/?id={refund.id}"}


def test_nobody_is_offered_a_step_that_is_not_theirs(signed_in: SignIn, app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    viewer = signed_in("viewer")
    assert dialog(viewer.get(f"{page_of(invoice)}&show=send").text, "send") == ""
    assert dialog(viewer.get(f"{page_of(invoice)}&show=pay-link").text, "pay-link") == ""


def test_a_message_offers_three_steps_at_most_and_only_those_that_are_allowed(app: Flask) -> None:
    with app.test_request_context("/admin/"):
        who = Identity(1)
        identity_changed.send(app, identity=who)
        who.provides.add(ActionNeed("invoices.view"))
        allowed = [way(str(n), "invoices.view", "invoice.index_view", page=n) for n in range(4)]
        say("Done.", "success", press("No", "invoices.void", "invoice.void", id=1), *allowed)
        [message] = get_flashed_messages()
    assert [step["label"] for step in message["steps"]] == ["0", "1", "2"]


def test_a_recorded_payment_leads_to_its_page(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice("64.47"), signed_in("finance")
    form = fields(dialog(browser.get(page_of(invoice)).text, "record")) | {"method": "cash"}
    shown = pressed(browser, "payment/record", **form)
    db.session.rollback()
    assert steps(shown) == {"Open the payment": f"/admin/payment/details/?id={builders.the_payment(invoice).id}"}
