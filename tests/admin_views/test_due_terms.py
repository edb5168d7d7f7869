"""When an invoice is due: by its own term, its contact's or the organization's, or on a date of its own."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import builders
import pytest
from cast import Browser
from chaos.forms import find_form
from forms import HABITS, NEW_CONTACT, NEW_INVOICE, again, as_shown, edit, errors, save, the_invoice, typed

from models.base import db
from models.contact import Contact
from models.invoice import Invoice, new_operation
from models.refusal import Refused
from tasks import transaction
from tasks.invoices import send_invoice
from tasks.revisions import bill_again, revise_invoice

SignIn = Callable[[str], Browser]


def in_days(days: int) -> str:
    return (builders.today() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("invoice", "contact", "days"), [(None, None, 14), (None, 30, 30), (7, 30, 7), (0, 30, 0), (None, 0, 0)]
)
def test_a_term_is_the_invoices_then_the_contacts_then_the_organizations(
    app: Any, invoice: int | None, contact: int | None, days: int
) -> None:
    sent = builders.a_sent_invoice(contact=builders.a_contact(due_days=contact), due_days=invoice)
    assert (sent.due_date, sent.due_days) == (builders.today() + timedelta(days=days), days)


@pytest.mark.parametrize("situation", [builders.a_draft_invoice, builders.a_sent_invoice])
def test_due_on_receipt_stays_when_an_invoice_is_opened_and_saved(
    signed_in: SignIn, situation: Callable[..., Invoice]
) -> None:
    browser, invoice = signed_in("staff"), situation(due_days=0)
    shown = find_form(browser.get(edit(invoice)).text, "due_days")
    assert shown
    assert browser.post_form(edit(invoice), shown.fields | {"po_number": "PO-7"}).status_code == 302
    assert (again(invoice).po_number, again(invoice).due_days) == ("PO-7", 0)


def test_due_on_receipt_stays_when_a_contact_is_opened_and_saved(signed_in: SignIn) -> None:
    browser, contact = signed_in("staff"), builders.a_contact(due_days=0)
    address = f"/admin/contact/edit/?id={contact.id}"
    shown = find_form(browser.get(address).text, "due_days")
    assert shown
    assert browser.post_form(address, shown.fields | {"company": "Hopper"}).status_code == 302
    db.session.rollback()
    kept = db.session.get_one(Contact, contact.id, populate_existing=True)
    assert (kept.company, kept.due_days) == ("Hopper", 0)


def test_a_draft_is_due_by_a_term_or_on_a_date_of_its_own(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    as_shown(browser, due_days="60")
    assert (the_invoice().due_days, the_invoice().due_date) == (60, None)
    as_shown(browser, due_days="date", due_date=in_days(70))
    assert (the_invoice().due_days, the_invoice().due_date) == (None, builders.today() + timedelta(days=70))
    assert '<option selected value="date">' in browser.get(edit(the_invoice())).text


@pytest.mark.parametrize(
    ("term", "day", "sentence"),
    [
        ("date", "", "Choose the day"),
        ("30", "2027-01-31", "either a term or a date"),
        ("date", "2026-W53-3", "“2026-W53-3” is not a date. Write it like 2026-11-30."),
        ("date", "tomorrow", "“tomorrow” is not a date. Write it like 2026-11-30."),
    ],
)
def test_a_term_that_says_nothing_or_two_things_is_refused(
    signed_in: SignIn, term: str, day: str, sentence: str
) -> None:
    answer = as_shown(signed_in("staff"), due_days=term, due_date=day)
    assert (answer.status_code, [sentence in said for said in errors(answer.text)]) == (400, [True])


@pytest.mark.parametrize("days", ["366", "-1", "1e3", "abc", "１", "9" * 30])
@pytest.mark.parametrize("door", [NEW_CONTACT, NEW_INVOICE])
def test_days_that_are_no_term_are_refused_and_never_dropped(signed_in: SignIn, door: str, days: str) -> None:
    form = HABITS if door == NEW_CONTACT else typed()
    answer = signed_in("staff").post_form(door, form | {"due_days": days})
    assert errors(answer.text) == [f"“{days[:20]}” is not a number of days from 0 to 365."]
    assert answer.status_code == 400


def test_an_invoice_is_due_between_its_issue_and_ten_years_later(signed_in: SignIn) -> None:
    browser, draft = signed_in("staff"), builders.a_draft_invoice()
    for days, sentence in ((-1, "before it is issued"), (3654, "more than ten years after it is issued")):
        answer = save(browser, draft, "100.00", due_days="date", due_date=in_days(days))
        assert (answer.status_code, len(found := errors(answer.text)), sentence in found[0]) == (400, 1, True)
        assert f'value="{in_days(days)}"' in answer.text
    for days in (0, 3653):
        save(browser, draft, "100.00", due_days="date", due_date=in_days(days))
        assert the_invoice().due_date == builders.today() + timedelta(days=days)


def test_a_draft_whose_due_date_is_over_is_not_sent(app: Any, cast: Any) -> None:
    builders.connected()
    draft = builders.a_draft_invoice(due_date=builders.today())
    with builders.in_a_while(days=2), pytest.raises(Refused, match=r"before it is issued\. Choose .* or a later day\."):
        send_invoice(draft.id, cast.staff, new_operation())
    assert (the_invoice().number, the_invoice().issued_at) == (None, None)


def test_a_new_version_is_not_due_before_the_issue_but_may_keep_an_odd_day(signed_in: SignIn, cast: Any) -> None:
    browser, invoice = signed_in("staff"), builders.a_sent_invoice()
    long_ago = date(1, 1, 1)
    with pytest.raises(Refused, match="before it is issued"):
        revise_invoice(invoice.id, cast.staff, {"due_date": long_ago})
    with transaction() as session:
        kept = session.get_one(Invoice, invoice.id)
        kept.due_days, kept.due_date = None, long_ago
    save(browser, invoice, "80.00", due_days="date", due_date=long_ago.isoformat())
    assert (the_invoice().version, the_invoice().due_date) == (2, long_ago)


@pytest.mark.both_databases
def test_the_next_version_counts_a_new_term_from_the_day_of_issue(signed_in: SignIn) -> None:
    browser, invoice = signed_in("staff"), builders.a_sent_invoice(due_days=30)
    seen = again(invoice).edits
    for _ in range(2):
        save(browser, invoice, "100.00", due_days="60", edits=seen)
    kept = the_invoice()
    assert (kept.version, kept.due_days, kept.due_date) == (2, 60, builders.today() + timedelta(days=60))
    save(browser, invoice, "100.00", due_days="date", due_date=in_days(90))
    assert (the_invoice().version, the_invoice().due_days) == (3, None)
    assert the_invoice().due_date == builders.today() + timedelta(days=90)


def test_billing_again_keeps_the_term_and_not_the_date(app: Any, cast: Any) -> None:
    invoice = builders.a_sent_invoice(due_days=7)
    builders.invoices.void_invoice(invoice.id, cast.staff)
    draft = db.session.get_one(Invoice, bill_again(invoice.id, cast.staff))
    assert (draft.due_days, draft.due_date) == (7, None)
