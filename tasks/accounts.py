"""Looking at Stripe accounts, and recording what they show: also that one lets us in no more."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.activity import log
from models.clock import now
from models.organization import the_organization
from models.people import User
from models.stripe_account import StripeAccount, account_of
from tasks import once_more, reading, transaction
from tasks.stripe_gateway import accounts as stripe_accounts
from tasks.stripe_gateway.accounts import AccountRecord
from tasks.stripe_gateway.client import GatewayError


def look_at_account(account_id: int) -> None:
    """Ask Stripe about the account: its name, what it may do, what Stripe still requires, whether it lets us in."""
    with reading() as session:
        stripe_id = session.get_one(StripeAccount, account_id).stripe_id
    look_whether_revoked(stripe_id)


@once_more
def record_account(account: str, record: AccountRecord, began: datetime) -> bool:
    """Record what a look that began then has shown; True when it changed anything."""
    with transaction() as session:
        known = account_of(session, account)
        if known is None:
            return False
        session.refresh(known, with_for_update=True)
        if not known.is_news(began) or not apply_record(known, record, began):
            return False
        log(session, None, "stripe.account_changed", f"account:{account}", after=known.requirements)
        return True


def apply_record(account: StripeAccount, record: AccountRecord, began: datetime) -> bool:
    account.looked_at = began
    fields = ("name", "country", "default_currency", "charges_enabled", "payouts_enabled", "requirements")
    changed = [field for field in fields if getattr(account, field) != getattr(record, field)]
    for field in changed:
        setattr(account, field, getattr(record, field))
    return bool(changed)


def look_whether_revoked(account: str, by: User | None = None) -> bool:
    """Ask Stripe, and record the answer. True when the account lets us in no more; `by` is who wanted that.

    Another call's word for it may be of before the account was connected again.
    """
    began = now()
    try:
        record_account(account, stripe_accounts.look_at(account), began)
    except GatewayError as error:
        if not error.is_gone:
            raise
        record_revoked(account, by, seen_at=began)
        return True
    return False


@once_more
def record_revoked(stripe_id: str, by: User | None = None, seen_at: datetime | None = None) -> None:
    """The account no longer lets us in, by our wish or by Stripe's word.

    What was seen before it was connected again does not count.
    """
    with transaction() as session:
        one_at_a_time(session)
        account = account_of(session, stripe_id)
        if account is None or account.state == "revoked" or (seen_at and account.connected_at > seen_at):
            return
        before = {"state": account.state}
        account.state, account.disconnected_at = "revoked", now()
        account.unheard_since = account.unheard_since or account.disconnected_at
        log(session, by, "stripe.disconnect", f"account:{stripe_id}", before, {"state": "revoked"})


def one_at_a_time(session: Session) -> None:
    """Accounts come and go one after another: a row that is not there yet cannot be locked itself."""
    session.refresh(the_organization(session), with_for_update=True)
