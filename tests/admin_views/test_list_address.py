"""A list shows what its address says: what is not understood of it is told, and is never taken for something else."""

import re
import runpy
from collections.abc import Callable
from html import unescape

import builders
import pytest
from cast import Browser
from flask import Flask
from forms import messages
from gunicorn.config import Config
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from sqlalchemy import select

from admin_views.list_address import LONGEST_SEARCH
from admin_views.palette import LONGEST
from models.activity import AuditEntry
from models.base import db
from models.bulk_run import BulkRun
from models.invoice import new_operation

SignIn = Callable[[str], Browser]
ASTRAY = {
    "invoice/?flt0_mine_is=0": "The filter “mine_is” does not understand “0”.",
    "invoice/?flt0_status_equals=Bogus": "The filter “status_equals” does not understand “Bogus”.",
    "invoice/?flt0_made_up=1": "This list has no filter “made_up”.",
    "invoice/?flt9=Draft": "This list has no filter “flt9”.",
    "invoice/?flt0_age_is=": "The filter “age_is” does not understand “”.",
    "payment/?flt0_counted_between=never": "The filter “counted_between” does not understand “never”.",
    "payment/?flt0_counted_between=9999-12-31..9999-12-31": "does not understand “9999-12-31..9999-12-31”.",
    "payment/?flt0_currency_is=XXY": "The filter “currency_is” does not understand “XXY”.",
    "payment/?flt0_contact_is=me": "The filter “contact_is” does not understand “me”.",
    "contact/?flt0_balance_is=<blink>": "The filter “balance_is” does not understand “<blink>”.",
    "people/?flt0_role_is=admin": "This list has no filter “role_is”.",
    "people/?search=Staff": "This list cannot be searched.",
}


def has_rows(page: str) -> bool:
    return "table-sticky" in page


@pytest.fixture
def some_rows(app: Flask) -> None:
    builders.a_paid_invoice("100.00")


@pytest.mark.usefixtures("some_rows")
@pytest.mark.parametrize("address", ASTRAY)
def test_what_a_list_does_not_understand_is_said_and_no_row_is_shown(signed_in: SignIn, address: str) -> None:
    browser = signed_in("finance")
    answer = browser.get(f"/admin/{address}")
    page = unescape(answer.text)
    assert (answer.status_code, has_rows(page), messages(page)) == (200, False, [])
    assert ASTRAY[address] in page
    assert "<blink>" not in answer.text
    assert has_rows(browser.get(without(page)).text)
    assert messages(browser.get("/admin/").text) == []


def without(page: str) -> str:
    """The same list without what is not understood."""
    return str(re.findall(r'<a class="btn" href="([^"]*)">Show [^<]*</a>', page)[0])


@pytest.mark.usefixtures("some_rows")
def test_what_is_understood_beside_it_is_kept(signed_in: SignIn) -> None:
    page = signed_in("viewer").get("/admin/invoice/?flt0_status_equals=Paid&flt1_mine_is=2&search=grace").text
    assert without(unescape(page)) == "/admin/invoice/?search=grace&flt0_status_equals=Paid"
    assert 'aria-current="true">All' not in signed_in("viewer").get("/admin/invoice/?flt0_mine_is=2").text


@pytest.mark.usefixtures("some_rows")
def test_of_a_filter_that_is_asked_for_twice_both_count(signed_in: SignIn) -> None:
    twice = "/admin/invoice/?flt0_status_equals=Paid&flt0_status_equals=Draft"
    assert "Nothing here fits these filters" in signed_in("viewer").get(twice).text


@pytest.mark.both_databases
@pytest.mark.parametrize("astray", ["flt0_status_equals=Bogus", "flt0_made_up=1"])
def test_of_an_address_that_is_not_understood_no_file_is_made_and_nothing_is_done(
    signed_in: SignIn, astray: str
) -> None:
    builders.a_draft_invoice()
    staff = signed_in("staff")
    exported = staff.get(f"/admin/invoice/export/csv/?{astray}")
    form = {"action": "void", "all": "1", "operation": new_operation()}
    pressed = staff.post_form(f"/admin/invoice/action/?{astray}", form)
    for answer in (exported, pressed):
        assert (answer.status_code, bool(re.search("The filter|This list has no filter", answer.text))) == (400, True)
    db.session.rollback()
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("%.export"))).all() == []
    assert db.session.query(BulkRun).count() == 0


@pytest.mark.usefixtures("some_rows")
@pytest.mark.parametrize("address", ["contact/", "invoice/", "payment/", "event/", "opportunity/"])
def test_a_search_for_spaces_looks_for_nothing(signed_in: SignIn, address: str) -> None:
    page = signed_in("finance").get(f"/admin/{address}?search=%20%20").text
    assert ('value=""' in page, "Nothing found" in page) == (True, False)


@pytest.mark.usefixtures("some_rows")
@pytest.mark.parametrize("sort", ["1", "99", "-1", "total"])
def test_what_is_no_column_to_sort_by_is_not_said_to_be_sorted_by(signed_in: SignIn, sort: str) -> None:
    page = signed_in("viewer").get(f"/admin/invoice/?sort={sort}&desc=1").text
    assert (has_rows(page), "aria-sort" in page) == (True, False)


@pytest.mark.usefixtures("some_rows")
def test_a_search_is_as_long_as_an_email_address_and_no_longer(signed_in: SignIn) -> None:
    page = signed_in("viewer").get(f"/admin/invoice/?search={'x' * 3000}").text
    assert f'value="{"x" * LONGEST_SEARCH}" maxlength="{LONGEST_SEARCH}"' in page
    assert f'role="combobox" maxlength="{LONGEST}"' in page


def test_gunicorn_takes_addresses_as_long_as_it_can() -> None:
    config = Config()
    config.set("limit_request_line", runpy.run_path("gunicorn.conf.py")["limit_request_line"])
    line = (
        b"GET /admin/invoice/?search=" + b"%F0%9F%92%B8" * LONGEST_SEARCH + b"&x=" + b"x" * 4900 + b" HTTP/1.1\r\n\r\n"
    )
    assert Request(config, IterUnreader([line]), ("", 0)).method == "GET"
