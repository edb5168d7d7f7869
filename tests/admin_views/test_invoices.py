"""The list and the page of invoices: what stands there for whom, and what a press does."""

import re
from collections.abc import Callable

import builders
import pytest
from conftest import Browser
from forms import again, page_of
from sqlalchemy import event, func, select

from models.base import db
from models.contact import Contact
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.pay_link import pay_url
from models.refund import Refund
from tasks import invoices as verbs

SignIn = Callable[[str], Browser]


def press_send(browser: Browser, *invoices: Invoice, operation: str = "") -> str:
    form = {"action": "send", "rowid": [i.id for i in invoices], "operation": operation or new_operation()}
    return browser.post_form("/admin/invoice/action/", form, follow_redirects=True).text


def count(noun: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(noun)) or 0


def test_one_press_sends_and_the_page_says_to_whom(signed_in: SignIn) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice()
    shown = press_send(signed_in("staff"), invoice)
    assert "Queued for delivery to grace@example.com." in shown
    assert again(invoice).status == "Issued"
    assert "Sending…" in signed_in("staff").get(page_of(invoice)).text


def test_what_is_said_about_a_press_may_go_when_the_page_has_news(signed_in: SignIn) -> None:
    builders.connected()
    shown = press_send(signed_in("staff"), builders.a_draft_invoice())
    assert shown.count("data-passing") == 1
    assert "data-passing" not in press_send(signed_in("staff"), builders.a_draft_invoice(contact=None))


def test_a_bulk_button_says_how_many(signed_in: SignIn) -> None:
    builders.a_paid_invoice()
    shown = signed_in("staff").get("/admin/invoice/").text
    assert 'data-one="Refund {count} invoice" data-other="Refund {count} invoices"' in shown
    assert "Everything that can be refunded of each selected invoice" in shown


def test_the_page_says_sent_once_the_mail_server_has_taken_it(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    shown = signed_in("staff").get(page_of(invoice)).text
    assert "chip-sent" in shown
    assert "nothing of $100.00 has been paid yet" in shown
    assert "Invoice sent" in shown


def test_the_same_form_pressed_twice_sends_once(signed_in: SignIn) -> None:
    builders.connected()
    invoice, browser, operation = builders.a_draft_invoice(), signed_in("staff"), new_operation()
    press_send(browser, invoice, operation=operation)
    press_send(browser, invoice, operation=operation)
    assert count(Mail) == 1


def test_a_viewer_sees_no_money_buttons_and_a_forged_press_is_refused(signed_in: SignIn) -> None:
    invoice, browser = builders.a_paid_invoice(), signed_in("viewer")
    draft = builders.a_draft_invoice()
    for shown in (browser.get(page_of(invoice)).text, browser.get(page_of(draft)).text):
        assert not re.search("Send Invoice|Send again|Issue refund|Delete draft|Mark as sent|Duplicate|Void<", shown)
        assert "Preview</a>" in shown
    for path in ("action/", "refund/", "pay-link/", "mark-as-sent/", "void/", "delete/", "contact/", "retry-mail/"):
        form = {"id": invoice.id, "rowid": invoice.id, "action": "refund", "operation": new_operation(), "amount": "1"}
        assert browser.post_form(f"/admin/invoice/{path}", form).status_code == 403, path
    assert (count(Refund), count(Mail)) == (0, 2)


def test_pay_link_issues_the_draft_and_shows_the_link_of_the_mail(signed_in: SignIn) -> None:
    builders.connected()
    invoice, browser = builders.a_draft_invoice(), signed_in("staff")
    shown = browser.post_form("/admin/invoice/pay-link/", {"id": invoice.id}, follow_redirects=True).text
    assert again(invoice).status == "Issued"
    assert f'value="{pay_url(db.session, invoice.id)}"' in shown
    assert "Mark as sent" in shown
    browser.post_form("/admin/invoice/mark-as-sent/", {"id": invoice.id})
    assert again(invoice).status == "Sent"


def test_without_stripe_an_admin_finds_the_way_and_staff_whom_to_ask(signed_in: SignIn) -> None:
    invoice = builders.a_draft_invoice()
    admins, staffs = (signed_in(role).get(page_of(invoice)).text for role in ("admin", "staff"))
    assert "Connect Stripe to send this invoice" in admins
    assert 'href="/admin/stripe/' in admins
    assert "Ask an admin to connect Stripe" in staffs
    assert "Send Invoice</button>" not in admins + staffs


def test_a_contact_is_chosen_or_created_where_it_is_missing(signed_in: SignIn) -> None:
    builders.connected()
    invoice, browser = builders.a_draft_invoice(contact=None), signed_in("staff")
    assert "Add a contact with an email address" in browser.get(page_of(invoice)).text
    form = {"id": invoice.id, "name": "Ada", "email": "ada@example.com"}
    shown = browser.post_form("/admin/invoice/contact/", form, follow_redirects=True).text
    assert "Send Invoice" in shown
    assert again(invoice).recipient() == "ada@example.com"


def test_two_addresses_are_no_contact(signed_in: SignIn) -> None:
    invoice, browser = builders.a_draft_invoice(contact=None), signed_in("staff")
    form = {"id": invoice.id, "name": "Ada", "email": "a@example.com, b@example.com"}
    shown = browser.post_form("/admin/invoice/contact/", form, follow_redirects=True).text
    assert "is not one email address" in shown
    assert count(Contact) == 0


def test_with_charges_disabled_the_buttons_explain_when_pressed(signed_in: SignIn) -> None:
    account, invoice = builders.connected(), builders.a_draft_invoice()
    account.charges_enabled = False
    db.session.commit()
    shown = press_send(signed_in("staff"), invoice)
    assert "Send Invoice" in shown
    assert "Stripe has not enabled charges" in shown
    assert again(invoice).is_draft


def test_voiding_takes_an_issued_invoice_back(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    shown = signed_in("staff").post_form("/admin/invoice/void/", {"id": invoice.id}, follow_redirects=True).text
    assert "chip-void" in shown
    assert again(invoice).status == "Void"


def test_a_draft_can_be_deleted_and_an_issued_invoice_cannot(signed_in: SignIn) -> None:
    draft, sent, browser = builders.a_draft_invoice(), builders.a_sent_invoice(), signed_in("staff")
    browser.post_form("/admin/invoice/delete/", {"id": draft.id})
    shown = browser.post_form("/admin/invoice/delete/", {"id": sent.id}, follow_redirects=True).text
    assert "Only a draft can be deleted" in shown
    db.session.rollback()
    assert list(db.session.scalars(select(Invoice.id))) == [sent.id]


def test_a_failed_message_shows_its_error_and_is_retried(signed_in: SignIn) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice()
    mail = db.session.get_one(Mail, verbs.send_invoice(invoice.id, builders.person("staff"), new_operation()))
    mail.parked_at, mail.due_at, mail.last_error = mail.created_at, None, "550 no such mailbox"
    db.session.commit()
    browser = signed_in("staff")
    assert "550 no such mailbox" in browser.get(page_of(invoice)).text
    browser.post_form("/admin/invoice/retry-mail/", {"id": invoice.id, "mail": mail.id})
    builders.come_home()
    assert again(invoice).status == "Sent"


@pytest.mark.parametrize("bad", ["1,2", "abc", "0", "9" * 30, "１", "-1", "1&id=2"])
def test_an_id_that_is_none_is_not_found(signed_in: SignIn, bad: str) -> None:
    browser = signed_in("staff")
    for view in ("details", "edit"):
        assert browser.get(f"/admin/invoice/{view}/?id={bad}").status_code == 404


def test_list_and_page_need_as_many_queries_for_many_rows_as_for_one(signed_in: SignIn) -> None:
    browser, seen = signed_in("staff"), []
    builders.a_paid_invoice()
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    browser.get("/admin/invoice/")
    few = len(seen)
    for _ in range(4):
        builders.a_draft_invoice(contact=builders.a_contact())
    seen.clear()
    browser.get("/admin/invoice/")
    assert len(seen) == few


@pytest.mark.both_databases
def test_the_list_finds_by_number_contact_status_and_lateness(signed_in: SignIn) -> None:
    sent, browser = builders.a_sent_invoice(), signed_in("viewer")
    draft = builders.a_draft_invoice(contact=builders.a_contact(name="Ada", email="ada@example.com"))
    searches = {"search=grace": sent, f"search={sent.number}": sent, "flt0_status_equals=Draft": draft}
    for query, found in searches.items():
        shown = browser.get(f"/admin/invoice/?{query}").text
        assert re.findall(r"/admin/invoice/details/\?id=(\d+)\"", shown)[:1] == [str(found.id)], query
    assert "Nothing found" in browser.get("/admin/invoice/?flt0_overdue_is=1").text


def test_the_page_of_an_invoice_needs_as_many_queries_for_many_facts_as_for_one(signed_in: SignIn) -> None:
    browser, seen = signed_in("staff"), []
    invoice = builders.a_paid_invoice()
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    builders.a_refund(invoice, "1.00")
    builders.come_home()
    seen.clear()
    browser.get(page_of(invoice))
    few = len(seen)
    for _ in range(4):
        builders.a_refund(invoice, "2.00")
    builders.come_home()
    seen.clear()
    browser.get(page_of(invoice))
    assert len(seen) == few
