"""Writing a draft: what is taken, what is refused, and that nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import builders
import pytest
from conftest import Browser
from forms import save, typed
from sqlalchemy import select

from admin_views.invoices import Invoices
from models.activity import AuditEntry
from models.base import db
from models.invoice import Invoice, new_operation
from models.opportunity import Opportunity
from models.organization import the_organization
from tasks import invoices as verbs
from tasks import transaction

SignIn = Callable[[str], Browser]
NEW = "/admin/invoice/new/"


def the_draft() -> Invoice:
    db.session.rollback()
    return db.session.scalars(select(Invoice)).one()


def none_is_saved() -> bool:
    db.session.rollback()
    return db.session.scalars(select(Invoice.id)).first() is None


@pytest.mark.both_databases
def test_a_draft_is_saved_with_its_lines_and_totals(signed_in: SignIn) -> None:
    tax = {"tax_name": "Sales tax", "tax": "8.875"}
    lines = ({"price": "40.00"} | tax, {"quantity": "3", "price": "5.00", "discount": "10"} | tax, {"price": "6.22"})
    contact, due = builders.a_contact(), builders.today() + timedelta(days=27)
    form = typed(*lines, contact_id=str(contact.id), due_date=f"{due}", po_number="PO-7781", partial_payments="y")
    answer = signed_in("staff").post_form(NEW, form)
    draft = the_draft()
    assert answer.headers["Location"].endswith(f"/admin/invoice/details/?id={draft.id}")
    assert (draft.total, draft.contact_id, draft.due_date) == (6447, contact.id, due)
    assert (draft.owner, draft.po_number, draft.partial_payments) == (builders.person("staff"), "PO-7781", True)
    assert [line.amount for line in draft.lines] == [4000, 1350, 622]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"price": "19.999"}, "USD has 2 decimals"),
        ({"price": "1e9"}, "is not an amount"),
        ({"price": "１２"}, "is not an amount"),
        ({"price": "-5"}, "is not an amount"),
        ({"price": "1,000.00"}, "is not an amount"),
        ({"price": ""}, "is not an amount"),
        ({"price": "0"}, "must be above zero"),
        ({"discount": "100"}, "must be above zero"),
        ({"price": "999999999999"}, "too large"),
        ({"quantity": "0"}, "is not a quantity"),
        ({"quantity": "-1"}, "is not a quantity"),
        ({"quantity": "1.2345"}, "is not a quantity"),
        ({"discount": "101"}, "is not a percentage"),
        ({"tax": "abc"}, "is not a percentage"),
        ({"description": ""}, "Say what this line is for"),
        ({"description": "", "price": ""}, "Add at least one line"),
    ],
)
def test_a_line_that_cannot_be_is_refused_beside_its_field(
    signed_in: SignIn, line: dict[str, str], sentence: str
) -> None:
    if line.get("price") == "999999999999":
        line = line | {"quantity": "999999"}
    answer = signed_in("staff").post_form(NEW, typed(line, notes="Typed with care"))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Typed with care" in answer.text
    for part, text in line.items():
        assert not text or f'-{part}" value="{text}"' in answer.text
    assert none_is_saved()


@pytest.mark.parametrize("currency", ["XXQ", "XXX", "XAU", "", "usd", "$"])
def test_an_unknown_currency_is_refused(signed_in: SignIn, currency: str) -> None:
    answer = signed_in("staff").post_form(NEW, typed(currency=currency))
    assert answer.status_code == 400
    assert "error-text" in answer.text
    assert none_is_saved()


def test_yen_have_no_decimals_and_dinars_three(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    assert "JPY has no decimals" in browser.post_form(NEW, typed({"price": "1.5"}, currency="JPY")).text
    browser.post_form(NEW, typed({"price": "1.250"}, currency="KWD"))
    assert the_draft().total == 1250


def test_fields_that_the_form_does_not_have_have_no_effect(signed_in: SignIn) -> None:
    forged = {"status": "Paid", "captured": "4000", "number": "2026-9999", "total": "1", "issued_at": "2026-01-01"}
    signed_in("staff").post_form(NEW, typed(**forged, owner_id="1", prices_gross="y"))
    draft = the_draft()
    assert (draft.status, draft.captured, draft.number, draft.total) == ("Draft", 0, None, 4000)
    assert (draft.issued_at, draft.prices_gross) == (None, False)


def test_prices_are_net_or_gross_as_the_organization_has_it_at_creation(signed_in: SignIn) -> None:
    with transaction() as session:
        the_organization(session).prices_gross = True
    signed_in("staff").post_form(NEW, typed({"price": "119.00", "tax": "19"}))
    assert (the_draft().prices_gross, the_draft().total, the_draft().totals().net) == (True, 11900, 10000)


def test_an_opportunity_brings_its_contact_and_currency(signed_in: SignIn) -> None:
    contact = builders.a_contact()
    with transaction() as session:
        session.add(Opportunity(name="Relaunch", contact_id=contact.id, currency="EUR"))
    shown = signed_in("staff").get(f"{NEW}?opportunity=1").text
    assert '<option selected value="1">Relaunch</option>' in shown
    assert re.search(f'<option [^>]*selected value="{contact.id}">Grace Hopper</option>', shown)
    assert 'data-currency="EUR"' in shown


def test_a_draft_is_rewritten_and_the_audit_log_knows(signed_in: SignIn) -> None:
    draft = builders.a_draft_invoice("100.00")
    signed_in("staff").post_form(f"/admin/invoice/edit/?id={draft.id}", typed({"price": "55.00"}, edits="1"))
    assert (the_draft().total, len(the_draft().lines)) == (5500, 1)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice.edit")).one()
    assert entry.before
    assert entry.after
    assert (entry.before["total"], entry.after["total"]) == (10000, 5500)
    assert entry.before["lines"][0]["unit_price"] == 10000


@pytest.mark.both_databases
def test_a_save_that_meets_an_invoice_issued_meanwhile_changes_nothing(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.connected()
    draft, browser, save = builders.a_draft_invoice("100.00"), signed_in("staff"), Invoices.update_model

    def send_first(view: Invoices, form: Any, model: Invoice) -> bool:
        verbs.send_invoice(model.id, builders.person("staff"), new_operation())
        return save(view, form, model)

    monkeypatch.setattr(Invoices, "update_model", send_first)
    answer = browser.post_form(f"/admin/invoice/edit/?id={draft.id}", typed({"price": "1.00"}, edits="1"))
    assert "Staff Person issued this invoice on" in answer.text
    assert (the_draft().total, the_draft().status, the_draft().version) == (10000, "Issued", 1)


def test_a_viewer_cannot_write(signed_in: SignIn) -> None:
    draft, browser = builders.a_draft_invoice(), signed_in("viewer")
    assert browser.get(NEW).status_code == 403
    assert browser.post_form(NEW, typed()).status_code == 403
    assert browser.post_form(f"/admin/invoice/edit/?id={draft.id}", typed()).status_code == 403


def test_a_form_read_back_says_what_was_written(signed_in: SignIn) -> None:
    browser = signed_in("staff")
    browser.post_form(NEW, typed({"quantity": "2.500", "discount": "12.5", "tax": "20", "tax_name": "VAT"}))
    shown = browser.get(f"/admin/invoice/edit/?id={the_draft().id}").text
    for part, text in {"quantity": "2.5", "price": "40.00", "discount": "12.5", "tax": "20", "tax_name": "VAT"}.items():
        assert f'name="lines-0-{part}" value="{text}"' in shown


def test_a_draft_whose_own_due_date_is_over_is_saved_with_it_and_with_no_other(signed_in: SignIn) -> None:
    browser, yesterday = signed_in("staff"), builders.today() - timedelta(days=1)
    draft = builders.a_draft_invoice(due_date=yesterday)
    kept = {"due_days": "date", "due_date": f"{yesterday}", "po_number": "PO-7781"}
    assert save(browser, draft, "40.00", **kept).status_code == 302
    assert (the_draft().po_number, the_draft().due_date) == ("PO-7781", yesterday)
    earlier = {"due_days": "date", "due_date": f"{yesterday - timedelta(days=1)}"}
    assert "before it is issued" in save(browser, draft, "40.00", **earlier).text
