"""Asks Stripe what we missed, repairs it with the verbs that webhooks use, and says what it found."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from models.checkout import Checkout
from models.clock import now
from models.dispute import CLOSED, Dispute
from models.organization import the_organization
from models.payment import Payment
from models.refund import Refund
from models.stripe_account import StripeAccount
from models.stripe_event import StripeEvent
from tasks import reading, transaction
from tasks.checkouts import look_at_checkout
from tasks.connect import look_at_account, record_payout
from tasks.disputes import look_at_dispute, record_dispute
from tasks.payments import look_at_payment, record_payment
from tasks.refund_records import look_at_refund, record_refund
from tasks.stripe_gateway import disputes, payments, payouts, refunds
from tasks.stripe_gateway.client import GatewayError

RECENT = timedelta(days=35)


@dataclass(slots=True)
class Report:
    """What was compared with Stripe, what differed and was repaired, what could not be compared."""

    names: set[str] = field(default_factory=set)
    repaired: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    failed: bool = False  # an account that should be within reach was not

    @property
    def checked(self) -> int:
        return len(self.names)

    def note(self, kind: str, name: str, differed: bool) -> None:
        self.names.add(f"{kind} {name}")
        if differed:
            self.repaired.append(f"{kind} {name}")

    def __str__(self) -> str:
        incomplete = "Incomplete: " if self.failed else ""
        lines = [f"{incomplete}{self.checked} objects checked, {len(self.repaired)} differences"]
        lines += [f"repaired: {what}" for what in self.repaired]
        return "\n".join(lines + [f"cannot be checked: {what}" for what in self.unchecked])


def reconcile(since: datetime | None = None) -> Report:
    """Compare everything since then (35 days) with Stripe, and whatever can still change, of whatever age."""
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
            report.failed = True
            report.unchecked.append(f"{stripe_id}: {error}")
    return report


def catch_up(since: datetime | None = None) -> Report:
    """What waited for a person is tried once more, then everything is compared.

    Asked for by hand, every night, and when an account is connected again.
    """
    with transaction() as session:
        StripeEvent.wake_parked(session)
        Refund.wake_parked(session, Refund.state == "requested")
        Checkout.wake_parked(session, Checkout.state == "creating")
    return reconcile(since)


def reconcile_recent() -> None:
    """What the schedule runs every few minutes: the last two days."""
    reconcile(now() - timedelta(days=2))


def _accounts() -> list[tuple[int, str, str]]:
    with reading() as session:
        query = select(StripeAccount.id, StripeAccount.stripe_id, StripeAccount.state)
        return [tuple(row) for row in session.execute(query.order_by(StripeAccount.id))]  # type: ignore[misc]


def _compare(report: Report, account: str, since: datetime) -> None:
    look = now()
    with reading() as session:
        install_id = the_organization(session).install_id
    for payment in payments.since(account, since):
        if payment.metadata.get("paydesk_install") == install_id:
            report.note("payment", payment.payment_intent_id, record_payment(account, payment, look))
    with reading() as session:
        ours = set(session.scalars(_of(Payment.payment_intent_id, Payment, account)))
    for refund in refunds.since(account, since):
        if refund.payment_intent_id in ours:
            report.note("refund", refund.id, record_refund(account, refund, look))
    for dispute in disputes.since(account, since):
        if dispute.payment_intent_id in ours:
            report.note("dispute", dispute.id, record_dispute(account, dispute, look))
    for payout in payouts.since(account, since):
        report.note("payout", payout.id, record_payout(account, payout, look))
    _look_at_unsettled(report, account)


def _look_at_unsettled(report: Report, account: str) -> None:
    """What can still change is looked at whatever its age: lists only tell what was created lately."""
    with reading() as session:
        processing = _of(Payment.payment_intent_id, Payment, account).where(Payment.status == "processing")
        pending = _of(Refund.stripe_id, Refund, account).where(Refund.state.in_(("pending", "requires_action")))
        undecided = _of(Dispute.stripe_id, Dispute, account).where(Dispute.status.not_in(CLOSED))
        found = [
            ("payment", look_at_payment, list(session.scalars(processing))),
            ("refund", look_at_refund, list(session.scalars(pending))),
            ("dispute", look_at_dispute, list(session.scalars(undecided))),
        ]
        checkouts = list(session.scalars(_of(Checkout.id, Checkout, account).where(Checkout.may_bring_money())))
    for kind, look_at, names in found:
        for name in names:
            report.note(kind, name, look_at(account, name))
    # The last, because what they repair is not in the report.
    for checkout_id in checkouts:
        look_at_checkout(checkout_id)


def _of(column: Any, table: Any, account: str) -> Select[Any]:
    return select(column).join(table.account).where(StripeAccount.stripe_id == account)
