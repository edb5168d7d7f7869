"""Connecting Stripe: one press, one state, one account at a time; and letting go."""

from datetime import timedelta

import pytest
from builders import (
    SIGN_IN,
    STUDIO,
    a_draft_invoice,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    consent,
    in_a_while,
    pay,
    the_payment,
    the_world,
)
from cast import Cast
from flask import Flask
from sqlalchemy.exc import OperationalError

from models.activity import AuditEntry
from models.base import db
from models.checkout import NOT_AVAILABLE, Checkout
from models.invoice import new_operation
from models.money import Money
from models.refusal import NotAllowed, OutsideError, Refused
from models.stripe_account import Payout, StripeAccount, active_account
from sandbox.accounts import EUROPE
from tasks import connect, transaction
from tasks.accounts import look_at_account
from tasks.checkouts import look_at_checkout, open_checkout
from tasks.payouts import look_at_payouts
from tasks.refunds import send_refund
from tasks.stripe_gateway import oauth
from tasks.stripe_gateway.oauth import Grant

pytestmark = pytest.mark.both_databases


def states() -> dict[str, str]:
    return {account.stripe_id: account.state for account in db.session.query(StripeAccount)}


def test_connecting_brings_name_country_and_abilities(app: Flask) -> None:
    account = connected()
    assert (account.name, account.country, account.default_currency) == ("Northwind Studio", "US", "USD")
    assert (account.charges_enabled, account.payouts_enabled, account.livemode) == (True, True, False)
    assert the_world().scope_of(STUDIO) == "read_write"
    assert db.session.query(AuditEntry).filter_by(action="stripe.connect").count() == 1


@pytest.mark.parametrize("role", ["finance", "staff", "viewer"])
def test_only_an_admin_connects(app: Flask, cast: Cast, role: str) -> None:
    connected()
    by = getattr(cast, role)
    for forbidden in (
        lambda: connect.begin_connect(by, SIGN_IN),
        lambda: connect.finish_connect(by, SIGN_IN, "s", "c", ""),
        lambda: connect.disconnect(by),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    assert states() == {STUDIO: "active"}


def test_a_state_that_we_never_gave_is_refused(app: Flask, cast: Cast) -> None:
    _, code = consent(connect.begin_connect(cast.admin, SIGN_IN))
    with pytest.raises(Refused, match="does not belong to a press"):
        connect.finish_connect(cast.admin, SIGN_IN, "made up", code, "")
    assert states() == {}


def test_a_state_works_once(app: Flask, cast: Cast) -> None:
    state, code = consent(connect.begin_connect(cast.admin, SIGN_IN))
    connect.finish_connect(cast.admin, SIGN_IN, state, code, "")
    with pytest.raises(Refused, match="already used"):
        connect.finish_connect(cast.admin, SIGN_IN, state, code, "")
    assert states() == {STUDIO: "active"}


def test_a_state_lives_ten_minutes(app: Flask, cast: Cast) -> None:
    state, code = consent(connect.begin_connect(cast.admin, SIGN_IN))
    with in_a_while(minutes=10, seconds=1), pytest.raises(Refused, match="longer than ten minutes"):
        connect.finish_connect(cast.admin, SIGN_IN, state, code, "")


def test_a_state_belongs_to_one_sign_in(app: Flask, cast: Cast) -> None:
    state, code = consent(connect.begin_connect(cast.admin, SIGN_IN))
    with pytest.raises(Refused, match="another browser"):
        connect.finish_connect(cast.admin, "another sign-in", state, code, "")
    assert states() == {}


def test_a_state_belongs_to_one_person(app: Flask, cast: Cast) -> None:
    state, code = consent(connect.begin_connect(cast.admin, SIGN_IN))
    cast.finance.role = cast.admin.role
    db.session.commit()
    with pytest.raises(Refused, match="another person"):
        connect.finish_connect(cast.finance, SIGN_IN, state, code, "")


@pytest.mark.parametrize(("code", "error"), [("", "access_denied"), ("ac_good", "access_denied"), ("", "")])
def test_consent_that_was_not_given_links_nothing(app: Flask, cast: Cast, code: str, error: str) -> None:
    state, _ = consent(connect.begin_connect(cast.admin, SIGN_IN))
    with pytest.raises(Refused, match="canceled at Stripe"):
        connect.finish_connect(cast.admin, SIGN_IN, state, code, error)
    assert states() == {}


def test_a_made_up_code_links_nothing(app: Flask, cast: Cast) -> None:
    state, _ = consent(connect.begin_connect(cast.admin, SIGN_IN))
    with pytest.raises(OutsideError):
        connect.finish_connect(cast.admin, SIGN_IN, state, "ac_made_up", "")
    assert states() == {}


def test_an_account_of_the_other_mode_is_refused(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    state, code = consent(connect.begin_connect(cast.admin, SIGN_IN))
    monkeypatch.setattr(oauth, "exchange", lambda code: Grant(STUDIO, True, "read_write"))
    with pytest.raises(Refused, match="the other mode"):
        connect.finish_connect(cast.admin, SIGN_IN, state, code, "")
    assert states() == {}


def test_switching_retires_the_old_account_whose_refunds_go_on(app: Flask) -> None:
    invoice = a_paid_invoice()
    connected(EUROPE)
    assert states() == {STUDIO: "retired", EUROPE: "active"}
    a_refund(invoice, "100.00")
    come_home()
    assert invoice.status == "Refunded"
    connected(STUDIO)
    assert states() == {STUDIO: "active", EUROPE: "retired"}


def test_disconnecting_revokes_and_keeps_history(app: Flask, cast: Cast) -> None:
    paid, open_ = a_paid_invoice(), a_sent_invoice()
    open_checkout(open_.id, new_operation())
    connect.disconnect(cast.admin)
    assert (states(), the_world().scope_of(STUDIO)) == ({STUDIO: "revoked"}, None)
    assert (paid.status, the_payment(paid).captured) == ("Paid", 10000)
    assert {row.state for row in db.session.query(Checkout).filter_by(invoice_id=open_.id)} == {"expired"}
    with pytest.raises(Refused, match="not available"):
        open_checkout(open_.id, new_operation())


def test_connecting_the_same_account_again_makes_everything_refundable(app: Flask, cast: Cast) -> None:
    invoice = a_paid_invoice()
    connect.disconnect(cast.admin)
    come_home()
    connected()
    come_home()
    a_refund(invoice, "100.00")
    come_home()
    assert (states(), invoice.status) == ({STUDIO: "active"}, "Refunded")


def test_what_was_paid_while_disconnecting_is_recorded_first(app: Flask, cast: Cast) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    connect.disconnect(cast.admin)
    assert invoice.status == "Paid"


def test_a_revocation_at_stripe_comes_home(app: Flask) -> None:
    connected()
    come_home()
    the_world().deauthorize(STUDIO)
    come_home()
    assert states() == {STUDIO: "revoked"}


def revoke_unheard() -> None:
    """The event that says so is lost."""
    the_world().deauthorize(STUDIO)
    the_world().store.run("DELETE FROM deliveries WHERE type = 'account.application.deauthorized'")


def test_a_revocation_of_which_no_event_tells_is_seen_by_who_pays(app: Flask) -> None:
    invoice = a_sent_invoice()
    revoke_unheard()
    with pytest.raises(Refused, match=NOT_AVAILABLE):
        open_checkout(invoice.id, new_operation())
    assert states() == {STUDIO: "revoked"}


def test_a_revocation_of_which_no_event_tells_is_seen_by_who_pays_on(app: Flask) -> None:
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    revoke_unheard()
    with pytest.raises(OutsideError):
        open_checkout(invoice.id, new_operation())
    assert states() == {STUDIO: "revoked"}


def test_a_revocation_of_which_no_event_tells_is_seen_by_who_pays_another_part(app: Flask) -> None:
    invoice = a_sent_invoice(partial_payments=True)
    open_checkout(invoice.id, new_operation())
    revoke_unheard()
    with pytest.raises(OutsideError):
        open_checkout(invoice.id, new_operation(), Money(1000, "USD"))
    assert states() == {STUDIO: "revoked"}


def test_a_revocation_of_which_no_event_tells_is_seen_by_who_refunds(app: Flask) -> None:
    invoice = a_paid_invoice()
    revoke_unheard()
    for refund_id in a_refund(invoice, "10.00"):
        send_refund(refund_id)
    assert states() == {STUDIO: "revoked"}


def test_a_revocation_of_which_no_event_tells_is_seen_by_who_opens_the_settings(app: Flask) -> None:
    account = connected()
    revoke_unheard()
    look_at_account(account.id)
    assert states() == {STUDIO: "revoked"}


@pytest.mark.parametrize("with_checkout", [False, True])
def test_disconnecting_what_stripe_has_already_revoked(app: Flask, cast: Cast, with_checkout: bool) -> None:
    invoice = a_sent_invoice()
    if with_checkout:
        open_checkout(invoice.id, new_operation())
    the_world().deauthorize(STUDIO)
    connect.disconnect(cast.admin)
    assert states() == {STUDIO: "revoked"}


def test_who_disconnects_is_kept_even_when_the_answer_is_lost(app: Flask, cast: Cast) -> None:
    connected()
    the_world().faults.add("POST /oauth/deauthorize", "reset", when="after")
    connect.disconnect(cast.admin)
    entry = db.session.query(AuditEntry).filter_by(action="stripe.disconnect").one()
    assert (states(), entry.user_id) == ({STUDIO: "revoked"}, cast.admin.id)


def test_disconnecting_while_stripe_is_down_changes_nothing(app: Flask, cast: Cast) -> None:
    connected()
    the_world().faults.add("POST /oauth/deauthorize", "reset")
    with pytest.raises(OutsideError):
        connect.disconnect(cast.admin)
    assert states() == {STUDIO: "active"}
    connect.disconnect(cast.admin)
    assert states() == {STUDIO: "revoked"}


def test_while_stripe_is_being_disconnected_nobody_begins_to_pay(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = a_sent_invoice()
    said = []

    def press_pay(account: str) -> None:
        with pytest.raises(Refused) as refusal:
            open_checkout(invoice.id, new_operation())
        said.append(str(refusal.value))
        raise OutsideError("Stripe does not answer.", permanent=False)

    monkeypatch.setattr(connect.oauth, "deauthorize", press_pay)
    with pytest.raises(OutsideError):
        connect.disconnect(cast.admin)
    assert (said, states()) == ([NOT_AVAILABLE], {STUDIO: "active"})
    assert open_checkout(invoice.id, new_operation())


@pytest.mark.parametrize("blow", [OperationalError("UPDATE", {}, Exception("locked")), KeyboardInterrupt()])
def test_whatever_ends_a_disconnect_the_account_takes_charges_again(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, blow: BaseException
) -> None:
    invoice = a_sent_invoice()

    def fall(account: str) -> None:
        raise blow

    monkeypatch.setattr(connect.oauth, "deauthorize", fall)
    with pytest.raises(type(blow)):
        connect.disconnect(cast.admin)
    assert states() == {STUDIO: "active"}
    assert open_checkout(invoice.id, new_operation())


def test_after_a_crash_the_account_takes_charges_again_by_itself(app: Flask) -> None:
    invoice = a_sent_invoice()
    with transaction() as session:
        session.query(StripeAccount).one().hold()
    with pytest.raises(Refused, match="not available"):
        open_checkout(invoice.id, new_operation())
    with in_a_while(seconds=60):
        assert open_checkout(invoice.id, new_operation())


def test_a_payment_that_is_not_home_is_waited_for(app: Flask, cast: Cast) -> None:
    invoice = a_sent_invoice()
    checkout = pay(invoice)
    the_world().faults.add("GET /v1/payment_intents/*", "503")
    with pytest.raises(OutsideError):
        look_at_checkout(checkout.id)
    connect.disconnect(cast.admin)
    assert (states(), invoice.status) == ({STUDIO: "revoked"}, "Paid")


def test_nothing_to_disconnect_is_said(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match="No Stripe account is connected"):
        connect.disconnect(cast.admin)


def test_what_stripe_requires_comes_home(app: Flask) -> None:
    account = connected()
    the_world().requirements(STUDIO, ["external_account"])
    the_world().capabilities(STUDIO, charges_enabled=False)
    come_home()
    assert account.requirements["currently_due"] == ["external_account"]
    assert not account.charges_enabled


def test_payouts_come_home(app: Flask) -> None:
    a_paid_invoice()
    the_world().clock.advance(int(timedelta(days=10).total_seconds()))
    the_world().payout(STUDIO)
    come_home()
    look_at_payouts(active_account(db.session).id)  # type: ignore[union-attr]
    payout = db.session.query(Payout).one()
    assert (payout.amount > 0, payout.currency) == (True, "USD")


def test_a_draft_needs_no_account(app: Flask) -> None:
    assert a_draft_invoice().status == "Draft"
