"""Opportunities in the panel."""

from collections.abc import Callable

import builders
from cast import Browser, Cast
from sqlalchemy import select

from models.base import db
from models.opportunity import Opportunity
from tasks import people

SignIn = Callable[[str], Browser]
NEW = "/admin/opportunity/new/"


def the_opportunity() -> Opportunity:
    db.session.rollback()
    return db.session.scalars(select(Opportunity)).one()


def written(browser: Browser, **fields: str) -> str:
    form = {"name": "Relaunch", "contact_id": "", "stage": "Won", "currency": "USD", "amount": ""} | fields
    return browser.post_form(NEW, form, follow_redirects=True).text


def test_an_opportunity_is_written_and_belongs_to_who_wrote_it(signed_in: SignIn) -> None:
    contact = builders.a_contact()
    shown = written(signed_in("staff"), contact_id=str(contact.id), amount="12000.50")
    assert "$12,000.50" in shown
    assert (the_opportunity().amount, the_opportunity().owner) == (1200050, builders.person("staff"))


def test_its_page_lists_its_invoices_and_offers_a_new_one(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    written(browser)
    invoice = builders.a_sent_invoice("80.00", opportunity_id=the_opportunity().id)
    shown = browser.get(f"/admin/opportunity/details/?id={the_opportunity().id}").text
    assert invoice.number
    assert invoice.number in shown
    assert "chip-sent" in shown
    assert f"/admin/invoice/new/?opportunity={the_opportunity().id}" in shown


def test_a_bad_amount_is_refused_in_the_currency_that_was_chosen(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    assert "JPY has no decimals" in written(browser, currency="JPY", amount="1.50")
    assert "is not an amount" in written(browser, amount="1e9")
    assert db.session.scalars(select(Opportunity)).first() is None


def test_the_form_shows_the_amount_as_it_was_written(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    written(browser, currency="JPY", amount="150")
    assert 'value="150"' in browser.get(f"/admin/opportunity/edit/?id={the_opportunity().id}").text


def test_an_owner_who_cannot_sign_in_any_more_stays_when_it_is_edited(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in("staff")
    written(browser, owner_id=str(cast.finance.id))
    people.disable(cast.finance.id, cast.admin)
    page = browser.get(f"/admin/opportunity/edit/?id={the_opportunity().id}").text
    assert f'<option selected value="{cast.finance.id}">Finance Person</option>' in page
