"""Payouts: on Stripe's page the latest, on their own list all of them, whichever account they came from."""

from collections.abc import Callable
from datetime import date, timedelta

import builders
from cast import Browser

from models.clock import now
from models.money import Money
from sandbox.accounts import STUDIO
from tasks.payouts import record_payout
from tasks.stripe_gateway.payouts import PayoutRecord

SignIn = Callable[[str], Browser]
PAGE, LIST = "/admin/stripe/", "/admin/payout/"


def paid_out(*states: str) -> None:
    """One payout for each of these states, of $1.00, $2.00 and so on."""
    for number, state in enumerate(states, 1):
        made = now() - timedelta(days=number)
        record = PayoutRecord(f"po_{number}", Money(number * 100, "USD"), state, date(2026, 3, number), None, made)
        record_payout(STUDIO, record, now())


def test_the_page_shows_the_latest_and_leads_to_all(signed_in: SignIn) -> None:
    builders.connected()
    paid_out(*["paid"] * 14)
    viewer = signed_in("viewer")
    page = viewer.get(PAGE).text
    assert page.count("po_") == 10
    assert f'href="{LIST}"' in page
    assert viewer.get(LIST).text.count("po_") == 14


def test_payouts_stay_when_stripe_is_disconnected(signed_in: SignIn) -> None:
    builders.connected()
    paid_out("paid")
    admin = signed_in("admin")
    admin.post_form(f"{PAGE}disconnect", page=PAGE)
    assert "Not connected" in admin.get(PAGE).text
    assert "po_1" in admin.get(PAGE).text
    assert "Northwind Studio" in admin.get(LIST).text


def test_the_list_tells_them_apart(signed_in: SignIn) -> None:
    builders.connected()
    paid_out("paid", "in_transit", "failed")
    viewer = signed_in("viewer")
    for kind, payout in (("paid", "po_1"), ("underway", "po_2"), ("failed", "po_3")):
        page = viewer.get(f"{LIST}?flt0_state_is={kind}").text
        assert payout in page
        assert page.count("po_") == 1


def test_payouts_are_not_in_the_sidebar(signed_in: SignIn) -> None:
    page = signed_in("admin").get("/admin/").text
    assert f'href="{LIST}"' not in page
