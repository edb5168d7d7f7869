"""Preview: the customer's page as staff look at it."""

import re
from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from babel.dates import format_date
from cast import Browser
from customers import link, told
from pay_states import STATES

from models.base import db
from models.invoice import Invoice
from models.pay_page import foreseen_page
from models.payment import Payment
from tasks import transaction

SignIn = Callable[[str], Browser]
HERE = "/admin/invoice/preview/?id="


def test_a_draft_is_shown_as_it_would_be_sent(signed_in: SignIn) -> None:
    builders.connected()
    draft = builders.a_draft_invoice()
    page = signed_in("viewer").get(f"{HERE}{draft.id}").text
    assert [text for text in ("Preview of", 'data-state="open"', "Invoice …", "Amount due") if text not in page] == []
    assert db.session.get_one(Invoice, draft.id).is_draft


def test_a_draft_without_a_chosen_day_shows_the_one_that_it_would_be_due(signed_in: SignIn) -> None:
    builders.connected()
    draft = builders.a_draft_invoice(due_date=None, due_days=14)
    page = signed_in("viewer").get(f"{HERE}{draft.id}").text
    assert f"Due {format_date(builders.today() + timedelta(days=14), 'medium', locale='en')}" in page


def test_a_draft_over_nothing_is_not_shown_as_paid(signed_in: SignIn) -> None:
    builders.connected()
    page = signed_in("staff").get(f"{HERE}{builders.a_draft_invoice('0').id}").text
    assert ('data-state="open"' in page, "Thank you" in page) == (True, False)


def test_of_two_payments_of_one_checkout_the_newer_is_shown(signed_in: SignIn, browser: Browser) -> None:
    invoice, first, second = builders.paid_twice("60.00", "40.00")
    with transaction() as session:
        session.get_one(Payment, first.id).checkout_id = second.checkout_id
    pages = (signed_in("staff").get(f"{HERE}{invoice.id}"), browser.get(link(invoice)))
    assert [(page.status_code, 'data-state="paid"' in page.text) for page in pages] == [(200, True)] * 2
    assert foreseen_page(db.session, db.session.get_one(Invoice, invoice.id)).payment == second


def test_nothing_can_be_paid_or_reported_from_it(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice("64.47")
    before = told(invoice)
    page = signed_in("staff").get(f"{HERE}{invoice.id}").text
    assert "<button disabled>Pay $64.47" in page
    assert [text for text in ("data-viewed-url", "data-status-url", "/pay/", "data-pay") if text in page] == []
    assert told(invoice) == before


def test_its_policy_lets_it_send_no_form_and_report_nothing(signed_in: SignIn) -> None:
    answer = signed_in("staff").get(f"{HERE}{builders.a_sent_invoice().id}")
    policy = answer.headers["Content-Security-Policy"]
    rules = ("default-src 'none'", "form-action 'none'", "frame-ancestors 'none'")
    assert [rule for rule in rules if rule not in policy] + [rule for rule in ("connect-src",) if rule in policy] == []
    assert answer.headers["Cache-Control"] == "no-store"
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]+)'", policy)
    assert f'pay.js" nonce="{nonce}"' in answer.text


@pytest.mark.parametrize("language", ["de", "ar", "xx"])
def test_it_speaks_the_language_that_is_asked_for(signed_in: SignIn, language: str) -> None:
    invoice = builders.a_sent_invoice()
    page = signed_in("staff").get(f"{HERE}{invoice.id}&language={language}").text
    assert f'<html lang="{"en" if language == "xx" else language}"' in page
    assert "So its customer sees it." in page


@pytest.mark.parametrize("name", sorted(STATES.keys() - {"unknown", "throttled", "connecting"}))
def test_each_state_can_be_looked_at(signed_in: SignIn, name: str) -> None:
    STATES[name].make("en")
    newest = db.session.query(Invoice).order_by(Invoice.id.desc()).first()
    assert newest
    answer = signed_in("viewer").get(f"{HERE}{newest.id}")
    assert answer.status_code == 200
    assert f'data-state="{STATES[name].state or "open"}"' in answer.text
