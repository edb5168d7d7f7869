"""Links that are replaced and revoked, and who has opened one."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser, Cast
from customers import count, link, look, press, the_checkout, told
from workers import work_off

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.pay_link import PayLink, present_link
from models.people import User
from models.refusal import Conflict, NotAllowed
from public_views import pay
from tasks import checkouts, pay_links
from tasks.idle_checkouts import idle_checkouts

pytestmark = pytest.mark.both_databases
EXPIRE = "POST /v1/checkout/sessions/*/expire"


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
    with pytest.raises(Conflict, match="Nothing was revoked"):
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


# What is open at Stripe meanwhile


@pytest.mark.parametrize("verb", [pay_links.replace_link, pay_links.revoke_link])
def test_a_link_ends_at_once_while_stripe_is_silent(
    browser: Browser, cast: Cast, verb: Callable[[int, User, int], bool]
) -> None:
    invoice = builders.a_sent_invoice()
    before = link(invoice)
    press(browser, invoice)
    builders.the_world().faults.add(EXPIRE, "503", times=50)
    assert not verb(invoice.id, cast.staff, link_id(invoice))
    assert (browser.get(before).status_code, the_checkout(invoice).state) == (410, "open")
    builders.the_world().faults.clear()
    work_off()
    assert (the_checkout(invoice).state, idle_checkouts(9)) == ("expired", [])


def test_who_pays_by_the_new_link_does_not_share_what_the_old_one_had_begun(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    old = press(browser, invoice).location
    builders.the_world().faults.add(EXPIRE, "503", times=50)
    pay_links.replace_link(invoice.id, cast.staff, link_id(invoice))
    builders.the_world().faults.clear()
    assert press(browser, invoice).location not in (None, old)
    work_off()
    assert the_checkout(invoice).state == "open"


def test_what_was_paid_while_stripe_was_silent_comes_home_by_the_ended_link(browser: Browser, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    press(browser, invoice)
    builders.the_world().faults.add(EXPIRE, "503", times=50)
    pay_links.revoke_link(invoice.id, cast.staff, link_id(invoice))
    builders.the_world().faults.clear()
    builders.the_world().pay(str(the_checkout(invoice).stripe_id))
    builders.come_home()
    db.session.expire_all()
    assert db.session.get_one(Invoice, invoice.id).status == "Paid"


def test_a_press_under_way_while_its_link_is_replaced_leads_nowhere(
    browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = builders.a_sent_invoice()
    before, shown, record = link(invoice), link_id(invoice), pay.record_view

    def replaced_meanwhile(*args: int, **kwargs: bool) -> None:
        record(*args, **kwargs)
        pay_links.replace_link(invoice.id, cast.staff, shown)

    monkeypatch.setattr(pay, "record_view", replaced_meanwhile)
    answer = press(browser, invoice)
    assert (answer.status_code, "was replaced" in answer.text, count(Checkout)) == (410, True, 0)
    assert link(invoice) not in answer.text + before


def test_a_session_made_while_its_link_is_replaced_is_handed_to_nobody(
    browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = builders.a_sent_invoice()
    shown, make = link_id(invoice), checkouts.create_session

    def replaced_meanwhile(checkout_id: int) -> None:
        make(checkout_id)
        monkeypatch.setattr(checkouts, "create_session", make)
        builders.the_world().faults.add(EXPIRE, "503", times=50)
        pay_links.replace_link(invoice.id, cast.staff, shown)

    monkeypatch.setattr(checkouts, "create_session", replaced_meanwhile)
    with pytest.raises(Conflict):
        checkouts.open_checkout(invoice.id, new_operation(), link_id=shown)
    builders.the_world().faults.clear()
    work_off()
    assert (the_checkout(invoice).state, idle_checkouts(9)) == ("expired", [])
