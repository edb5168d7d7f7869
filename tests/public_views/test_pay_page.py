"""What the customer sees of an invoice, in each of its states."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import builders
import pytest
from cast import Browser
from customers import count, link, look, state, told
from sqlalchemy import event, update

from models.activity import Activity
from models.base import db
from models.brand_file import BrandFile
from models.clock import now
from models.invoice import new_operation
from models.invoice_line import InvoiceLine
from models.organization import the_organization
from models.pay_link import PayLink
from models.people import hash_token
from models.stripe_account import StripeAccount
from sandbox.world import World
from tasks import invoices, transaction
from templates.icons import SPRITE

MADE_UP = [
    "x",
    "a" * 5000,
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "..%2F..",
    "%0d%0aSet-Cookie:x=1",
    "'--",
    "<script>",
    "a/b",
    "💸",
]


def test_an_open_invoice_has_one_button_with_the_amount(browser: Browser) -> None:
    page = look(browser, builders.a_sent_invoice("64.47"))
    assert state(page) == "open"
    assert re.findall(r"<button[^>]*>([^<]*)</button>", page) == ["Pay $64.47"]
    assert 'type="hidden" name="amount" value="64.47"' in page


def test_the_page_shows_the_lines_taxes_and_sums_that_were_sent(browser: Browser) -> None:
    line = {"quantity": Decimal("2.5"), "unit_price": 10000, "discount": Decimal(10)}
    vat = {"tax_name": "VAT", "tax_percent": Decimal(20)}
    page = look(
        browser, builders.a_sent_invoice(lines=[InvoiceLine(description="Logo", **line, **vat)], po_number="PO-7")
    )
    for words in (
        "Logo",
        "2.5 × $100.00",
        "10% off",
        "$225.00",
        "VAT 20%",
        "$45.00",
        "$270.00",
        "PO-7",
        "Grace Hopper",
    ):
        assert words in page.replace('<span class="num">', "").replace("</span>", "")


def test_a_partly_paid_invoice_says_what_was_paid_and_offers_a_part(browser: Browser) -> None:
    page = look(browser, builders.a_partly_paid_invoice("100.00", "40.00"))
    assert state(page) == "open"
    assert "Paid so far" in page
    assert "−$40.00" in page
    assert re.search(r'name="amount" value="60\.00"', page)


def test_a_paid_invoice_thanks(browser: Browser) -> None:
    page = look(browser, builders.a_paid_invoice("64.47"))
    assert state(page) == "paid"
    assert "Payment received. Thank you!" in page
    assert "<button" not in page


def test_a_refunded_invoice_says_what_was_given_back(browser: Browser) -> None:
    invoice = builders.a_paid_invoice("64.47")
    builders.a_refund(invoice, "64.47")
    builders.come_home()
    page = look(browser, invoice)
    assert state(page) == "refunded"
    assert "$64.47 was given back" in page


def test_a_void_invoice_asks_for_nothing(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    invoices.void_invoice(invoice.id, builders.person("staff"))
    page = look(browser, invoice)
    assert state(page) == "void"
    assert "This invoice was canceled" in page


def test_a_bank_debit_is_on_its_way_and_not_received(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice("64.47")
    builders.pay(invoice, card="us_bank_account")
    builders.come_home()
    page = look(browser, invoice)
    assert state(page) == "processing"
    assert "Your payment is on its way" in page
    assert "Thank you" not in page


@pytest.mark.parametrize("change", [{"state": "retired"}, {"charges_enabled": False}])
def test_without_an_account_that_takes_charges_the_page_says_how_to_pay(
    browser: Browser, change: dict[str, object]
) -> None:
    invoice = builders.a_sent_invoice()
    with transaction() as session:
        session.execute(update(StripeAccount).values(**change))
        the_organization(session).payment_instructions = "By bank transfer to NW12 3456."
    page = look(browser, invoice)
    assert state(page) == "unavailable"
    assert "Online payment is not available" in page
    assert "By bank transfer to NW12 3456." in page


def test_an_overdue_invoice_can_still_be_paid(browser: Browser) -> None:
    invoice = builders.a_sent_invoice(due_date=now().date() - timedelta(days=3))
    page = look(browser, invoice)
    assert "Was due" in page
    assert state(page) == "open"


def test_the_organization_is_named_with_its_color_and_address(browser: Browser) -> None:
    with transaction() as session:
        organization = the_organization(session)
        organization.name, organization.brand_color = "Northwind <Studio>", "#0b6a3c"
        organization.legal_name, organization.address = "Northwind Ltd", "1 Quay\nBristol"
        organization.support_email = "help@example.com"
    page = look(browser, builders.a_sent_invoice())
    assert "Northwind Ltd<br>1 Quay, Bristol" in re.sub("[\u2066-\u2069]", "", page)
    for words in (
        "Northwind &lt;Studio&gt;",
        "--brand: #0b6a3c",
        "help@example.com",
    ):
        assert words in page


def test_hostile_names_stay_text(browser: Browser) -> None:
    contact = builders.a_contact(name="<script>alert(1)</script>")
    page = look(browser, builders.a_sent_invoice(contact=contact, notes="</main><img src=x onerror=alert(1)>"))
    assert "<script>alert" not in page
    assert "<img" not in page


def test_looking_leaves_no_trace_and_no_cookie(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    before = count(Activity)
    answers = [browser.get(link(invoice)), browser.head(link(invoice)), browser.get(f"{link(invoice)}/status")]
    assert all(answer.status_code == 200 and "Set-Cookie" not in answer.headers for answer in answers)
    assert count(Activity) == before
    assert "viewed" not in told(invoice)


@pytest.mark.both_databases
def test_the_page_is_read_in_one_query_whatever_it_shows(browser: Browser) -> None:
    short = builders.a_sent_invoice()
    lines = [InvoiceLine(description=f"Line {n}", quantity=Decimal(1), unit_price=1000) for n in range(30)]
    long = builders.a_sent_invoice(lines=lines)
    with transaction() as session:
        seen = {"media_type": "image/png", "width": 48, "height": 48, "picture": b"a picture"}
        logo = BrandFile(digest="0" * 64, **seen)
        session.add(logo)
        session.flush()
        the_organization(session).logo_id = logo.id
    browser.get(link(short))  # the first request of a process asks for the schema
    for path in (link(short), link(long), f"{link(long)}/status"):
        assert len(_queries(lambda path=path: browser.get(path))) == 1  # type: ignore[misc]


def test_page_sheet_and_script_together_stay_small(browser: Browser) -> None:
    page = look(browser, builders.a_sent_invoice())
    parts = re.findall(r'(?:href|src)="(/static/[^"#]+)', page)
    assert len(page) + sum(len(browser.get(part).data) for part in set(parts)) < 50_000


def test_icons_are_drawn_into_the_page(browser: Browser) -> None:
    page = look(browser, builders.a_sent_invoice())
    (lock,) = re.findall(r'<symbol id="lock" ([^>]*>.*?)</symbol>', SPRITE.read_text())
    assert f'<svg class="icon" aria-hidden="true" {lock}</svg>' in page


def test_nothing_is_asked_of_another_host(browser: Browser) -> None:
    page = look(browser, builders.a_sent_invoice())
    assert re.findall(r'(?:src|href|action)="(?!/|mailto:|data:,|#)[^"]*"', page) == []


def test_nobody_keeps_or_indexes_the_page(browser: Browser) -> None:
    headers = browser.get(link(builders.a_sent_invoice())).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    policy = headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8001 https://checkout.stripe.com" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_revoked_link_leads_to_no_invoice_and_says_so(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    path = link(invoice)
    with transaction() as session:
        session.execute(update(PayLink).values(revoked_at=now()))
    answers = [
        browser.get(path),
        browser.post(path, data={"operation": new_operation()}),
        browser.get(f"{path}/status"),
    ]
    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert "This link was taken back" in answers[0].text


def test_a_replaced_link_names_the_newest_email_once_that_leads_to_the_newer_one(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    path, newest = link(invoice), "open the link in our newest email"
    with transaction() as session:
        session.execute(update(PayLink).values(revoked_at=now()))
        session.add(PayLink(invoice_id=invoice.id, token_hash=hash_token("newer"), token="newer"))
    answer = browser.get(path)
    assert (answer.status_code, newest in answer.text, "ask us for the new link" in answer.text) == (410, False, True)
    invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())
    builders.come_home()
    assert newest in browser.get(path).text


@pytest.mark.both_databases
def test_made_up_links_get_a_page_that_helps(browser: Browser) -> None:
    for token in MADE_UP:
        for path in (f"/pay/{token}", f"/pay/{token}/return?session_id=cs_test_x", f"/pay/{token}/status"):
            answer = browser.get(path)
            assert answer.status_code == 404
            assert "This link does not lead to an invoice" in answer.text
            assert "Set-Cookie" not in answer.headers


def _queries(act: Callable[[], object]) -> list[str]:
    """The SELECTs that happen meanwhile."""
    asked: list[str] = []

    def note(*call: Any) -> None:
        asked.append(call[2])

    event.listen(db.engine, "before_cursor_execute", note)
    act()
    event.remove(db.engine, "before_cursor_execute", note)
    return [statement for statement in asked if statement.startswith("SELECT")]
