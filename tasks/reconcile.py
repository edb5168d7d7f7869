"""Asks Stripe what we missed, repairs it with the verbs that webhooks use, and says what it found."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from models.clock import now
from models.organization import the_organization
from models.payment import Checkout, Refund
from models.stripe_account import StripeAccount
from models.stripe_event import StripeEvent
from tasks import transaction
from tasks.checkouts import look_at_checkout
from tasks.connect import look_at_account, record_payout
from tasks.disputes import record_dispute
from tasks.payments import record_payment
from tasks.refund_records import record_refund
from tasks.stripe_gateway import disputes, payments, payouts, refunds
from tasks.stripe_gateway.client import GatewayError

RECENT = timedelta(days=35)


@dataclass(slots=True)
class Report:
    """What was compared with Stripe, what differed and was repaired, what could not be compared."""

    checked: int = 0
    repaired: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def note(self, kind: str, name: str, differed: bool) -> None:
        self.checked += 1
        if differed:
            self.repaired.append(f"{kind} {name}")

    def __str__(self) -> str:
        lines = [f"{self.checked} objects checked, {len(self.repaired)} differences"]
        lines += [f"repaired: {what}" for what in self.repaired]
        return "\n".join(lines + [f"cannot be checked: {what}" for what in self.unchecked])


def reconcile(since: datetime | None = None) -> Report:
    """Compare everything since then (35 days) with Stripe, and every open checkout of whatever age."""
    report = Report()
    began = since or now() - RECENT
    for account_id, stripe_id, state in _accounts():
        if state == "revoked":
            report.unchecked.append(f"{stripe_id} is disconnected")
            continue
        try:
            look_at_account(account_id)
            _compare(report, stripe_id, began)
        except GatewayError as error:
            report.unchecked.append(f"{stripe_id}: {error}")
    return report


def catch_up() -> None:
    """Of an account that is connected again: what waited for it, and what it went through meanwhile."""
    with transaction() as session:
        StripeEvent.wake_parked(session)
        Refund.wake_parked(session, Refund.state == "requested")
    reconcile()


def reconcile_recent() -> None:
    """What the schedule runs every few minutes: the last two days."""
    reconcile(now() - timedelta(days=2))


def _accounts() -> list[tuple[int, str, str]]:
    with transaction() as session:
        query = select(StripeAccount.id, StripeAccount.stripe_id, StripeAccount.state)
        return [tuple(row) for row in session.execute(query.order_by(StripeAccount.id))]  # type: ignore[misc]


def _compare(report: Report, account: str, since: datetime) -> None:
    look = now()
    with transaction() as session:
        install_id = the_organization(session).install_id
    for payment in payments.since(account, since):
        if payment.metadata.get("paydesk_install") == install_id:
            report.note("payment", payment.payment_intent_id, record_payment(account, payment, look))
    for refund in refunds.since(account, since):
        report.note("refund", refund.id, record_refund(account, refund, look))
    for dispute in disputes.since(account, since):
        report.note("dispute", dispute.id, record_dispute(account, dispute, look))
    for payout in payouts.since(account, since):
        report.note("payout", payout.id, record_payout(account, payout, look))
    # The last, because what they repair is not in the report.
    for checkout_id in _open_checkouts(account):
        look_at_checkout(checkout_id)


def _open_checkouts(account: str) -> list[int]:
    with transaction() as session:
        query = select(Checkout.id).join(Checkout.account).where(StripeAccount.stripe_id == account)
        return list(session.scalars(query.where(Checkout.state == "open")))
