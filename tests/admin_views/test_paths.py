"""Where the panel leads on to: its own pages, whatever an address, a form or the browser says."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser
from forms import edit, typed
from sqlalchemy import delete

from models.people import SignIn as Row
from tasks import transaction

SignIn = Callable[[str], Browser]
# Browsers take each of them for another site.
ASTRAY = ("https://evil.example/", "http:evil.example", "//evil.example", "/\\evil.example", "http://[", "javascript:1")
LISTS = ("invoice", "payment", "refund", "attention", "dispute", "contact", "message", "people", "event", "stripe")


def end_sign_ins() -> None:
    with transaction() as session:
        session.execute(delete(Row))


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize("page", ["details", "edit"])
def test_a_page_of_no_row_is_not_found_and_leads_nowhere(signed_in: SignIn, noun: str, page: str) -> None:
    admin = signed_in("admin")
    assert admin.get(f"/admin/{noun}/{page}/").status_code in (403, 404)
    assert admin.get(f"/admin/{noun}/{page}/?url=http:evil.example").status_code in (400, 403, 404)


@pytest.mark.parametrize("target", ASTRAY)
def test_an_address_that_is_none_of_ours_is_refused(signed_in: SignIn, target: str) -> None:
    contact, admin = builders.a_contact(), signed_in("admin")
    assert admin.get("/admin/contact/details/", query_string={"id": contact.id, "url": target}).status_code == 400
    form = {"action": "send", "rowid": "1", "url": target}
    assert admin.post_form("/admin/invoice/action/", form).status_code == 400


@pytest.mark.parametrize("target", ASTRAY)
def test_signing_in_leads_to_no_other_site(browser: Browser, target: str) -> None:
    builders.person("staff")
    form = {"email": builders.EMAILS["staff"], "password": builders.PASSWORD, "next": target}
    assert browser.post_form("/admin/sign-in", form).headers["Location"] == "/admin/"


def test_a_bulk_action_leads_back_to_the_list_as_it_was_filtered(signed_in: SignIn) -> None:
    form = {"action": "send", "rowid": "99", "operation": builders.new_operation(), "url": "/admin/invoice/?page=1"}
    answer = signed_in("staff").post_form("/admin/invoice/action/", form)
    assert answer.headers["Location"] == "/admin/invoice/?page=1"


def test_saving_after_the_sign_in_has_ended_leads_back_to_the_form(signed_in: SignIn) -> None:
    invoice, staff = builders.a_draft_invoice(), signed_in("staff")
    token = staff.csrf_token(edit(invoice))
    end_sign_ins()
    page = {"Referer": f"http://localhost{edit(invoice)}"}
    answer = staff.post(edit(invoice), data=typed() | {"csrf_token": token}, headers=page)
    form = staff.get(answer.headers["Location"]).text
    sign_in = {"email": builders.EMAILS["staff"], "password": builders.PASSWORD, "next": edit(invoice)}
    assert f'value="{edit(invoice)}"' in form
    assert staff.post_form("/admin/sign-in", sign_in).headers["Location"] == edit(invoice)


@pytest.mark.parametrize("referer", ["http://evil.example/admin/", "http://[", ""])
def test_where_another_site_came_from_is_not_kept(signed_in: SignIn, referer: str) -> None:
    staff = signed_in("staff")
    token = staff.csrf_token("/admin/contact/new/")
    end_sign_ins()
    answer = staff.post("/admin/contact/new/", data={"csrf_token": token}, headers={"Referer": referer})
    assert answer.headers["Location"] == "/admin/sign-in?next="
