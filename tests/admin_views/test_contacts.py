"""Contacts in the panel."""

import re
from collections.abc import Callable

import builders
import pytest
from conftest import Browser
from forms import steps
from sqlalchemy import select

from models.base import db
from models.contact import Contact

SignIn = Callable[[str], Browser]
NEW = "/admin/contact/new/"


def test_a_contact_is_written_and_found(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    shown = browser.post_form(NEW, {"name": "Ada", "email": " Ada@Example.com "}, follow_redirects=True).text
    assert "Ada is saved." in shown
    assert "Ada@example.com" in browser.get("/admin/contact/?search=ada").text


@pytest.mark.parametrize("email", ["a@example.com, b@example.com", "a@example.com b@example.com", "nobody", "a@b@c.de"])
def test_what_is_not_one_address_is_refused_and_kept_in_the_form(signed_in: SignIn, email: str) -> None:
    answer = signed_in("staff").post_form(NEW, {"name": "Ada", "email": email})
    assert answer.status_code == 400
    assert "is not one email address" in answer.text
    assert f'value="{email}"' in answer.text
    db.session.rollback()
    assert db.session.scalars(select(Contact)).first() is None


@pytest.mark.parametrize("field", ["email", "cc_addresses"])
def test_an_address_that_mail_servers_do_not_take_is_refused_beside_its_field(signed_in: SignIn, field: str) -> None:
    staff, contact = signed_in("staff"), {"name": "Ada", "email": "ada@example.com"}
    shown = staff.post_form(NEW, contact | {field: "évil@exämple.com"}).text
    said = "Mail servers do not pass on letters such as those of évil@exämple.com."
    assert f'<div class="error-text">{said}</div>' in shown
    assert "Ada is saved." in staff.post_form(NEW, contact | {field: "grace@exämple.com"}, follow_redirects=True).text


@pytest.mark.parametrize("name", [" ", "\u200b", "\u3164 \u2060"])
def test_a_contact_needs_a_name(signed_in: SignIn, name: str) -> None:
    assert "A contact needs a name." in signed_in("staff").post_form(NEW, {"name": name}).text


def test_a_name_from_the_other_direction_turns_nothing_of_the_sentence_around_it(signed_in: SignIn) -> None:
    shown = signed_in("staff").post_form(NEW, {"name": "\u202e\u05d3\u05e0\u05d4 (1)"}, follow_redirects=True).text
    assert "\u2068\u05d3\u05e0\u05d4 (1)\u2069 is saved." in shown
    assert "\u202e" not in shown


def test_the_page_has_the_invoices_and_what_they_add_up_to(signed_in: SignIn) -> None:
    contact = builders.a_contact(name="Mara")
    builders.a_paid_invoice("64.47", contact=contact)
    builders.a_sent_invoice("10.00", contact=contact)
    builders.a_draft_invoice("999.00", contact=contact)
    shown = signed_in("viewer").get(f"/admin/contact/details/?id={contact.id}").text
    for figure in ("$74.47", "$64.47", "$10.00", "chip-paid", "chip-sent", "chip-draft"):
        assert figure in shown
    assert "New invoice" not in shown


def test_names_are_text_and_never_markup(signed_in: SignIn) -> None:
    contact = builders.a_contact(name="<script>alert(1)</script>", address="<b>x</b>")
    builders.a_draft_invoice(contact=contact)
    for path in ("contact/", f"contact/details/?id={contact.id}", "invoice/", "invoice/details/?id=1"):
        assert "<script>alert" not in signed_in("staff").get(f"/admin/{path}").text


def test_a_viewer_reads_and_does_not_write(signed_in: SignIn) -> None:
    contact, browser = builders.a_contact(), signed_in("viewer")
    assert browser.get(f"/admin/contact/edit/?id={contact.id}").status_code == 403
    assert browser.post_form(NEW, {"name": "Eve"}).status_code == 403


def test_who_has_saved_a_contact_is_offered_an_invoice_for_it(signed_in: SignIn) -> None:
    shown = signed_in("staff").post_form(NEW, {"name": "Ada", "email": "ada@example.com"}, follow_redirects=True).text
    db.session.rollback()
    ada = db.session.scalars(select(Contact)).one()
    assert steps(shown) == {"New invoice": f"/admin/invoice/new/?contact={ada.id}"}


def test_the_form_says_what_a_contacts_language_is_for_and_what_happens_without_one(signed_in: SignIn) -> None:
    contact = builders.a_contact(language=None)
    form = signed_in("staff").get(f"/admin/contact/edit/?id={contact.id}").text
    assert re.search(r'<option selected value="">As their browser says</option>', form)
    assert "Where none is chosen, pages follow their browser" in form
    assert "As their browser says" in signed_in("viewer").get(f"/admin/contact/details/?id={contact.id}").text
