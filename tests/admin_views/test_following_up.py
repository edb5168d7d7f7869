"""What the page of an invoice keeps beside its money: notes, a promise, and the way to a copy."""

import re
from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from cast import Browser
from chaos.forms import find_form
from forms import again, dialog, edit, fields, is_open, messages, page_of, why
from sqlalchemy import select

from models.base import db
from models.invoice import Invoice, new_operation
from models.organization import the_organization
from models.pay_link import pay_url
from tasks import transaction

SignIn = Callable[[str], Browser]
UUID = "0b7a1a52-6f0e-4f5b-9e0d-2f6a7c1d8e90"
PROMISE = "/admin/invoice/promise/"
SECRET = "She pays when <b>Ada</b> calls"


def press(browser: Browser, door: str, invoice: Invoice, **fields: str) -> str:
    return browser.post_form(f"/admin/invoice/{door}/", {"id": invoice.id} | fields, follow_redirects=True).text


def section(page: str, name: str) -> str:
    found = re.search(rf'<section class="panel" id="{name}".*?</section>', page, re.S)
    return found[0] if found else ""


def copies() -> list[Invoice]:
    db.session.rollback()
    return list(db.session.scalars(select(Invoice).where(Invoice.operation.is_not(None))))


def test_colleagues_read_a_note_and_customers_never_do(signed_in: SignIn, browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    press(signed_in("staff"), "note", invoice, text=SECRET)
    read = section(signed_in("viewer").get(page_of(invoice)).text, "notes")
    assert "She pays when &lt;b&gt;Ada&lt;/b&gt; calls" in read
    assert "Staff Person" in read
    assert "<form" not in read
    url = pay_url(db.session, invoice.id) or ""
    builders.come_home()
    assert "She pays when" not in browser.get(url[url.index("/pay/") :]).text


def test_an_empty_note_is_refused_in_words(signed_in: SignIn) -> None:
    assert "Write the note first." in press(signed_in("staff"), "note", builders.a_draft_invoice(), text=" ")


def test_a_promise_stands_beside_the_status_on_page_and_list(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice(), signed_in("staff")
    day = the_organization(db.session).today() + timedelta(days=3)
    press(browser, "promise", invoice, day=day.isoformat())
    for page in (page_of(invoice), "/admin/invoice/"):
        assert f"Promised for {day:%b} {day.day}" in browser.get(page).text
    with builders.in_a_while(days=5):
        assert "Promise broken" in signed_in("viewer").get(page_of(invoice)).text
    press(browser, "promise", invoice, take_away="1")
    assert "chip-promised" not in browser.get("/admin/invoice/").text


def test_the_list_narrows_to_promises_and_to_broken_ones(signed_in: SignIn) -> None:
    kept, broken, without = (builders.a_sent_invoice() for _ in range(3))
    today = the_organization(db.session).today()
    with transaction() as session:
        for invoice, day in ((kept, today), (broken, today - timedelta(days=1))):
            session.get_one(Invoice, invoice.id).promised_for = day
    browser = signed_in("viewer")
    for name, found in (("promised", kept), ("broken", broken)):
        page = browser.get(f"/admin/invoice/?flt0_{name}_is=1").text
        shown = {invoice.id for invoice in (kept, broken, without) if f'details/?id={invoice.id}"' in page}
        assert shown == {found.id}, name


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2020-01-01", "That day is over. Choose today or a later day."),
        ("9999-12-31", "That is more than two years away."),
        ("2026-W53-3", "“2026-W53-3” is not a date. Write it like 2026-11-30."),
        ("", "Choose a day."),
    ],
)
def test_a_day_that_cannot_be_promised_is_refused_beside_it_and_kept(
    signed_in: SignIn, day: str, sentence: str
) -> None:
    shown = dialog(press(signed_in("staff"), "promise", builders.a_sent_invoice(), day=day), "promise")
    assert is_open(shown)
    assert why(shown).startswith(sentence)
    assert (fields(shown)["day"], "novalidate" in shown) == (day, True)
    assert 'aria-invalid="true"' in shown.split('name="day"')[1].split(">")[0]


def test_taking_a_promise_away_twice_takes_it_away_once(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice(), signed_in("staff")
    press(browser, "promise", invoice, day=builders.today().isoformat())
    asked = dialog(browser.get(page_of(invoice)).text, "promise")
    button = re.search(r'<button [^>]*form="promise-take-away" name="(\w+)" value="(\w+)"', asked)
    form = find_form(asked.split("</form>", 1)[1], PROMISE)
    assert button
    assert form
    sent = form.fields | {button[1]: button[2]}
    for _ in range(2):
        assert "The promise is taken away." in browser.post_form(PROMISE, sent, follow_redirects=True).text
    assert again(invoice).promised_for is None


def test_an_empty_day_takes_no_promise_away(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice(), signed_in("staff")
    press(browser, "promise", invoice, day=builders.today().isoformat())
    asked = dialog(press(browser, "promise", invoice, day=""), "promise")
    assert (is_open(asked), why(asked)) == (True, "Choose a day.")
    assert again(invoice).promised_for == builders.today()


@pytest.mark.parametrize("situation", [builders.a_draft_invoice, builders.a_paid_invoice])
def test_nothing_is_promised_where_nothing_is_due(signed_in: SignIn, situation: Callable[[], Invoice]) -> None:
    assert dialog(signed_in("staff").get(page_of(situation())).text, "promise") == ""


@pytest.mark.parametrize("situation", [builders.a_draft_invoice, builders.a_sent_invoice, builders.a_paid_invoice])
def test_any_invoice_is_duplicated_once_by_one_button(signed_in: SignIn, situation: Callable[[], Invoice]) -> None:
    invoice, browser, operation = situation(), signed_in("staff"), new_operation()
    for _ in range(2):
        shown = press(browser, "duplicate", invoice, operation=operation)
        assert f"has the same content as {again(invoice).title}." in shown
    (copy,) = copies()
    assert (copy.status, copy.total, copy.contact_id) == ("Draft", 10000, invoice.contact_id)
    assert (copy.made_from_id, copy.due_date, copy.owner_id) == (None, None, builders.person("staff").id)


def test_a_form_that_has_copied_one_invoice_copies_no_other(signed_in: SignIn) -> None:
    one, other, browser, operation = builders.a_sent_invoice(), builders.a_draft_invoice(), signed_in("staff"), UUID
    press(browser, "duplicate", one, operation=operation)
    shown = press(browser, "duplicate", other, operation=operation)
    assert messages(shown) == [
        "This form has already been used for a copy of another invoice. Open the page again to make one."
    ]
    assert len(copies()) == 1


def test_a_copy_does_not_stand_in_the_way_of_billing_again(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice(), signed_in("staff")
    press(browser, "duplicate", invoice, operation=new_operation())
    press(browser, "void", invoice)
    press(browser, "bill-again", invoice)
    db.session.rollback()
    assert db.session.scalars(select(Invoice).where(Invoice.made_from_id == invoice.id)).one().is_draft


@pytest.mark.parametrize("page", ["/admin/invoice/", "details"])
def test_list_and_page_offer_the_copy_to_those_who_write(signed_in: SignIn, page: str) -> None:
    invoice = builders.a_sent_invoice()
    address = page_of(invoice) if page == "details" else page
    assert "/admin/invoice/duplicate/" in signed_in("staff").get(address).text
    assert "/admin/invoice/duplicate/" not in signed_in("viewer").get(address).text


def test_the_form_of_an_invoice_keeps_its_head_and_its_timeline(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    shown = signed_in("staff").get(edit(invoice)).text
    assert f"<h1>{invoice.number}</h1>" in shown.replace("Invoice ", "")
    assert "chip-sent" in shown
    assert "Invoice sent" in section(shown, "timeline")
    assert "Saving makes version 2" in shown


@pytest.mark.parametrize("text", ["x" * 5000, "line\n" * 300])
def test_a_long_note_is_folded_and_can_be_shown_whole(signed_in: SignIn, text: str) -> None:
    invoice, browser = builders.a_sent_invoice(), signed_in("staff")
    press(browser, "note", invoice, text="Short.")
    assert "Show all" not in section(browser.get(page_of(invoice)).text, "notes")
    press(browser, "note", invoice, text=text)
    notes = section(browser.get(page_of(invoice)).text, "notes")
    assert (notes.count("<details"), notes.count("Show all")) == (1, 1)
    assert text.strip() in notes
