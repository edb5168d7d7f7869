"""Payouts coming home: what Stripe sends to the organization's bank."""

from datetime import datetime, timedelta

from sqlalchemy import select

from models.activity import log
from models.base import BESIDE_REFERENCES
from models.clock import now
from models.stripe_account import Payout, StripeAccount, account_of
from tasks import once_more, reading, transaction
from tasks.stripe_gateway import payouts as stripe_payouts
from tasks.stripe_gateway.payouts import PayoutRecord

HISTORY = timedelta(days=400)


def look_at_payouts(account_id: int) -> None:
    """Ask Stripe for the account's payouts of the last months and record them."""
    with reading() as session:
        account = session.get_one(StripeAccount, account_id)
        stripe_id, since = account.stripe_id, now() - HISTORY
    began = now()
    for record in stripe_payouts.since(stripe_id, since):
        record_payout(stripe_id, record, began)


def look_at_payout(account: str, payout_id: str) -> None:
    """Ask Stripe about one payout and record the answer."""
    began = now()
    record_payout(account, stripe_payouts.look_at(account, payout_id), began)


@once_more
def record_payout(account: str, record: PayoutRecord, began: datetime) -> bool:
    """Record what a look that began then has shown; True when it changed anything."""
    with transaction() as session:
        owner = account_of(session, account)
        if owner is None:
            return False
        session.refresh(owner, with_for_update=BESIDE_REFERENCES)  # a row that is not there yet cannot be locked
        query = select(Payout).where(Payout.account_id == owner.id, Payout.stripe_id == record.id)
        payout = session.scalars(query).one_or_none()
        payout = payout or Payout(account_id=owner.id, stripe_id=record.id, created_at=record.created)
        if not payout.is_news(began):
            return False
        changed = payout.status != record.status
        session.add(payout)
        payout.amount, payout.currency = record.amount.amount, record.amount.currency
        payout.status, payout.arrival_date = record.status, record.arrival_date
        payout.trace_id, payout.looked_at = record.trace_id, began
        if changed:
            log(session, None, "stripe.payout", f"payout:{record.id}", after={"status": record.status})
        return changed
