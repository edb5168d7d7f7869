"""Settings → Integrations → Stripe Connect."""

from collections.abc import Callable
from datetime import timedelta

import builders
import pytest
from cast import Browser
from flask import Flask

from models.activity import AuditEntry
from models.base import db
from models.clock import now
from models.dispute import Dispute
from models.reconciliation import Reconciliation
from models.stripe_account import StripeAccount, active_account
from sandbox.accounts import EUROPE, STUDIO
from sandbox.world import World
from tasks import transaction
from tasks.accounts import look_at_account, record_revoked
from tasks.reconcile import catch_up
from tasks.refunds import send_refund

SignIn = Callable[[str], Browser]
PAGE = "/admin/stripe/"
ONLY_ADMINS = "Only an admin can connect or disconnect Stripe."


def connect(browser: Browser, account: str = STUDIO) -> str:
    """Press Connect Stripe, agree on Stripe's page, come back: what the page says then."""
    state, code = builders.consent(browser.post_form(f"{PAGE}connect", page=PAGE).headers["Location"], account)
    return browser.get(f"{PAGE}callback?state={state}&code={code}", follow_redirects=True).text


def test_an_admin_connects_and_sees_the_account(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    assert "Link your Stripe account" in admin.get(PAGE).text
    page = connect(admin)
    for words in ("Connected.", "Northwind Studio", "United States", STUDIO, "Charges enabled", "by Admin Person"):
        assert words in page
    assert "Connected" in admin.get("/admin/integrations/").text


def test_an_admin_reads_that_stripes_own_receipts_are_to_be_switched_off(signed_in: SignIn) -> None:
    builders.connected()
    page, words = signed_in("admin").get(PAGE).text, "Switch Stripe's own receipts off"
    assert words in page
    assert "Customer emails at Stripe</a>" in page
    assert words not in signed_in("viewer").get(PAGE).text


def test_connecting_again_asks_what_was_missed_meanwhile_although_redis_is_down(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    refund = builders.a_refund(invoice, "100.00")[0]
    record_revoked(STUDIO)
    send_refund(refund)
    with builders.in_a_while(days=60):
        builders.the_world().clock.advance(60 * 86_400)
        connect(signed_in("admin"))
        builders.come_home()
    run = db.session.query(Reconciliation).one()
    assert (run.finished_at is not None, now() - run.since > timedelta(days=35)) == (True, True)
    assert invoice.status == "Refunded"


def test_a_run_that_has_passed_over_the_account_is_not_enough(signed_in: SignIn) -> None:
    builders.connected()
    record_revoked(STUDIO)
    catch_up()
    connect(signed_in("admin"))
    db.session.rollback()
    assert db.session.query(Reconciliation).count() == 2


@pytest.mark.parametrize("role", ["viewer", "staff", "finance"])
def test_others_see_who_can_and_no_buttons(signed_in: SignIn, role: str) -> None:
    browser = signed_in(role)
    page = browser.get(PAGE).text
    assert ONLY_ADMINS in page
    assert "until an admin of your organization has connected it" in page
    assert "You will be redirected" not in page
    builders.connected()
    page = browser.get(PAGE).text
    assert ONLY_ADMINS in page
    assert "Northwind Studio" in page
    assert 'action="/admin/stripe/' not in page


@pytest.mark.parametrize("address", ["connect", "disconnect"])
def test_a_forged_press_is_refused(signed_in: SignIn, address: str) -> None:
    builders.connected()
    staff = signed_in("staff")
    assert staff.post_form(PAGE + address).status_code == 403
    assert staff.post(PAGE + address).status_code == 400
    assert active_account(db.session) is not None


def test_a_state_works_once_and_in_one_browser(signed_in: SignIn) -> None:
    admin, other = signed_in("admin"), signed_in("admin")
    url = admin.post_form(f"{PAGE}connect", page=PAGE).headers["Location"]
    state, code = builders.consent(url)
    answer = other.get(f"{PAGE}callback?state={state}&code={code}", follow_redirects=True)
    assert "another browser or by another person" in answer.text
    assert "does not belong to a press" in admin.get(f"{PAGE}callback?state=made-up", follow_redirects=True).text
    assert active_account(db.session) is None


def test_canceling_at_stripe_changes_nothing(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    url = admin.post_form(f"{PAGE}connect", page=PAGE).headers["Location"]
    state, _ = builders.consent(url)
    page = admin.get(f"{PAGE}callback?state={state}&error=access_denied", follow_redirects=True).text
    assert "Connecting was canceled at Stripe. Nothing was changed." in page


def test_a_code_that_stripe_does_not_know_is_one_sentence(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    state, _ = builders.consent(admin.post_form(f"{PAGE}connect", page=PAGE).headers["Location"])
    page = admin.get(f"{PAGE}callback?state={state}&code=ac_made_up", follow_redirects=True).text
    assert "Stripe did not connect the account" in page
    assert active_account(db.session) is None


def test_disconnecting_keeps_the_history(signed_in: SignIn) -> None:
    builders.a_paid_invoice("64.47")
    admin = signed_in("admin")
    assert "revokes the OAuth authorization with Stripe and disables online payments." in admin.get(PAGE).text
    page = admin.post_form(f"{PAGE}disconnect", page=PAGE, follow_redirects=True).text
    assert "Existing payment records and invoice history are preserved." in page
    assert "Not connected" in page
    assert "Accounts connected earlier" in page
    assert "$64.47" in page
    assert "$64.47" in admin.get("/admin/payment/").text
    db.session.rollback()
    assert db.session.query(AuditEntry).filter_by(action="stripe.disconnect").count() == 1


def test_the_same_account_comes_back_and_another_retires_it(signed_in: SignIn) -> None:
    builders.connected()
    admin = signed_in("admin")
    admin.post_form(f"{PAGE}disconnect", page=PAGE)
    assert "Connected." in connect(admin)
    connect(admin, EUROPE)
    db.session.rollback()
    states = dict(db.session.query(StripeAccount.stripe_id, StripeAccount.state).all())
    assert states == {STUDIO: "retired", EUROPE: "active"}
    assert "Refunds only" in admin.get(PAGE).text


def test_requirements_are_said_in_people_s_words(signed_in: SignIn, world: World) -> None:
    account = builders.connected()
    world.requirements(STUDIO, ["external_account", "individual.verification.document", "new.unheard_of"])
    world.capabilities(STUDIO, payouts_enabled=False)
    db.session.rollback()
    look_at_account(account.id)
    page = signed_in("viewer").get(PAGE).text
    for words in ("Bank account for payouts", "Identity document", "New: unheard of", "Payouts disabled", "Test mode"):
        assert words in page


def test_opening_the_page_looks_at_stripe_at_most_once_a_minute(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.connected()
    woken: list[str] = []
    monkeypatch.setattr(app.extensions["alarm"], "ring", lambda verb, ids: woken.append(verb.__name__))
    viewer = signed_in("viewer")
    viewer.get(PAGE)
    assert woken == []
    with transaction() as session:
        session.query(StripeAccount).update({"looked_at": now() - timedelta(minutes=2)})
    viewer.get(PAGE)
    assert woken == ["look_at_account", "look_at_payouts"]


def test_stripe_out_of_reach_disconnects_nothing(signed_in: SignIn, world: World) -> None:
    builders.connected()
    world.faults.add("POST /oauth/deauthorize", "500")
    admin = signed_in("admin")
    answer = admin.post_form(f"{PAGE}disconnect", page=PAGE, headers={"Referer": f"http://localhost{PAGE}"})
    assert "Stripe did not do this" in admin.get(answer.headers["Location"]).text
    assert active_account(db.session) is not None


def test_disconnecting_warns_of_what_nobody_would_hear_of(signed_in: SignIn) -> None:
    for amount in ("100.00", "20.50"):
        builders.pay(builders.a_sent_invoice(amount), "us_bank_account")
    builders.come_home()
    admin = signed_in("admin")
    page = admin.get(PAGE).text
    assert "2 payments are still processing: $120.50" in page
    assert "refund is not finished" not in page
    builders.a_refund(builders.a_paid_invoice("50.00"), "5.00")
    assert "1 refund is not finished: $5.00" in admin.get(PAGE).text


def test_disconnecting_warns_of_disputes_that_are_not_decided(signed_in: SignIn, world: World) -> None:
    builders.a_disputed_invoice("64.47")
    admin, dispute = signed_in("admin"), db.session.query(Dispute).one().stripe_id
    assert "1 dispute is not decided: $64.47" in admin.get(PAGE).text
    world.close_dispute(dispute, "lost")
    builders.come_home()
    assert "dispute is not decided" not in admin.get(PAGE).text


def test_nothing_on_its_way_is_no_warning(signed_in: SignIn) -> None:
    builders.a_paid_invoice()
    assert "Nobody will tell us" not in signed_in("admin").get(PAGE).text
