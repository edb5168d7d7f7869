"""What is true when a day is over: nothing is left to do, nothing is in anybody's way."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from models.checkout import Checkout
from models.invariants.work import UNDONE, tables_of_work
from models.invoice import Invoice, new_operation
from models.invoice_status import OWED_IN
from models.money import Money
from models.organization import the_organization
from models.people import User
from models.refund import Refund
from models.stripe_account import StripeAccount
from models.stripe_event import StripeEvent
from tasks import reading
from tasks.offline_payments import record_offline_payment

# No session of Stripe's lives that long.
STRIPE_FORGETS = timedelta(days=2)


def lost_accounts() -> list[str]:
    """Stripe's ids of the accounts that let us in no more."""
    with reading() as session:
        return list(session.scalars(select(StripeAccount.stripe_id).where(StripeAccount.state == "revoked")))


def left_over() -> list[str]:
    """Work that is due or waits for a person. What only an account that we have lost could answer is none."""
    with reading() as session:
        rows = [(table, row) for table in tables_of_work() for row in session.scalars(_undone(table))]
        return [f"{table.__tablename__} {row.id}: {row.last_error}" for table, row in rows]


def _undone(table: Any) -> Select[Any]:
    """Of the tables of work, checkouts, refunds and events are of an account."""
    undone = select(table).where(table.due_at.is_not(None) | (table.parked_at.is_not(None) & UNDONE[table]))
    lost = StripeAccount.state == "revoked"
    if table is StripeEvent:
        return undone.where(table.account.not_in(select(StripeAccount.stripe_id).where(lost)))
    if table in (Checkout, Refund):
        return undone.where(table.account_id.not_in(select(StripeAccount.id).where(lost)))
    return undone


def blocked(finance: User) -> list[str]:
    """Invoices of which something is due still, although all that was due has been paid in cash."""
    with reading() as session:
        today = the_organization(session).today()
    for invoice_id, due in _due():
        record_offline_payment(invoice_id, due, "cash", today, "", finance, new_operation())
    return [f"invoice {invoice_id}: {due}" for invoice_id, due in _due()]


def _due() -> list[tuple[int, Money]]:
    with reading() as session:
        owed = session.scalars(select(Invoice).where(Invoice.status.in_(OWED_IN)).order_by(Invoice.id))
        return [(invoice.id, invoice.due()) for invoice in owed if invoice.due().amount]
