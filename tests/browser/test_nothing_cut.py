"""No table is wider than its panel, not even with the longest words and amounts that it usually holds."""

import builders
import pytest
from cut import cut
from forms import page_of
from seats import Seat

from models.invoice import Invoice
from models.organization import the_organization
from models.people import role_named
from tasks import transaction

pytestmark = pytest.mark.browser

WIDTHS = (1280, 1024, 768, 360)
CUSTOMER = "Northumberland Instruments & Sons"
LISTS = ("invoice", "contact", "payment", "refund", "dispute", "credit_note", "attention", "message")


@pytest.fixture(scope="module", autouse=True)
def invoice(desk: str) -> Invoice:
    """Paid twice, disputed and partly refunded; a refund waits for a second person. All of it is a lot."""
    contact = builders.a_contact(name=CUSTOMER, email="accounts.payable@northumberland-instruments.example")
    invoice, _, second = builders.paid_twice("640000.00", "640000.00", total="640000.00", contact=contact)
    builders.the_world().dispute(str(second.charge_id), reason="product_not_received", status="warning_needs_response")
    builders.a_refund(invoice, "312500.00")
    builders.come_home()
    with transaction() as session:
        role_named(session, "staff").refund_limit = 0
        role_named(session, "staff").refund_limit_currency = the_organization(session).currency
    builders.a_refund(invoice, "12500.00", by="staff")
    return invoice


def test_an_invoice_with_everything_is_cut_nowhere(window: Seat, invoice: Invoice) -> None:
    page = window("admin")
    page.goto(page_of(invoice))
    assert cut(page, *WIDTHS) == []


def test_the_page_of_who_pays_it_is_cut_nowhere(window: Seat, invoice: Invoice) -> None:
    page = window("admin")
    page.goto(f"/admin/contact/details/?id={invoice.contact_id}")
    assert cut(page, *WIDTHS) == []


def test_no_list_is_cut(window: Seat, invoice: Invoice) -> None:
    page = window("admin")
    found = {}
    for noun in LISTS:
        page.goto(f"/admin/{noun}/")
        found[noun] = cut(page, *WIDTHS)
    assert {noun: parts for noun, parts in found.items() if parts} == {}


@pytest.mark.parametrize("tab", ["?period=this-year", "receivables?period=this-year"])
def test_analytics_are_cut_nowhere(window: Seat, invoice: Invoice, tab: str) -> None:
    page = window("admin")
    page.goto(f"/admin/analytics/{tab}")
    assert cut(page, *WIDTHS) == []
