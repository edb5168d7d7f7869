"""Every page, in light and dark, wide and narrow, holds what axe-core asks of it, and fits into its window."""

from datetime import timedelta
from pathlib import Path

import builders
import pytest
from pages import PAGES
from playwright.sync_api import Page
from seats import Seat

from models.base import db
from models.clock import now
from models.contact import Contact
from models.money import Money
from models.opportunity import Opportunity
from sandbox.accounts import STUDIO
from tasks import invoices, transaction
from tasks.payouts import record_payout
from tasks.reconcile import reconcile
from tasks.stripe_gateway.payouts import PayoutRecord

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()


@pytest.fixture(scope="module", autouse=True)
def business(desk: str) -> None:
    """At least one row of everything that has a page."""
    builders.connected()
    with transaction() as session:
        contact = Contact(name="Grace Hopper", email="grace@example.com", company="Navy")
        session.add(deal := Opportunity(name="Website", contact=contact, owner_id=builders.person("staff").id))
    about = {"contact": contact, "opportunity": deal, "owner": builders.person("staff")}
    builders.a_draft_invoice(**about)
    builders.a_partly_paid_invoice(**about)
    builders.a_sent_invoice(due_date=builders.today() - timedelta(days=9), **about)
    void = builders.a_sent_invoice(**about)
    invoices.void_invoice(void.id, builders.person("staff"))
    builders.a_refund(builders.a_paid_invoice("20.00", **about), "20.00")
    builders.a_disputed_invoice(**about)
    builders.a_paid_invoice("64.47", **about)
    builders.an_unmatched_payment()
    record_payout(STUDIO, PayoutRecord("po_1", Money(100, "USD"), "in_transit", None, None, now()), now())
    reconcile()
    db.session.rollback()


def violations(page: Page) -> list[str]:
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        return ["wider than its window"]
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (360, False)])
def test_axe_finds_nothing_on_any_page_and_each_fits_into_its_window(window: Seat, width: int, dark: bool) -> None:
    pages: dict[str, Page] = {}
    wrong: dict[str, list[str]] = {}  # what is violated, and on which pages
    for sight in PAGES:
        if sight.role not in pages:
            pages[sight.role] = window(sight.role, width=width, dark=dark)
        page = pages[sight.role]
        sight.show(page)
        for found in violations(page):
            wrong.setdefault(found, []).append(sight.name)
    window.forget("the server responded with a status of 40")
    assert not wrong, "\n".join(f"{found}\n    on {', '.join(names)}" for found, names in wrong.items())
