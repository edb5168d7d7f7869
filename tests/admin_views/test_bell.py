"""The bell in the topbar and the page of all that it told: each person's own, and nobody else's."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser

from models.activity import tell
from models.base import db
from models.invoice import Invoice
from models.money import Money
from models.notice import Notice
from models.people import role_named
from tasks import transaction

SignIn = Callable[[str], Browser]
ALL = "/admin/notices/"


def news(number: int = 1) -> Invoice:
    """An invoice of staff, on which so many payments came in: $1.00, $2.00 and so on."""
    invoice = builders.a_draft_invoice(owner_id=builders.person("staff").id)
    with transaction() as session:
        for n in range(1, number + 1):
            tell(session, "payment_received", f"i:{invoice.id}:{n}", invoice.id, money=Money(n * 100, "USD"))
    return invoice


def bell(browser: Browser, page: str = "/admin/") -> str:
    """The bell with its menu, empty when there is none."""
    found = re.search(r'<details class="menu bell">.*?</details>', browser.get(page).text, re.S)
    return found[0] if found else ""


def unread(browser: Browser) -> int:
    found = re.search(r"Notifications, (\d+) unread", bell(browser))
    return int(found[1]) if found else 0


def test_the_bell_counts_what_is_unread_and_shows_the_ten_newest(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    assert (unread(staff), "are told here" in bell(staff)) == (0, True)
    news(12)
    assert unread(staff) == 12
    assert re.findall(r"\$(\d+)\.00", bell(staff)) == [str(n) for n in range(12, 2, -1)]


def test_one_leads_to_its_invoice_and_is_read_then(signed_in: SignIn) -> None:
    invoice, staff = news(2), signed_in("staff")
    notice = db.session.query(Notice).order_by(Notice.id).first()
    answer = staff.post_form("/admin/notices/open", {"id": str(notice.id)})
    assert answer.headers["Location"] == f"/admin/invoice/details/?id={invoice.id}"
    assert unread(staff) == 1


def test_mark_all_as_read_leaves_the_page_where_it_was(signed_in: SignIn) -> None:
    news(3)
    staff = signed_in("staff")
    here = {"Referer": "http://localhost/admin/contact/"}
    answer = staff.post_form("/admin/notices/read", headers=here)
    assert answer.headers["Location"] == "/admin/contact/"
    assert unread(staff) == 0
    assert "Mark all as read" not in bell(staff)


def test_nobody_sees_or_reads_what_was_told_to_others(signed_in: SignIn) -> None:
    news(2)
    viewer, staff = signed_in("viewer"), signed_in("staff")
    notice = db.session.query(Notice).first()
    assert "$1.00" not in viewer.get(ALL).text + bell(viewer)
    assert viewer.post_form("/admin/notices/open", {"id": str(notice.id)}).status_code == 404
    viewer.post_form("/admin/notices/read")
    assert unread(staff) == 2


@pytest.mark.both_databases
def test_the_page_has_all_the_newest_first_and_tells_read_and_unread_apart(signed_in: SignIn) -> None:
    news(2)
    staff = signed_in("staff")
    notice = db.session.query(Notice).order_by(Notice.id).first()
    staff.post_form("/admin/notices/open", {"id": str(notice.id)})
    shown = {query: rows(staff, query) for query in ("", "?flt0_state_is=unread", "?flt0_state_is=read")}
    assert shown == {"": ["2", "1"], "?flt0_state_is=unread": ["2"], "?flt0_state_is=read": ["1"]}


def rows(browser: Browser, query: str) -> list[str]:
    page = browser.get(ALL + query).text
    return re.findall(r"\$(\d)\.00", page[page.index('id="rows"') :])


def test_an_open_page_hears_of_what_was_read_elsewhere(signed_in: SignIn) -> None:
    news()
    staff, viewer = signed_in("staff"), signed_in("viewer")
    before = [one.get("/admin/pulse").json["pulse"] for one in (staff, viewer)]
    staff.post_form("/admin/notices/read")
    after = [one.get("/admin/pulse").json["pulse"] for one in (staff, viewer)]
    assert (after[0] > before[0], after[1]) == (True, before[1])


def test_who_may_see_no_invoices_has_no_bell(signed_in: SignIn) -> None:
    with transaction() as session:
        role_named(session, "viewer").permissions = ["payments.view"]
    viewer = signed_in("viewer")
    assert bell(viewer) == ""
    assert viewer.get(ALL).status_code == 403


def test_each_person_chooses_when_news_come_by_email(signed_in: SignIn) -> None:
    staff = signed_in("staff")
    assert chosen(staff) == "at_once"
    staff.post_form("/admin/notices/by-mail", {"when": "daily"})
    assert (chosen(staff), chosen(signed_in("viewer"))) == ("daily", "at_once")
    page = staff.post_form("/admin/notices/by-mail", {"when": "hourly"}, page=ALL, follow_redirects=True).text
    assert "at once, once a day, or never" in page
    assert chosen(staff) == "daily"


def chosen(browser: Browser) -> str:
    found = re.search(r'name="when" value="(\w+)" checked', browser.get(ALL).text)
    return found[1] if found else ""
