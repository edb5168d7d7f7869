"""Two tabs, or two colleagues, who look at the same draft: it is sent once, unless somebody means to send it again."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser
from werkzeug.test import TestResponse

from models.base import db
from models.invoice import Invoice, new_operation
from models.mail import Mail
from tasks.bulk_runs import work_bulk
from tasks.invoices import mark_as_sent, send_invoice
from tasks.pay_links import pay_link

SignIn = Callable[[str], Browser]
MEANWHILE = "It was sent meanwhile by %s. Press Send again if you mean it."
ACTION = "/admin/invoice/action/"
DOORS = {
    "page": ("/admin/invoice/details/?id={}", ACTION),
    "row": ("/admin/invoice/", ACTION),
    "preview": ("/admin/invoice/send/?id={}", "/admin/invoice/send/"),
}


@pytest.fixture
def draft(app: object) -> Invoice:
    builders.connected()
    return builders.a_draft_invoice()


def shown_at(browser: Browser, page: str) -> str:
    return moment_in(browser.get(page).text)


def moment_in(page: str) -> str:
    return re.findall(r'name="shown_at"[^>]* value="([^"]+)"', page)[0]


def press(browser: Browser, invoice: Invoice, door: str, moment: str, **fields: str) -> TestResponse:
    page, path = DOORS[door][0].format(invoice.id), DOORS[door][1]
    form = {"id": invoice.id, "rowid": invoice.id, "action": "send", "url": "/admin/invoice/", "shown_at": moment}
    fresh = {"operation": new_operation(), "edits": db.session.get_one(Invoice, invoice.id).edits}
    return browser.post_form(path, form | fresh | fields, page=page, follow_redirects=True)


def invoices_mailed() -> int:
    db.session.rollback()
    return db.session.query(Mail).filter_by(kind="invoice").count()


@pytest.mark.parametrize("door", DOORS)
def test_a_page_that_still_showed_the_draft_sends_it_no_second_time(
    door: str, signed_in: SignIn, draft: Invoice
) -> None:
    staff, finance, page = signed_in("staff"), signed_in("finance"), DOORS[door][0].format(draft.id)
    before = shown_at(staff, page)
    assert "Queued for delivery" in press(finance, draft, "page", shown_at(finance, page)).text
    assert MEANWHILE % "Finance Person" in press(staff, draft, door, before).text
    assert invoices_mailed() == 1
    builders.come_home()
    assert "Queued for delivery" in press(staff, draft, door, shown_at(staff, page)).text
    assert invoices_mailed() == 2


def test_a_form_that_comes_back_refused_still_tells_what_was_sent_since_it_was_opened(
    signed_in: SignIn, draft: Invoice
) -> None:
    staff, finance, page = signed_in("staff"), signed_in("finance"), DOORS["preview"][0].format(draft.id)
    before = shown_at(staff, page)
    press(finance, draft, "page", shown_at(finance, page))
    refused = press(staff, draft, "preview", before, cc="nobody").text
    assert moment_in(refused) == before
    told = press(staff, draft, "preview", moment_in(refused)).text
    assert (MEANWHILE % "Finance Person" in told, moment_in(told) > before, invoices_mailed()) == (True, True, 1)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "2026-11-23T10:00:00", "soon"])
def test_what_is_no_moment_is_not_understood(signed_in: SignIn, draft: Invoice, moment: str) -> None:
    answer = press(signed_in("staff"), draft, "preview", moment)
    assert (answer.status_code, invoices_mailed()) == (400, 0)


def test_what_a_colleague_has_sent_by_hand_is_not_sent_by_an_older_page(signed_in: SignIn, draft: Invoice) -> None:
    staff, finance = signed_in("staff"), builders.person("finance")
    before = shown_at(staff, DOORS["page"][0].format(draft.id))
    pay_link(draft.id, finance)
    mark_as_sent(draft.id, finance)
    assert MEANWHILE % "Finance Person" in press(staff, draft, "page", before).text
    assert invoices_mailed() == 0


def test_of_many_that_are_ticked_those_are_left_out_that_were_sent_meanwhile(signed_in: SignIn, draft: Invoice) -> None:
    other, staff = builders.a_draft_invoice(), signed_in("staff")
    before = shown_at(staff, "/admin/invoice/")
    send_invoice(draft.id, builders.person("finance"), new_operation())
    form = {"action": "send", "rowid": [draft.id, other.id], "operation": new_operation(), "shown_at": before}
    run = staff.post_form(ACTION, form)
    work_bulk(1)
    page = staff.get(run.location).text
    assert "Queued for delivery: 1 of 2" in page
    assert "It was sent meanwhile." in page


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-23T10:00:00"])
def test_a_page_that_was_made_at_no_moment_is_refused(moment: str, signed_in: SignIn, draft: Invoice) -> None:
    assert press(signed_in("staff"), draft, "page", moment).status_code == 400
    assert invoices_mailed() == 0
