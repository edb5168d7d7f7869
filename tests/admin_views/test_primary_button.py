"""One button of an invoice's page stands out: what comes next in its state, for those who may press it."""

import re
from collections.abc import Callable
from typing import Any

import builders
import pytest
from cast import Browser
from forms import page_of

from models.base import db
from models.dispute import Dispute
from models.invoice import Invoice, new_operation
from tasks import invoices, messages, pay_links, transaction

SignIn = Callable[[str], Browser]


def a_draft() -> Invoice:
    builders.connected()
    return builders.a_draft_invoice()


def issued_by_its_link() -> Invoice:
    draft = a_draft()
    pay_links.pay_link(draft.id, builders.person("staff"))
    return draft


def on_its_way() -> Invoice:
    draft = a_draft()
    invoices.send_invoice(draft.id, builders.person("staff"), new_operation())
    return draft


def not_delivered() -> Invoice:
    draft = on_its_way()
    with transaction() as session:
        mail = session.query(messages.Mail).one()
        mail.parked_at, mail.due_at, mail.last_error = mail.created_at, None, "550 no such mailbox"
    return draft


def without_link() -> Invoice:
    invoice = builders.a_sent_invoice()
    builders.revoke_link(invoice)
    return invoice


def refunded() -> Invoice:
    invoice = builders.a_paid_invoice()
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    return invoice


def void() -> Invoice:
    invoice = builders.a_sent_invoice()
    invoices.void_invoice(invoice.id, builders.person("staff"))
    return invoice


def lost() -> Invoice:
    invoice = builders.a_disputed_invoice()
    builders.the_world().close_dispute(db.session.query(Dispute).one().stripe_id, "lost")
    builders.come_home()
    return invoice


TABLE: tuple[tuple[Callable[[], Invoice], list[str]], ...] = (
    (a_draft, ["Send Invoice"]),
    (issued_by_its_link, ["Send Invoice"]),
    (not_delivered, ["Send Invoice"]),
    (on_its_way, ["Pay Link"]),
    (builders.a_sent_invoice, ["Pay Link"]),
    (without_link, ["Pay Link"]),
    (builders.a_partly_paid_invoice, ["Pay Link"]),
    (builders.a_paid_invoice, []),
    (builders.a_disputed_invoice, []),
    (void, ["Bill again"]),
    (refunded, ["Bill again"]),
    (lost, ["Bill again"]),
    (lambda: builders.a_draft_invoice(), ["Connect Stripe"]),
)


def stands_out(browser: Browser, invoice: Invoice) -> list[str]:
    """The words of the primary buttons of the page beside those in its dialogs."""
    page = browser.get(page_of(invoice)).text
    body = re.sub(r"<dialog.*?</dialog>", "", page[page.index('id="content"') :], flags=re.S)
    buttons = re.findall(r'<(?:button|a) class="[^"]*btn-primary[^"]*".*?>(.*?)</(?:button|a)>', body, re.S)
    said = (re.sub(r"<.*?>", "", words, flags=re.S).strip() for words in buttons)
    return [words for words in said if words]  # the arrow of a split button has none


@pytest.mark.parametrize(("situation", "primary"), TABLE)
def test_each_state_has_its_one_primary_button(
    signed_in: Callable[[str], Browser], situation: Callable[[], Any], primary: list[str]
) -> None:
    assert stands_out(signed_in("admin"), situation()) == primary


@pytest.mark.parametrize("situation", [a_draft, builders.a_sent_invoice, void, refunded])
def test_who_may_not_press_it_has_none(signed_in: SignIn, situation: Callable[[], Invoice]) -> None:
    assert stands_out(signed_in("viewer"), situation()) == []


def test_what_was_billed_again_does_not_ask_for_it_twice(signed_in: SignIn) -> None:
    browser, invoice = signed_in("staff"), void()
    draft = browser.post_form("/admin/invoice/bill-again/", {"id": invoice.id}).headers["Location"].split("=")[-1]
    invoices.send_invoice(int(draft), builders.person("staff"), new_operation())
    assert stands_out(browser, invoice) == []
