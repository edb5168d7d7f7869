"""The same form makes the next version of an issued invoice; two people at one form lose nothing."""

import re
from collections.abc import Callable
from typing import Any

import builders
import pytest
from builders import Money
from conftest import Browser
from forms import again, edit, page_of, save
from sqlalchemy import event, select

from models.base import db
from models.invoice import Invoice, new_operation
from sandbox.world import World
from tasks import invoices as verbs
from tasks import messages, pay_links, revisions
from tasks.checkouts import open_checkout

SignIn = Callable[[str], Browser]


def shown_edits(page: str) -> str:
    found = re.search(r'name="edits" value="(\d+)"', page)
    assert found
    return found[1]


def revised(invoice: Invoice, amount: str = "80.00") -> None:
    line = invoice.lines[0].again()
    line.unit_price = Money.parse(amount, "USD").amount
    revisions.revise_invoice(invoice.id, builders.person("finance"), {"lines": [line]})


@pytest.mark.both_databases
def test_the_form_of_a_sent_invoice_makes_its_next_version(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice("100.00"), signed_in("staff")
    form = browser.get(edit(invoice)).text
    assert "Save new version" in form
    assert "Saving makes version 2." in form
    answer = save(browser, invoice, "80.00")
    assert answer.headers["Location"].endswith(page_of(invoice))
    assert (again(invoice).version, invoice.total, invoice.status) == (2, 8000, "Sent")


def test_the_page_hints_to_send_it_again_until_it_was(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice("100.00"), signed_in("staff")
    save(browser, invoice, "80.00")
    shown = browser.get(page_of(invoice)).text
    assert "The customer was last sent version 1." in shown
    assert "the customer was last sent version 1, not version 2" in shown
    messages.deliver(verbs.send_invoice(invoice.id, builders.person("staff"), new_operation()))
    assert "was last sent version" not in browser.get(page_of(invoice)).text


def test_the_page_lists_versions_with_who_and_total_and_shows_an_old_one(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice("100.00", notes="As agreed"), signed_in("viewer")
    assert "versions-title" not in browser.get(page_of(invoice)).text
    revised(invoice)
    shown = browser.get(page_of(invoice)).text
    assert re.findall(r'data-label="By">([^<]*)<', shown) == ["Finance Person", "Staff Person"]
    old = browser.get(f"/admin/invoice/version/?id={invoice.id}&version=1").text
    assert "Earlier version" in old
    assert ("$100.00" in old, "$80.00" in old, "As agreed" in old) == (True, False, True)
    assert "<form" not in old[old.index("<main") : old.index("</main>")]


@pytest.mark.parametrize("version", ["3", "0x1", "-1", "9" * 30])
def test_a_version_that_is_not_there_is_not_found(signed_in: SignIn, version: str) -> None:
    invoice, draft, browser = builders.a_sent_invoice(), builders.a_draft_invoice(), signed_in("staff")
    answers = [browser.get(f"/admin/invoice/version/?id={one.id}&version={version}") for one in (invoice, draft)]
    assert answers[1].status_code == 404
    assert answers[0].status_code == (404 if version == "3" else 200)


def test_what_was_paid_is_not_changed(signed_in: SignIn) -> None:
    paid, void, browser = builders.a_paid_invoice(), builders.a_sent_invoice(), signed_in("staff")
    verbs.void_invoice(void.id, builders.person("staff"))
    for invoice, words in ((paid, "$100.00 was paid for"), (void, "is void")):
        for answer in (browser.get(edit(invoice), follow_redirects=True), save(browser, invoice, "1.00")):
            assert words in answer.text
        assert again(invoice).version == 1
        assert "/admin/invoice/edit/" not in browser.get(page_of(invoice)).text


def test_a_silent_stripe_keeps_what_was_typed(signed_in: SignIn, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00")
    open_checkout(invoice.id, new_operation())
    world.faults.add("POST /v1/checkout/sessions/*/expire", "503")
    answer = save(signed_in("staff"), invoice, "80.00", notes="Typed with care")
    assert answer.status_code == 400
    assert "Nothing is changed" in answer.text
    assert "Typed with care" in answer.text
    assert again(invoice).version == 1


SITUATIONS = [builders.a_draft_invoice, builders.a_sent_invoice]


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.both_databases
def test_of_two_who_save_the_second_is_told_and_loses_nothing(signed_in: SignIn, situation: Any) -> None:
    invoice, first, second = situation("100.00"), signed_in("finance"), signed_in("staff")
    seen = again(invoice).edits
    save(first, invoice, "80.00", notes="From finance")
    answer = save(second, invoice, "70.00", notes="From staff", edits=seen)
    assert answer.status_code == 400
    for words in ("Finance Person", "after you opened this form", "From staff", 'value="70.00"'):
        assert words in answer.text
    saved = answer.text[answer.text.index('class="facts saved"') : answer.text.index("</dl>")]
    assert re.findall("<dt>([^<]*)</dt>", saved) == ["Lines", "Note to the customer"]
    assert "Design: 1 × $80.00" in saved
    assert again(invoice).total == 8000


@pytest.mark.parametrize("situation", SITUATIONS)
def test_saving_once_more_overwrites_knowingly(signed_in: SignIn, situation: Any) -> None:
    invoice, browser = situation("100.00"), signed_in("staff")
    seen = again(invoice).edits
    save(signed_in("finance"), invoice, "80.00")
    answer = save(browser, invoice, "70.00", edits=seen)
    save(browser, invoice, "70.00", edits=shown_edits(answer.text))
    assert again(invoice).total == 7000


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_same_form_pressed_twice_is_saved_once(signed_in: SignIn, situation: Any) -> None:
    invoice, browser = situation("100.00"), signed_in("staff")
    due = invoice.due_date.isoformat() if invoice.due_date else ""
    seen = again(invoice).edits
    answers = [save(browser, invoice, "80.00", edits=seen, due_date=due) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (again(invoice).edits, invoice.total) == (seen + 1, 8000)


def test_a_mistake_beside_it_does_not_hide_what_the_other_has_saved(signed_in: SignIn) -> None:
    invoice, browser = builders.a_draft_invoice("100.00"), signed_in("staff")
    save(signed_in("finance"), invoice, "80.00")
    answer = save(browser, invoice, "abc", edits=1)
    assert "Finance Person saved this invoice on" in answer.text
    assert "is not an amount" in answer.text
    assert again(invoice).total == 8000


def test_a_mistake_alone_accuses_nobody(signed_in: SignIn) -> None:
    invoice = builders.a_draft_invoice()
    answer = save(signed_in("staff"), invoice, "abc")
    assert answer.status_code == 400
    assert "after you opened this form" not in answer.text
    assert shown_edits(answer.text) == "1"


def test_a_contact_chosen_meanwhile_is_not_taken_away_again(signed_in: SignIn) -> None:
    draft, contact = builders.a_draft_invoice(contact=None), builders.a_contact()
    verbs.choose_contact(draft.id, builders.person("finance"), contact.id)
    answer = save(signed_in("staff"), draft, "100.00", edits=1, contact_id="")
    assert "<dt>Contact</dt>" in answer.text
    assert "Grace Hopper" in answer.text
    assert again(draft).contact_id == contact.id


@pytest.mark.parametrize("edits", ["", "x", "0", "99", "-1"])
def test_a_form_that_does_not_say_what_it_has_seen_saves_nothing(signed_in: SignIn, edits: str) -> None:
    draft = builders.a_draft_invoice("100.00")
    assert save(signed_in("staff"), draft, "1.00", edits=edits).status_code == 400
    assert (again(draft).total, draft.edits) == (10_000, 1)


def test_what_was_handed_over_by_hand_can_be_marked_again_once_it_is_changed(signed_in: SignIn) -> None:
    builders.connected()
    invoice, browser = builders.a_draft_invoice("100.00"), signed_in("staff")
    pay_links.pay_link(invoice.id, builders.person("staff"))
    for version in (1, 2):
        assert "Mark as sent" in browser.get(page_of(invoice)).text
        assert "Mark as sent" in browser.get(page_of(invoice) + "&show=pay-link").text
        shown = browser.post_form("/admin/invoice/mark-as-sent/", {"id": invoice.id}, follow_redirects=True).text
        assert ("Mark as sent" in shown, "nobody has told them" in shown) == (False, False)
        if version == 1:
            revised(again(invoice))
    assert builders.timeline(again(invoice)) == ["issued", "marked_sent", "revised", "marked_sent"]


def test_bill_again_leads_to_a_draft_and_both_pages_name_each_other(signed_in: SignIn) -> None:
    invoice, browser = builders.a_sent_invoice("100.00"), signed_in("staff")
    assert "Bill again" not in browser.get(page_of(invoice)).text
    verbs.void_invoice(invoice.id, builders.person("staff"))
    assert "Bill again" in browser.get(page_of(invoice)).text
    shown = browser.post_form("/admin/invoice/bill-again/", {"id": invoice.id}, follow_redirects=True).text
    db.session.rollback()
    draft = db.session.scalars(select(Invoice).where(Invoice.made_from_id == invoice.id)).one()
    assert f'Made from <a href="{page_of(invoice)}">' in shown
    assert f'Billed again as <a href="{page_of(draft)}">Draft {draft.id}</a>' in browser.get(page_of(invoice)).text
    pay_links.pay_link(draft.id, builders.person("staff"))
    assert ">Bill again<" not in browser.get(page_of(invoice)).text


def test_the_page_needs_as_many_queries_for_many_versions_as_for_two(signed_in: SignIn) -> None:
    invoice, browser, seen = builders.a_sent_invoice(), signed_in("staff"), []
    page, asked = page_of(invoice), []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    for amounts in (("80.00",), ("70.00", "60.00", "50.00")):
        for amount in amounts:
            revised(again(invoice), amount)
        browser.get(page)
        seen.clear()
        browser.get(page)
        asked.append(len(seen))
    assert asked[0] == asked[1]
