"""Needs attention, above its list: bulk work that stopped on an error, and what Stripe cannot be asked again for."""

import re
from collections.abc import Callable

import builders
import pytest
from builders import in_a_while
from cast import Browser
from disconnecting import a_checkout_of_unknown_outcome, a_refund_of_unknown_outcome
from flask import Flask
from forms import messages
from sqlalchemy import select

from models.base import db
from models.bulk_run import BulkRun
from models.checkout import Checkout
from models.clock import now
from models.invoice import new_operation
from models.people import Role
from models.refusal import Refused
from tasks import invoices, transaction
from tasks.bulk_runs import begin_bulk, work_bulk
from tasks.refunds import send_refund
from tasks.sessions import create_session

SignIn = Callable[[str], Browser]
LIST = "/admin/attention/"


def a_stopped_run(kind: str = "send", error: str = "<b>ZeroDivisionError</b>: seven") -> int:
    """Asked for by somebody of the role Staff."""
    builders.connected()
    drafts = [builders.a_draft_invoice().id for _ in range(2)]
    run_id = begin_bulk(kind, drafts, builders.person("staff"), new_operation())
    with transaction() as session:
        run = session.get_one(BulkRun, run_id)
        run.due_at, run.parked_at, run.last_error = None, now(), error
    return run_id


def given_up(browser: Browser, page: str = LIST) -> str:
    """The rows above the list; empty when there are none."""
    shown = browser.get(page).text.split('id="rows"')[0]
    return shown[shown.index('id="given-up"') :] if 'id="given-up"' in shown else ""


@pytest.mark.both_databases
def test_a_run_that_stopped_is_seen_by_others_who_let_it_go_on(signed_in: SignIn) -> None:
    run_id, finance = a_stopped_run(), signed_in("finance")
    shown = given_up(finance)
    assert "Sending 0 of 2, asked for by Staff Person" in shown
    assert "&lt;b&gt;ZeroDivisionError&lt;/b&gt;: seven" in shown
    assert f'href="/admin/bulk_run/details/?id={run_id}"' in shown
    assert 'action="/admin/bulk_run/go-on"' in shown
    answer = finance.post_form("/admin/bulk_run/go-on", {"id": run_id}, follow_redirects=True)
    assert messages(answer.text) == ["It goes on."]
    assert given_up(finance) == ""
    work_bulk(run_id)
    assert db.session.get_one(BulkRun, run_id, populate_existing=True).state == "Partly refused"


def test_it_is_counted_in_the_sidebar_and_told_on_the_dashboard_until_it_goes_on(signed_in: SignIn) -> None:
    run_id, finance = a_stopped_run(), signed_in("finance")
    page = finance.get("/admin/").text
    assert '<span class="nav-count is-hot">1</span>' in page
    assert "1 bulk run that stopped" in page
    finance.post_form("/admin/bulk_run/go-on", {"id": run_id})
    assert "nav-count is-hot" not in finance.get("/admin/").text


def test_who_may_not_press_go_on_sees_it_without_the_button(signed_in: SignIn) -> None:
    a_stopped_run()
    shown = given_up(signed_in("viewer"))
    assert "Sending 0 of 2" in shown
    assert "Go on" not in shown


def test_a_run_goes_on_for_those_only_who_may_do_what_it_does(signed_in: SignIn) -> None:
    a_stopped_run("void")
    staff = signed_in("staff")
    assert "Go on" in given_up(staff)
    with transaction() as session:
        role = session.scalars(select(Role).where(Role.name == "Staff")).one()
        role.permissions = [each for each in role.permissions if each != "invoices.void"]
    assert "Go on" not in given_up(staff)


def test_what_is_beyond_the_twenty_newest_is_counted(signed_in: SignIn) -> None:
    for _ in range(22):
        a_stopped_run()
    shown = given_up(signed_in("viewer"))
    assert len(re.findall("Sending 0 of 2", shown)) == 20
    assert "… and 2 bulk runs that stopped" in shown


@pytest.mark.parametrize("role", ["staff", "finance"])
def test_a_refund_of_a_disconnected_account_leads_to_its_page_instead_of_being_retried(
    signed_in: SignIn, role: str
) -> None:
    refund_id = a_refund_of_unknown_outcome()[1]
    with in_a_while(minutes=2):
        send_refund(refund_id)
    browser = signed_in(role)
    shown = given_up(browser)
    assert "is disconnected, so Stripe tells nobody whether it was made." in shown
    assert ("Retry" in shown, f'href="/admin/refund/details/?id={refund_id}">See refund' in shown) == (False, True)
    page = browser.get(f"/admin/refund/details/?id={refund_id}").text
    assert (">Settle by hand<" in page) == (role == "finance")


def a_parked_checkout() -> Checkout:
    checkout = a_checkout_of_unknown_outcome()
    with in_a_while(minutes=2):
        create_session(checkout.id)
    db.session.refresh(checkout)
    assert checkout.is_parked
    return checkout


def test_a_checkout_of_a_disconnected_account_is_retried_only_once_its_time_is_over(signed_in: SignIn) -> None:
    checkout, finance = a_parked_checkout(), signed_in("finance")
    shown = given_up(finance)
    assert "is disconnected, so Stripe tells nobody whether this checkout was made." in shown
    assert 'action="/admin/attention/retry-checkout/"' not in shown
    with in_a_while(days=1):
        finance = signed_in("finance")
        assert 'action="/admin/attention/retry-checkout/"' in given_up(finance)
        finance.post_form("/admin/attention/retry-checkout/", {"id": checkout.id})
        create_session(checkout.id)
    db.session.refresh(checkout)
    assert (checkout.state, checkout.parked_at) == ("expired", None)


def test_who_wants_to_void_its_invoice_is_not_sent_to_a_retry_that_is_not_there(app: Flask) -> None:
    checkout = a_parked_checkout()
    with pytest.raises(Refused, match="is disconnected"):
        invoices.void_invoice(checkout.invoice_id, builders.person("staff"))
