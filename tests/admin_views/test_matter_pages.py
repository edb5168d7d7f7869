"""The page of a matter says who can do what about it, and promises nothing that does not hold."""

import re
from collections.abc import Callable

import builders
from cast import Browser
from refunding import the_refund

from models.attention import Attention
from models.checkout import Checkout
from tasks import transaction
from tasks.accounts import record_revoked

SignIn = Callable[[str], Browser]


def page(browser: Browser, matter: Attention) -> str:
    """Its words."""
    shown = browser.get(f"/admin/attention/details/?id={matter.id}").text
    return " ".join(re.sub(r"<[^>]+>", " ", shown[shown.index('id="matter"') :]).split())


def test_who_may_not_decide_reads_who_can(signed_in: SignIn) -> None:
    invoice, *_ = builders.paid_twice()
    matter, who = builders.the_matter(), "Somebody with the role Finance can move it to another invoice, or dismiss it."
    assert f"{who} Somebody with the role Staff can refund it." in page(signed_in("viewer"), matter)
    of_staff = page(signed_in("staff"), matter)
    assert (who in of_staff, "the role Staff" in of_staff) == (True, False)
    assert "Somebody with the role" not in page(signed_in("finance"), matter)
    banners = [signed_in(role).get(f"/admin/invoice/details/?id={invoice.id}").text for role in ("staff", "finance")]
    assert [("See</a>" in shown, "Decide</a>" in shown) for shown in banners] == [(True, False), (False, True)]


def test_dismissing_promises_only_what_holds(signed_in: SignIn) -> None:
    builders.an_unmatched_payment()
    unmatched = page(signed_in("finance"), builders.the_matter())
    assert "nobody is asked about it again unless it becomes more." in unmatched
    assert "Kept with your name here and in the audit log." in unmatched


def test_matching_money_that_is_on_its_way_does_not_say_that_it_counts(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    checkout_id = builders.pay(invoice, "us_bank_account").id
    with transaction() as session:
        session.get_one(Checkout, checkout_id).amount += 1
    builders.come_home()
    shown = signed_in("finance").get("/admin/payment/details/?id=1").text
    dialog = shown[shown.index('<dialog id="match"') :]
    assert "is still on its way. It will not be due a second time" in dialog
    assert "will count for the invoice. Its customer" not in dialog


def test_the_invoice_that_the_checkout_asked_for_is_named_and_filled_in(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    checkout_id = builders.pay(invoice).id
    with transaction() as session:
        session.get_one(Checkout, checkout_id).amount += 1
    builders.come_home()
    finance, matter = signed_in("finance"), builders.the_matter()
    assert f"where $100.01 were asked for invoice {invoice.number}." in page(finance, matter)
    assert "Match $100.00" in page(finance, matter)
    for address in (f"/admin/attention/details/?id={matter.id}", "/admin/payment/details/?id=1"):
        field = re.search(r'<input[^>]*id="match-number"[^>]*>', finance.get(address).text)
        assert field
        assert f'value="{invoice.number}"' in field[0]


def test_only_the_invoice_that_the_payment_names_at_stripe_is_filled_in(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    builders.an_unmatched_payment(invoice=str(invoice.number))
    builders.an_unmatched_payment(invoice=f"{invoice.number} or so")
    shown = [signed_in("finance").get(f"/admin/payment/details/?id={number}").text for number in (1, 2)]
    filled = [re.search(r'<input[^>]*id="match-number"[^>]*value="([^"]*)"', page) for page in shown]
    assert [found and found[1] for found in filled] == [invoice.number, ""]


def test_a_refund_that_failed_leads_to_refunding_again(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice(card="4000000000005126")
    refund_id = builders.a_refund(invoice, "60.00")[0]
    builders.come_home()
    builders.the_world().clock.advance(60)
    builders.come_home()
    assert the_refund(refund_id).state == "failed"
    address = f"/admin/attention/details/?id={builders.the_matter().id}"
    shown = signed_in("staff").get(address).text
    assert "Refund it again, here or on the page of" in shown
    assert f'href="/admin/invoice/details/?id={invoice.id}&amp;show=refund"' in shown
    assert 'name="amount" value="60.00"' in shown
    assert "Refund it again" not in signed_in("viewer").get(address).text
    record_revoked(builders.STUDIO)
    assert "Refund it again" not in signed_in("staff").get(address).text
