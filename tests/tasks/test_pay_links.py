"""Links that are replaced and revoked, and who has opened one."""

import builders
import pytest
from cast import Browser, Cast
from customers import count, link, look, press, the_checkout, told

from models.base import db
from models.invoice import Invoice
from models.pay_link import PayLink, present_link
from models.refusal import NotAllowed
from tasks import pay_links

pytestmark = pytest.mark.both_databases


def link_id(invoice: Invoice) -> int:
    present = present_link(db.session, invoice.id)
    db.session.rollback()
    assert present
    return present.id


def test_a_replaced_link_leads_to_a_notice_and_the_new_one_to_the_invoice(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice("64.47")
    before = link(invoice)
    pay_links.replace_link(invoice.id, cast.staff, link_id(invoice))
    assert link(invoice) != before
    assert "was replaced" in browser.get(before).text
    assert "$64.47" in look(browser, invoice)
    assert "link_replaced" in told(invoice)


def test_a_second_press_makes_no_third_link(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    shown = link_id(invoice)
    for _ in range(2):
        pay_links.replace_link(invoice.id, cast.staff, shown)
    pay_links.revoke_link(invoice.id, cast.staff, shown)
    assert (count(PayLink), told(invoice).count("link_replaced"), "link_revoked" in told(invoice)) == (2, 1, False)


def test_after_a_revoked_link_one_can_be_asked_for_again(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    before = link(invoice)
    pay_links.revoke_link(invoice.id, cast.staff, link_id(invoice))
    assert present_link(db.session, invoice.id) is None
    assert "was taken back" in browser.get(before).text
    pay_links.pay_link(invoice.id, cast.staff)
    assert "was replaced" in browser.get(before).text
    look(browser, invoice)


def test_what_was_open_at_stripe_is_closed_before_its_link_ends(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    press(browser, invoice)
    pay_links.revoke_link(invoice.id, cast.staff, link_id(invoice))
    assert the_checkout(invoice).state == "expired"


def test_money_that_came_before_its_link_was_replaced_is_recorded(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    builders.pay(invoice)
    pay_links.replace_link(invoice.id, cast.staff, link_id(invoice))
    db.session.expire_all()
    assert db.session.get_one(Invoice, invoice.id).status == "Paid"
    assert "Payment received" in look(browser, invoice)


def test_the_link_of_a_paid_invoice_can_be_revoked_too(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_paid_invoice()
    pay_links.revoke_link(invoice.id, cast.staff, link_id(invoice))
    assert "link_revoked" in told(invoice)


def test_who_may_not_send_may_not_take_links_away(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    for verb in (pay_links.replace_link, pay_links.revoke_link):
        with pytest.raises(NotAllowed):
            verb(invoice.id, cast.viewer, link_id(invoice))
    look(browser, invoice)
