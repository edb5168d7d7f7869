"""A page runs the same number of queries whatever the number of rows."""

from collections.abc import Callable, Iterable
from uuid import uuid4

import builders
import pytest
from cast import Browser
from flask import Flask
from sqlalchemy import event, select

from models.attention import Attention
from models.base import db
from models.bulk_run import BulkRun
from models.clock import now
from models.contact import Contact
from models.credit_note import CreditNote
from models.dispute import Dispute
from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from models.opportunity import Opportunity
from models.payment import Payment
from models.refund import Refund
from models.stripe_event import StripeEvent
from sandbox.accounts import EUROPE, STUDIO
from tasks import bulk_runs, people, transaction
from tasks.accounts import record_revoked
from tasks.exports import begin_export
from tasks.payouts import record_payout
from tasks.reconcile import reconcile
from tasks.stripe_gateway.payouts import PayoutRecord

PAGES = (
    "",
    "analytics/",
    "analytics/?period=last-90-days&basis=invoice",
    "analytics/receivables",
    "webhooks/",
    "integrations/",
    "organization/",
    "pulse",
    "palette?q=Customer",
)
NARROWED = (
    "invoice/?search=Customer",
    "invoice/?flt0_outstanding_is=1",
    "invoice/?search=10",
    "contact/?search=Customer",
    "invoice/?flt0_age_is=current&flt1_currency_is=USD",
    "payment/?flt0_currency_is=USD&flt1_method_is=Visa",
    "refund/?flt0_currency_is=USD",
)
DETAILS = {
    "invoice": Invoice,
    "contact": Contact,
    "opportunity": Opportunity,
    "payment": Payment,
    "refund": Refund,
    "dispute": Dispute,
    "credit_note": CreditNote,
    "attention": Attention,
    "message": Mail,
    "event": StripeEvent,
}

Count = Callable[[Iterable[str]], dict[str, int]]


@pytest.fixture
def queries(app: Flask, signed_in: Callable[[str], Browser]) -> Count:
    """How many statements each page runs for an admin."""
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *about: seen.append(about[2]))
    browser = signed_in("admin")

    def count(address: str) -> int:
        seen.clear()
        assert browser.get(address).status_code == 200, address
        return len(seen)

    return lambda addresses: {address: count(address) for address in addresses}


@pytest.fixture
def lists(app: Flask) -> list[str]:
    """Every list of rows, and the other pages that show some."""
    found = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.endswith(".index_view")]
    return [*found, *(f"/admin/{page}" for page in (*PAGES, *NARROWED))]


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, tuple[int, int]]:
    return {page: (before[page], after[page]) for page in before if after[page] > before[page]}


def a_deal() -> Opportunity:
    owner = builders.person("staff")
    with transaction() as session:
        contact = Contact(name=f"Customer {uuid4()}", email="grace@example.com")
        session.add(deal := Opportunity(name="Website", contact=contact, owner_id=owner.id))
    return deal


def some_business(deal: Opportunity) -> None:
    """One more of everything."""
    builders.connected(EUROPE)
    record_revoked(EUROPE)  # no comparison reaches this account any more, and each says so
    builders.connected()
    about = {"contact": deal.contact, "opportunity": deal, "owner": builders.person("staff")}
    disputed, paid = (builders.a_sent_invoice(amount, **about) for amount in ("10.00", "20.00"))
    for invoice in (disputed, paid):
        builders.pay(invoice)
    builders.a_sent_invoice("40.00", **about)
    builders.a_draft_invoice("30.00", **about)
    builders.come_home()
    builders.the_world().dispute(str(builders.the_payment(disputed).charge_id))
    builders.a_refund(paid, "20.00")
    builders.an_unmatched_payment()
    one = str(uuid4())
    record_payout(STUDIO, PayoutRecord(f"po_{one}", Money(100, "USD"), "in_transit", None, None, now()), now())
    people.add_user(f"{one}@example.com", "staff", builders.PASSWORD)
    stop(bulk_runs.begin_bulk("void", [paid.id], builders.person("staff"), one))
    begin_export("invoice", [paid.id], {}, builders.person("admin"), one)
    reconcile()


def stop(run_id: int) -> None:
    """As an error that nobody expected does."""
    with transaction() as session:
        run = session.get_one(BulkRun, run_id)
        run.due_at, run.parked_at, run.last_error = None, now(), "ZeroDivisionError"


def pay_in_part(invoice: Invoice) -> None:
    """One more payment, of which a part goes back twice."""
    builders.pay(invoice, amount=Money.parse("10.00", "USD"))
    builders.come_home()
    for _ in range(2):
        builders.a_refund(invoice, "2.00")
        builders.come_home()


def test_more_rows_take_no_more_queries_in_any_list(queries: Count, lists: list[str]) -> None:
    some_business(a_deal())
    queries(lists)
    before = queries(lists)
    for _ in range(2):
        some_business(a_deal())
    queries(lists)
    assert grown(before, queries(lists)) == {}


def first_of_each() -> list[str]:
    """The page of the first row of every noun."""
    db.session.rollback()
    ids = {noun: db.session.scalar(select(model.id).order_by(model.id).limit(1)) for noun, model in DETAILS.items()}
    return [f"/admin/{noun}/details/?id={first}" for noun, first in ids.items() if first]


def test_what_belongs_to_a_row_takes_no_more_queries_on_its_page_however_much_it_is(queries: Count) -> None:
    deal = a_deal()
    invoice = builders.a_sent_invoice("100.00", partial_payments=True, contact=deal.contact, opportunity=deal)
    pay_in_part(invoice)
    some_business(deal)
    pages = first_of_each()
    assert len(pages) == len(DETAILS)
    queries(pages)
    before = queries(pages)
    for _ in range(2):
        pay_in_part(invoice)
        some_business(deal)
    queries(pages)
    assert grown(before, queries(pages)) == {}
