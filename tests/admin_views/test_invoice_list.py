"""The list of invoices: chips with counts, saved filters that combine, search."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import builders
import pytest
from cast import Browser
from sqlalchemy import event

from admin_views import invoice_list
from models.base import db
from models.clock import now
from models.invoice import Invoice
from models.mail import Mail
from tasks import transaction

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
LIST = "/admin/invoice/"
CHIP = r'<a class="filter" href="([^"]*)"( aria-current="true")?>([^<]*)(?: <span class="count">([^<]*)</span>)?</a>'


def listed(browser: Browser, query: str = "") -> set[int]:
    page = browser.get(f"{LIST}?{query}").text
    return {int(row) for row in re.findall(r'class="strong" href="/admin/invoice/details/\?id=(\d+)"', page)}


def counts(page: str) -> dict[str, str]:
    return {label: count for _, _, label, count in re.findall(CHIP, page)}


def chosen(page: str) -> list[str]:
    return [label for _, is_on, label, _ in re.findall(CHIP, page) if is_on]


def press(browser: Browser, page: str, label: str) -> str:
    """The page behind this chip."""
    href = next(href for href, _, name, _ in re.findall(CHIP, page) if name == label)
    return browser.get(unescape(href)).text


def give(invoice: Invoice, role: str) -> None:
    owner_id = builders.person(role).id
    with transaction() as session:
        session.get_one(Invoice, invoice.id).owner_id = owner_id


def test_each_status_says_how_many_there_are(signed_in: SignIn) -> None:
    builders.a_draft_invoice()
    builders.a_draft_invoice()
    builders.a_paid_invoice()
    builders.a_sent_invoice(due_date=date(2020, 1, 1))
    found = counts(signed_in("viewer").get(LIST).text)
    assert [found[label] for label in ("All", "Draft", "Sent", "Paid", "Void")] == ["4", "2", "1", "1", "0"]
    assert [found[label] for label in ("Unpaid", "Overdue", "Processing", "Mine")] == ["1", "1", "0", "0"]


def test_a_saved_filter_combines_with_a_status_and_goes_by_a_second_press(signed_in: SignIn) -> None:
    mine, others, browser = builders.a_draft_invoice(), builders.a_draft_invoice(), signed_in("staff")
    sent = builders.a_sent_invoice()
    give(mine, "staff")
    give(sent, "staff")
    page = press(browser, press(browser, browser.get(LIST).text, "Mine"), "Draft")
    assert chosen(page) == ["Draft", "Mine"]
    assert f"details/?id={mine.id}" in page
    assert not re.search(rf"details/\?id=({others.id}|{sent.id})\b", page)
    assert {label: counts(page)[label] for label in ("All", "Draft", "Sent", "Mine")} == {
        "All": "2",
        "Draft": "1",
        "Sent": "1",
        "Mine": "1",
    }
    assert chosen(press(browser, page, "Mine")) == ["Draft"]


def test_what_is_on_its_way_and_what_needs_attention_is_found(signed_in: SignIn) -> None:
    bounced, disputed_void = builders.a_sent_invoice(), builders.a_sent_invoice()
    twice, _, _ = builders.paid_twice()
    with transaction() as session:
        mail = session.query(Mail).filter_by(invoice_id=bounced.id).one()
        mail.sent_at, mail.parked_at = None, now()
        session.get_one(Invoice, disputed_void.id).processing = 500
    viewer = signed_in("viewer")
    assert listed(viewer, "flt0_attention_is=1") == {bounced.id, twice.id}
    assert listed(viewer, "flt0_processing_is=1") == {disputed_void.id}


def test_mine_is_of_the_person_who_looks(signed_in: SignIn) -> None:
    invoice = builders.a_draft_invoice()
    give(invoice, "finance")
    assert listed(signed_in("finance"), "flt0_mine_is=1") == {invoice.id}
    assert listed(signed_in("staff"), "flt0_mine_is=1") == set()


@pytest.mark.parametrize(
    "text", ["64.47", "%2464.47", "64,47", "64.47+grace", "GRACE", "hopper", "example.com", "Navy"]
)
def test_an_invoice_is_found_by_contact_and_amount(signed_in: SignIn, text: str) -> None:
    invoice = builders.a_sent_invoice("64.47", contact=builders.a_contact(company="US Navy"))
    builders.a_draft_invoice("6447.00", contact=builders.a_contact(name="Ada", email="ada@elsewhere.org"))
    assert listed(signed_in("viewer"), f"search={text}") == {invoice.id}


def test_an_amount_is_meant_in_the_decimals_of_each_currency(signed_in: SignIn) -> None:
    dollars, yen = builders.a_draft_invoice("1204.00"), builders.a_draft_invoice("1204", currency="JPY")
    dinars = builders.a_draft_invoice("1204.000", currency="KWD")
    builders.a_draft_invoice("120400", currency="JPY")
    assert listed(signed_in("viewer"), "search=1,204.00") == {dollars.id, yen.id, dinars.id}


def test_what_is_due_is_found_too(signed_in: SignIn) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    assert listed(signed_in("viewer"), "search=60.00") == {invoice.id}


@pytest.mark.parametrize("text", ["%25", "_", "%00%25", "%5C", "%27"])
def test_signs_that_mean_something_to_a_database_are_looked_for_as_they_stand(signed_in: SignIn, text: str) -> None:
    builders.a_draft_invoice()
    assert listed(signed_in("viewer"), f"search={text}") == set()


def test_within_a_search_and_other_filters_each_count_is_what_a_press_then_shows(signed_in: SignIn) -> None:
    browser, grace = signed_in("viewer"), builders.a_contact()
    builders.a_draft_invoice(contact=grace)
    builders.a_sent_invoice(contact=grace, due_date=date(2020, 1, 1))
    builders.a_draft_invoice(contact=builders.a_contact(name="Ada", email="ada@elsewhere.org"))
    builders.a_draft_invoice("1000", contact=grace, currency="JPY")
    page = browser.get(f"{LIST}?search=grace&flt0_status_equals=Draft&flt1_currency_is=USD").text
    assert chosen(page) == ["Draft"]
    found = counts(page)
    assert [found[label] for label in ("All", "Draft", "Sent", "Unpaid", "Overdue")] == ["2", "1", "1", "0", "0"]
    assert len(re.findall(r'class="strong" href="/admin/invoice/details/', press(browser, page, "All"))) == 2
    assert 'name="flt0_status_equals" value="Draft"' in page


@pytest.mark.both_databases
@pytest.mark.parametrize("few", [0, 1])
def test_rows_counts_and_all_that_fit_agree_and_few_are_looked_for_once(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    builders.a_draft_invoice(contact=builders.a_contact(name="Ada"))
    builders.a_draft_invoice()
    monkeypatch.setattr(invoice_list, "FEW", few)
    browser, seen = signed_in("staff"), list[str]()

    def listen(*about: Any) -> None:
        seen.append(about[2].lower())

    event.listen(db.engine, "before_cursor_execute", listen)
    page = browser.get(f"{LIST}?search=ada").text
    event.remove(db.engine, "before_cursor_execute", listen)
    rows = page.count('name="rowid" value="') - page.count('type="hidden" name="rowid"')
    assert (rows, counts(page)["All"], counts(page)["Draft"]) == (1, "1", "1")
    assert sum(" like " in statement or " ilike " in statement for statement in seen) == (1 if few else 4)
