"""Linking the organization to its Stripe account, and letting it go."""

from datetime import datetime

from flask import current_app
from sqlalchemy import select

from models.activity import log
from models.base import BESIDE_REFERENCES, locked
from models.checkout import Checkout
from models.clock import now
from models.language import gettext
from models.people import User, hash_token, new_token, require
from models.refusal import Conflict, Refused
from models.stripe_account import ConnectAttempt, StripeAccount, account_of, active_account
from tasks import later, once_more, reading, transaction
from tasks.accounts import apply_record, look_whether_revoked, one_at_a_time, record_revoked
from tasks.checkouts import close_checkout
from tasks.payouts import look_at_payouts
from tasks.stripe_gateway import accounts as stripe_accounts
from tasks.stripe_gateway import oauth
from tasks.stripe_gateway.accounts import AccountRecord
from tasks.stripe_gateway.client import GatewayError, is_live
from tasks.stripe_gateway.oauth import Grant


def begin_connect(by: User, sign_in: str) -> str:
    """Where to send the admin: Stripe's page, with a state that only this sign-in can bring back."""
    _require(by)
    state = new_token()
    with transaction() as session:
        session.add(ConnectAttempt(state_hash=hash_token(state), user_id=by.id, sign_in_hash=sign_in))
    return oauth.authorize_url(state, f"{current_app.config['PUBLIC_URL']}/admin/stripe/callback")


def finish_connect(by: User, sign_in: str, state: str, code: str, error: str) -> int:
    """Take the answer from Stripe's page: use the state up, trade the code, link the account.

    Refuses a state that is unknown, used, older than ten minutes or another person's or browser's, an
    answer without consent, and an account of the wrong mode. Nothing is linked then.
    """
    _require(by)
    _use_up(by, sign_in, state)
    if error or not code:
        raise Refused(gettext("Connecting was canceled at Stripe. Nothing was changed."))
    grant = oauth.exchange(code)
    if grant.livemode != is_live():
        raise Refused(gettext("That account is in the other mode (test or live) than this installation's key."))
    began = now()
    return _link(by, grant, stripe_accounts.look_at(grant.account), began)


def _require(by: User) -> None:
    for permission in ("integrations.connect", "integrations.configure"):
        require(by, permission)


def _use_up(by: User, sign_in: str, state: str) -> None:
    with transaction() as session:
        query = select(ConnectAttempt).where(ConnectAttempt.state_hash == hash_token(state))
        attempt = session.scalars(query.with_for_update()).one_or_none()
        if attempt is None:
            raise Refused(
                gettext("This answer does not belong to a press of Connect Stripe. Click Connect Stripe again.")
            )
        attempt.refuse_unless_good(by.id, sign_in)
        attempt.used_at = now()


@once_more
def _link(by: User, grant: Grant, record: AccountRecord, began: datetime) -> int:
    with transaction() as session:
        one_at_a_time(session)
        before = active_account(session)
        if before and before.stripe_id != grant.account:
            before.state, before.disconnected_at = "retired", now()
            session.flush()
        account = account_of(session, grant.account) or StripeAccount(stripe_id=grant.account)
        session.add(account)
        account.state, account.livemode = "active", grant.livemode
        account.connected_at, account.connected_by_id = now(), by.id
        apply_record(account, record, began)
        session.flush()
        log(session, by, "stripe.connect", f"account:{grant.account}", after={"name": record.name})
        later(look_at_payouts, account.id)
        return account.id


def disconnect(by: User) -> None:
    """Close what may still bring money, revoke the authorization at Stripe and disable online payments here.

    What Stripe has already revoked is only recorded. While Stripe is out of reach the account stays connected.
    Meanwhile nobody begins to pay on it; after a crash it takes charges again within a minute.
    """
    _require(by)
    account_id, stripe_id, until = _hold()
    try:
        for checkout_id in _standing(account_id):
            until = _hold_on(account_id, until)
            close_checkout(checkout_id)
        until = _hold_on(account_id, until)
        _refuse_standing(account_id)
        oauth.deauthorize(stripe_id)
    except GatewayError:
        if not look_whether_revoked(stripe_id, by):
            raise
    else:
        record_revoked(stripe_id, by)
    finally:
        _let_go(account_id, until)


@once_more
def _hold() -> tuple[int, str, datetime]:
    """From here on no customer can begin to pay on the account."""
    with transaction() as session:
        account = active_account(session)
        if account is None:
            raise Refused(gettext("No Stripe account is connected."))
        session.refresh(account, with_for_update=BESIDE_REFERENCES)
        return account.id, account.stripe_id, account.hold()


@once_more
def _hold_on(account_id: int, until: datetime) -> datetime:
    """Just before a call: held from now on for as long again, or it is in other hands."""
    with transaction() as session:
        return locked(session, StripeAccount, account_id).hold_on(until)


@once_more
def _let_go(account_id: int, until: datetime) -> None:
    with transaction() as session:
        StripeAccount.let_go(session, account_id, until)


def _standing(account_id: int) -> list[int]:
    """What may still bring money: also what was completed and whose payment is not home yet."""
    with reading() as session:
        query = select(Checkout.id).where(Checkout.account_id == account_id, Checkout.may_bring_money())
        return list(session.scalars(query.order_by(Checkout.id)))


def _refuse_standing(account_id: int) -> None:
    for checkout_id in _standing(account_id)[:1]:
        with reading() as session:
            raise Conflict(session.get_one(Checkout, checkout_id).in_the_way)
