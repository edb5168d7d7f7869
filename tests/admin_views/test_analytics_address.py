"""Payment Analytics shows what its address asks for; what is not understood is said beside its field."""

import re
from collections.abc import Callable
from html import unescape

import builders
import pytest
from cast import Browser
from forms import messages
from sqlalchemy import update

from models.invoice import Invoice
from models.revenue import DailyTotal
from tasks import transaction

SignIn = Callable[[str], Browser]
ASTRAY = {
    "from=yesterday": ("from", "“yesterday” is not a date. Write it like 2026-11-30."),
    "from=2026-02-30&to=2026-03-01": ("from", "“2026-02-30” is not a date."),
    "from=2026-W12-3": ("from", "“2026-W12-3” is not a date."),
    "from=2026-03-02&to=2026-03-32": ("to", "“2026-03-32” is not a date."),
    "from=2026-03-02&to=2026-03-01": ("to", "The range ends before it begins."),
    "to=2026-03-01": ("from", "Choose the first day, too."),
    "from=0001-01-01&to=9999-12-31": ("to", "A range can be ten years long"),
    "from=9999-12-31&to=9999-12-31": ("to", "The range ends more than ten years from now."),
    "from=<script>": ("from", "“<script>” is not a date."),
    "basis=accrual": ("basis", "Money counts by payment date or by invoice date, not by “accrual”."),
    "by=hour": ("by", "“hour” is neither day, week nor month."),
    "period=last-week": ("period", "There is no range “last-week”."),
    "currency=XXX": ("currency", "“XXX” is not a currency that we know."),
    "currency=XTS": ("currency", "“XTS” is not a currency that we know."),
    "currency=XXY": ("currency", "“XXY” is not a currency that we know."),
}
FILES = ("csv", "outstanding/csv", "methods/csv")


@pytest.mark.parametrize("query", ASTRAY)
@pytest.mark.parametrize("tab", ["", "receivables"])
def test_what_is_not_understood_is_said_beside_its_field_and_nothing_typed_is_lost(
    signed_in: SignIn, tab: str, query: str
) -> None:
    builders.a_paid_invoice("10.00")
    browser, (name, why) = signed_in("finance"), ASTRAY[query]
    page = browser.get(f"/admin/analytics/{tab}?{query}").text
    said = re.findall(rf'<div class="error-text" role="alert" id="{name}-why">([^<]*)</div>', page)
    assert unescape(said[0]).startswith(why)
    assert ("$10.00" in page, "/analytics/export/" in page, messages(page)) == (False, False, [])
    fields = dict(part.split("=") for part in query.split("&") if not part.startswith(("by", "period")))
    assert [
        text
        for text in fields.values()
        if f">{text}</option>" not in unescape(page) and f'value="{text}"' not in unescape(page)
    ] == []
    assert messages(browser.get("/admin/").text) == []


@pytest.mark.parametrize("query", ASTRAY)
def test_no_file_is_made_of_what_is_not_understood(signed_in: SignIn, query: str) -> None:
    staff, (_, why) = signed_in("staff"), ASTRAY[query]
    for file in FILES:
        answer = staff.get(f"/admin/analytics/export/{file}/?{query}")
        assert (answer.status_code, why in unescape(answer.text)) == (400, True)
    assert messages(staff.get("/admin/").text) == []


def test_what_is_understood_beside_it_is_led_to(signed_in: SignIn) -> None:
    builders.a_paid_invoice("3000", currency="JPY")
    browser = signed_in("viewer")
    page = unescape(browser.get("/admin/analytics/?from=never&currency=JPY&basis=invoice").text)
    way = re.findall(r'<a class="btn" href="([^"]*)">Show what is understood</a>', page)[0]
    assert "¥3,000" in browser.get(way).text


def test_a_currency_that_has_ended_can_be_asked_for(signed_in: SignIn) -> None:
    builders.a_sent_invoice("7.00")
    with transaction() as session:
        session.execute(update(Invoice).values(currency="HRK"))
        session.execute(update(DailyTotal).values(currency="HRK"))
    assert "HRK" in signed_in("viewer").get("/admin/analytics/receivables?currency=HRK").text
    assert signed_in("staff").get("/admin/analytics/export/csv/?currency=DEM").status_code == 200
