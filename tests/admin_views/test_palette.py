"""What the command palette finds as one types, for whom, and how much it asks the database."""

import json
import re
from collections.abc import Callable

import builders
import pytest
from conftest import Browser
from flask import Flask
from forms import dialog, is_open
from sqlalchemy import event, true

from admin_views.palette_verbs import Verb
from models.base import db
from models.invoice import Invoice
from models.opportunity import Opportunity

SignIn = Callable[[str], Browser]


def find(browser: Browser, typed: str) -> dict[str, str]:
    """The labels that come back, and where each leads."""
    found = browser.get("/admin/palette", query_string={"q": typed}).get_json()["found"]
    return {item["label"]: item["href"] for item in found}


def page_of(noun: str, row: int, show: str = "") -> str:
    return f"/admin/{noun}/details/?id={row}" + (f"&show={show}" if show else "")


def numbered(invoice: Invoice, number: str) -> Invoice:
    invoice.number = number
    db.session.commit()
    return invoice


@pytest.mark.both_databases
def test_an_invoice_is_found_by_the_beginning_of_its_number_the_newest_first(signed_in: SignIn) -> None:
    for number in ("2025-0007", "2026-0041", "2026-0042"):
        numbered(builders.a_sent_invoice(), number)
    found = find(signed_in("viewer"), "2026-00")
    assert list(found) == ["Invoice 2026-0042", "Invoice 2026-0041"]
    assert list(find(signed_in("viewer"), "41")) == ["Invoice 2026-0041"]


def test_a_draft_is_found_by_its_number_too(signed_in: SignIn) -> None:
    draft = builders.a_draft_invoice()
    assert find(signed_in("viewer"), f"draft {draft.id}") == {draft.title: page_of("invoice", draft.id)}


@pytest.mark.both_databases
def test_contacts_and_opportunities_are_found_by_the_beginning_of_a_word(signed_in: SignIn) -> None:
    ada = builders.a_contact(name="Ada Lovelace", company="Engines")
    deal = Opportunity(name="New lovely site", contact_id=ada.id)
    db.session.add_all([deal, Opportunity(name="Glove shop")])
    db.session.commit()
    browser = signed_in("viewer")
    assert find(browser, "LOVE") == {
        "Ada Lovelace": page_of("contact", ada.id),
        "New lovely site": page_of("opportunity", deal.id),
    }
    assert list(find(browser, "engi")) == ["Ada Lovelace"]


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", ["%", "__", "2%6", "\\", "' OR 1=1 --", "\0\0", "", " ", "٣", "1" * 300])
def test_signs_that_mean_something_to_a_database_mean_themselves(signed_in: SignIn, typed: str) -> None:
    numbered(builders.a_sent_invoice(contact=builders.a_contact(name="Ada")), "2026-0041")
    assert find(signed_in("staff"), typed) == {}


def test_a_percent_sign_in_a_name_is_found(signed_in: SignIn) -> None:
    builders.a_contact(name="100% Coffee")
    assert list(find(signed_in("viewer"), "100%")) == ["100% Coffee"]


def test_what_can_be_done_with_the_one_invoice_leads_to_where_it_is_pressed(signed_in: SignIn) -> None:
    invoice = numbered(builders.a_sent_invoice(), "2026-0041")
    assert find(signed_in("staff"), "2026-0041") == {
        "Invoice 2026-0041": page_of("invoice", invoice.id),
        "Send Invoice 2026-0041": page_of("invoice", invoice.id, "send"),
        "Preview and send Invoice 2026-0041": f"/admin/invoice/send/?id={invoice.id}",
        "Copy Pay Link of Invoice 2026-0041": page_of("invoice", invoice.id, "pay-link"),
        "Remind about Invoice 2026-0041": page_of("invoice", invoice.id, "remind"),
        "Void Invoice 2026-0041": page_of("invoice", invoice.id, "void"),
    }
    assert list(find(signed_in("viewer"), "2026-0041")) == ["Invoice 2026-0041"]


def test_a_verb_that_is_typed_asks_with_which_invoice(signed_in: SignIn) -> None:
    draft = builders.a_draft_invoice(contact=builders.a_contact(name="Mara"))
    sent = builders.a_sent_invoice(contact=builders.a_contact(name="Grace"))
    builders.a_paid_invoice()
    staff = signed_in("staff")
    assert list(find(staff, "Send Invoice")) == [f"Send {sent.title}", f"Send {draft.title}"]
    assert list(find(staff, "send invoice mar")) == [f"Send {draft.title}"]
    assert list(find(staff, f"Copy Pay Link of {sent.number}")) == [f"Copy Pay Link of {sent.title}"]
    assert list(find(staff, "preview mar")) == [f"Preview and send {draft.title}"]
    assert find(signed_in("viewer"), "Send Invoice") == {}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("send 2026-0041", "Send Invoice 2026-0041"),
        ("SEND 41", "Send Invoice 2026-0041"),
        ("email 2026-0041", "Send Invoice 2026-0041"),
        ("copy pay link 2026-0041", "Copy Pay Link of Invoice 2026-0041"),
        ("Pay link of 2026-0041", "Copy Pay Link of Invoice 2026-0041"),
        ("remind 2026-0041", "Remind about Invoice 2026-0041"),
        ("Void Grace", "Void Invoice 2026-0041"),
    ],
)
def test_a_short_form_of_a_verb_with_an_invoice_behind_it_is_the_verb(
    signed_in: SignIn, typed: str, label: str
) -> None:
    numbered(builders.a_sent_invoice(contact=builders.a_contact(name="Grace Hopper")), "2026-0041")
    assert list(find(signed_in("staff"), typed)) == [label]
    assert label not in find(signed_in("viewer"), typed)


def test_the_very_number_that_is_typed_comes_before_one_that_only_begins_so(signed_in: SignIn) -> None:
    for number in ("2026-1004", "2026-10041"):
        numbered(builders.a_sent_invoice(), number)
    staff = signed_in("staff")
    assert list(find(staff, "send 2026-1004")) == ["Send Invoice 2026-1004", "Send Invoice 2026-10041"]
    assert next(iter(find(staff, "2026-1004"))) == "Invoice 2026-1004"


@pytest.mark.parametrize(("beside", "is_found"), [("foo bar", False), ("invoice gra", True), ("foo grace", False)])
def test_an_invoice_is_offered_only_for_what_fits_it(signed_in: SignIn, beside: str, is_found: bool) -> None:
    numbered(builders.a_sent_invoice(contact=builders.a_contact(name="Grace Hopper")), "2026-0041")
    staff = signed_in("staff")
    assert ("Invoice 2026-0041" in find(staff, f"{beside} 2026-0041")) is is_found
    assert ("Void Invoice 2026-0041" in find(staff, f"void {beside} 41")) is is_found


def test_a_verb_that_does_not_fit_leads_to_the_invoice_which_says_why(signed_in: SignIn) -> None:
    paid = numbered(builders.a_paid_invoice(), "2026-0041")
    staff = signed_in("staff")
    assert next(iter(find(staff, "void 2026-0041"))) == paid.title
    assert list(find(staff, "refund 2026-0041")) == ["Issue refund of Invoice 2026-0041"]


def test_a_name_that_begins_like_a_verb_is_found_all_the_same(signed_in: SignIn) -> None:
    builders.a_contact(name="Void Where Prohibited")
    builders.a_contact(name="Refund")
    staff = signed_in("staff")
    assert list(find(staff, "void where")) == ["Void Where Prohibited"]
    assert list(find(staff, "refund")) == ["Refund"]


def test_what_is_paid_is_neither_sent_nor_linked_to(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    assert list(find(signed_in("staff"), str(invoice.number))) == [invoice.title, f"Issue refund of {invoice.title}"]


def offered_here(browser: Browser, page: str) -> list[str]:
    """What the palette of this page offers to do with what the page is about."""
    items = re.search(r'id="palette-items"[^>]*>(.*?)</script>', browser.get(page).text, re.S)
    assert items
    return [item["label"] for item in json.loads(items[1]) if item.get("here")]


def test_on_an_invoice_s_page_its_verbs_are_offered_before_anything_is_typed(signed_in: SignIn) -> None:
    sent, paid = builders.a_sent_invoice(), builders.a_paid_invoice()
    staff = signed_in("staff")
    verbs = ("Send", "Preview and send", "Copy Pay Link of", "Remind about", "Void")
    assert offered_here(staff, page_of("invoice", sent.id)) == [f"{verb} {sent.title}" for verb in verbs]
    assert offered_here(staff, page_of("invoice", paid.id)) == [f"Issue refund of {paid.title}"]
    assert offered_here(signed_in("viewer"), page_of("invoice", sent.id)) == []
    assert offered_here(staff, f"/admin/payment/details/?id={sent.id}") == []


@pytest.mark.parametrize(("show", "asks"), [("void", "Void invoice of $100.00"), ("remind", "Remind about $100.00")])
def test_each_verb_asks_on_the_page_it_leads_to(signed_in: SignIn, show: str, asks: str) -> None:
    builders.connected()
    page = page_of("invoice", builders.a_sent_invoice().id, show)
    asked = dialog(signed_in("staff").get(page).text, show)
    assert is_open(asked)
    assert asks in asked
    assert dialog(signed_in("viewer").get(page).text, show) == ""


def test_the_palette_answers_nobody_who_is_not_signed_in(browser: Browser) -> None:
    answer = browser.get("/admin/palette?q=2026")
    assert (answer.status_code, answer.get_json()) == (401, {"error": "Please sign in."})


def test_more_rows_take_no_more_queries(app: Flask, signed_in: SignIn) -> None:
    seen: list[str] = []
    browser = signed_in("staff")

    def asked() -> int:
        seen.clear()
        assert find(browser, "grace 1")
        return len(seen)

    builders.a_sent_invoice(contact=builders.a_contact(name="Grace 1"))
    event.listen(db.engine, "before_cursor_execute", note := lambda *about: seen.append(about[2]))
    few = asked()
    for amount in ("1.00", "2.00", "3.00", "4.00"):
        builders.a_sent_invoice(amount, contact=builders.a_contact(name=f"Grace 1 of {amount}"))
    assert asked() == few
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("Große Rechnung senden Straße 7", "Straße 7"),
        ("grosse rechnung SENDEN Straße 7", "Straße 7"),
        ("GROSSE RECHNUNG SENDEN", ""),
        ("Große Rechnung", None),
        ("Große Rechnung sendenStraße", None),
    ],
)
def test_what_is_typed_behind_a_verb_is_whole_where_letters_change_with_their_case(
    app: Flask, typed: str, rest: str | None
) -> None:
    assert Verb("Große Rechnung senden", "", "", "", "übermitteln", true()).after(typed) == rest
