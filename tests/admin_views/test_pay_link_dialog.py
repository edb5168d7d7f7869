"""The dialog of an invoice's link."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser
from customers import link, told

from models.base import db
from models.invoice import new_operation
from models.pay_link import present_link
from tasks.checkouts import open_checkout

SignIn = Callable[[str], Browser]


def test_the_dialog_shows_the_link_its_code_and_how_to_take_it_away(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    page = signed_in("staff").get(f"/admin/invoice/details/?id={invoice.id}&show=pay-link").text
    shown = (link(invoice), 'class="qr"', "QR code of the Pay Link", 'id="replace-link"', 'id="revoke-link"')
    assert [text for text in shown if text not in page] == []


def test_after_replacing_the_page_shows_the_new_link_and_offers_to_send_it(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    present = present_link(db.session, invoice.id)
    assert present
    form = {"id": invoice.id, "link": present.id}
    before = link(invoice)
    browser = signed_in("staff")
    page = browser.get(browser.post_form("/admin/invoice/replace-link/", form).location).text
    db.session.rollback()
    assert [text for text in (link(invoice), "is another one now", "Send again") if text not in page] == []
    assert before not in page


def test_the_link_of_a_paid_invoice_is_in_the_menu_until_it_is_revoked(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    browser, present = signed_in("staff"), present_link(db.session, invoice.id)
    assert present
    here, menu = f"/admin/invoice/details/?id={invoice.id}", "show=pay-link"
    assert menu in browser.get(here).text
    assert 'id="revoke-link"' in browser.get(f"{here}&show=pay-link").text
    browser.post_form("/admin/invoice/revoke-link/", {"id": invoice.id, "link": present.id})
    assert "link_revoked" in told(invoice)
    assert 'id="pay-link"' not in browser.get(f"{here}&show=pay-link").text


def test_after_revoking_the_page_says_so_and_how_its_customer_gets_a_link_again(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    browser, here = signed_in("staff"), f"/admin/invoice/details/?id={invoice.id}"
    banner = "The Pay Link was revoked"
    assert banner not in browser.get(here).text
    builders.revoke_link(invoice)
    page = browser.get(here).text
    assert [text for text in (banner, "New Pay Link") if text not in page] == []
    assert page.count("Send again</button>") == 1
    page = browser.get(browser.post_form("/admin/invoice/pay-link/", {"id": invoice.id}).location).text
    db.session.rollback()
    assert banner not in page
    assert link(invoice) in page


def test_where_nothing_is_to_be_paid_no_way_to_send_it_is_offered(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    browser, present = signed_in("staff"), present_link(db.session, invoice.id)
    assert present
    form = {"id": invoice.id, "link": present.id}
    page = browser.get(browser.post_form("/admin/invoice/replace-link/", form).location).text
    assert "is another one now" in page
    assert "Send again" not in page


@pytest.mark.parametrize("door", ["replace", "revoke"])
def test_a_link_that_ends_while_stripe_is_silent_says_what_is_still_open(signed_in: SignIn, door: str) -> None:
    invoice = builders.a_sent_invoice()
    before, present = link(invoice), present_link(db.session, invoice.id)
    open_checkout(invoice.id, new_operation())
    builders.the_world().faults.add("POST /v1/checkout/sessions/*/expire", "503", times=50)
    assert present
    browser, form = signed_in("staff"), {"id": invoice.id, "link": present.id}
    page = browser.get(browser.post_form(f"/admin/invoice/{door}-link/", form).location).text
    assert "could not be closed at Stripe yet" in page
    assert browser.get(before).status_code == 410
