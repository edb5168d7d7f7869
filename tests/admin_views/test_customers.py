"""What a contact owes and has paid, and what is left to bill of an opportunity."""

import re
from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from cast import Browser, Cast
from forms import page_of
from sqlalchemy import select

from models.balance import left_to_bill, owed_by
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.money import Money
from models.opportunity import Opportunity
from models.organization import the_organization
from models.paying_habits import paying_habits
from tasks import transaction
from tasks.invoices import void_invoice

SignIn = Callable[[str], Browser]


def page(contact: Contact) -> str:
    return f"/admin/contact/details/?id={contact.id}"


def an_opportunity(amount: int = 100000, currency: str = "USD", **fields: object) -> Opportunity:
    with transaction() as session:
        opportunity = Opportunity(**{"name": "Relaunch", "amount": amount, "currency": currency} | fields)
        session.add(opportunity)
    return opportunity


def due(invoice: Invoice, days: int) -> None:
    """Let its due date be so many days from today."""
    with transaction() as session:
        session.get_one(Invoice, invoice.id).due_date = builders.today() + timedelta(days=days)


def first_line(browser: Browser, opportunity: Opportunity) -> tuple[str, str]:
    shown = browser.get(f"/admin/invoice/new/?opportunity={opportunity.id}").text
    parts = (re.search(rf'name="lines-0-{part}" value="([^"]*)"', shown) for part in ("description", "price"))
    description, price = (found[1] if found else "?" for found in parts)
    return description, price


@pytest.mark.both_databases
def test_the_list_says_what_each_contact_owes_in_each_currency(app: object) -> None:
    ada, eve = builders.a_contact(name="Ada"), builders.a_contact(name="Eve")
    builders.a_sent_invoice("64.47", contact=ada)
    builders.a_sent_invoice("10.00", contact=ada)
    builders.a_sent_invoice("1500", currency="JPY", contact=ada)
    builders.a_draft_invoice("999.00", contact=eve)
    assert owed_by(db.session, [ada.id, eve.id]) == {ada.id: [Money(1500, "JPY"), Money(7447, "USD")]}


def test_the_list_is_narrowed_to_who_owes(signed_in: SignIn) -> None:
    builders.a_sent_invoice("64.47", contact=builders.a_contact(name="Ada Owing"))
    builders.a_paid_invoice(contact=builders.a_contact(name="Eve Settled"))
    viewer = signed_in("viewer")
    everybody, owing = (viewer.get(f"/admin/contact/{how}").text for how in ("", "?flt0_balance_is=open"))
    assert ("$64.47" in everybody, "Eve Settled" in everybody) == (True, True)
    assert ("Ada Owing" in owing, "Eve Settled" in owing) == (True, False)


def test_the_page_says_what_was_paid_and_when(signed_in: SignIn) -> None:
    contact = builders.a_contact()
    paid = builders.a_paid_invoice("64.47", contact=contact)
    builders.a_paid_invoice("10.00", contact=builders.a_contact(name="Somebody else"))
    shown = signed_in("viewer").get(page(contact)).text
    payments = shown[shown.index('id="payments"') : shown.index('id="opportunities"')]
    assert paid.number
    for words in ("$64.47", paid.number, "Last paid", "Pays 14 days before the due date on average."):
        assert words in payments
    assert "$10.00" not in payments


@pytest.mark.both_databases
def test_how_late_a_contact_pays_is_the_average_of_what_it_has_paid_in_full(app: object) -> None:
    contact = builders.a_contact()
    for days in (-10, -4):
        due(builders.a_paid_invoice(contact=contact), days)
    due(builders.a_partly_paid_invoice(contact=contact), -90)
    habits = paying_habits(db.session, contact.id, the_organization(db.session))
    assert habits.days_late == 7
    nobody = paying_habits(db.session, builders.a_contact().id, the_organization(db.session))
    assert (nobody.last_paid, nobody.days_late) == (None, None)


@pytest.mark.parametrize(("currency", "amount", "price"), [("USD", 100000, "1000.00"), ("JPY", 1500, "1500")])
def test_an_invoice_begins_with_what_an_opportunity_is_worth(
    signed_in: SignIn, currency: str, amount: int, price: str
) -> None:
    assert first_line(signed_in("staff"), an_opportunity(amount, currency)) == ("Relaunch", price)


@pytest.mark.both_databases
def test_what_was_billed_already_is_not_billed_again(signed_in: SignIn, cast: Cast) -> None:
    browser, opportunity = signed_in("staff"), an_opportunity()
    builders.a_sent_invoice("300.00", opportunity_id=opportunity.id)
    builders.a_draft_invoice("100.00", opportunity_id=opportunity.id)
    builders.a_draft_invoice("100.00", currency="EUR", opportunity_id=opportunity.id)
    void = builders.a_sent_invoice("50.00", opportunity_id=opportunity.id)
    void_invoice(void.id, cast.staff)
    assert first_line(browser, opportunity) == ("Relaunch", "600.00")
    assert "$600.00 not billed yet" in browser.get(f"/admin/opportunity/details/?id={opportunity.id}").text
    builders.a_draft_invoice("900.00", opportunity_id=opportunity.id)
    assert left_to_bill(db.session, opportunity) == Money(0, "USD")
    assert first_line(browser, opportunity) == ("", "")


def test_a_name_of_an_opportunity_is_text_in_the_line(signed_in: SignIn) -> None:
    opportunity = an_opportunity(name='"><script>alert(1)</script>')
    shown = signed_in("staff").get(f"/admin/invoice/new/?opportunity={opportunity.id}").text
    assert "<script>alert" not in shown


def test_opportunities_are_narrowed_to_a_stage_and_to_ones_own(signed_in: SignIn, cast: Cast) -> None:
    an_opportunity(name="Mine and won", owner_id=cast.staff.id, stage="Won")
    an_opportunity(name="Theirs and lost", owner_id=cast.finance.id, stage="Lost")
    browser = signed_in("staff")
    for narrowed in ("flt0_stage_is=Won", f"flt0_owner_is={cast.staff.id}"):
        shown = browser.get(f"/admin/opportunity/?{narrowed}").text
        assert ("Mine and won" in shown, "Theirs and lost" in shown) == (True, False)
    assert f"flt0_owner_is={cast.staff.id}" in browser.get("/admin/opportunity/").text


def test_whose_opportunities_are_shown_is_said_once(signed_in: SignIn, cast: Cast) -> None:
    opportunity, browser = an_opportunity(owner_id=cast.finance.id), signed_in("staff")
    theirs = f"/admin/opportunity/?flt0_owner_is={cast.finance.id}"
    assert f'href="{theirs}"' in browser.get(f"/admin/opportunity/details/?id={opportunity.id}").text
    assert f'aria-label="Take away: Owner: {cast.finance}"' in browser.get(theirs).text
    assert "Take away: " not in browser.get(f"/admin/opportunity/?flt0_owner_is={cast.staff.id}").text


def test_an_opportunity_is_given_to_a_colleague_in_its_form(signed_in: SignIn, cast: Cast) -> None:
    opportunity, browser = an_opportunity(owner_id=cast.staff.id), signed_in("staff")
    form = {"name": "Relaunch", "contact_id": "", "stage": "Won", "currency": "USD", "amount": ""}
    path = f"/admin/opportunity/edit/?id={opportunity.id}"
    browser.post_form(path, form | {"owner_id": cast.finance.id})
    db.session.rollback()
    assert db.session.scalars(select(Opportunity.owner_id)).one() == cast.finance.id


def test_a_long_list_of_payments_says_what_it_leaves_out(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = builders.a_contact()
    for _ in range(2):
        invoice = builders.a_paid_invoice("5.00", contact=contact)
    monkeypatch.setattr("admin_views.contacts.MOST_PAYMENTS", 1)
    viewer = signed_in("viewer")
    shown = viewer.get(page(contact)).text
    assert "… and 1 earlier" in shown
    assert viewer.get(f"/admin/payment/?flt0_contact_is={contact.id}").text.count("$5.00") >= 2
    assert viewer.get(page_of(invoice)).status_code == 200
