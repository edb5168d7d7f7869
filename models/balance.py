"""What a set of invoices adds up to, per currency."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.money import Money
from models.opportunity import Opportunity
from models.receivables import DUE, HELD


@dataclass(frozen=True, slots=True)
class Balance:
    """Issued invoices that are not void: what was billed, what of it is held, what is still due."""

    invoiced: Money
    collected: Money
    outstanding: Money


def owed_by(session: Session, contact_ids: Collection[int]) -> dict[int, list[Money]]:
    """What each of these contacts still has to pay, per currency; who owes nothing is left out."""
    owed = select(Invoice.contact_id, Invoice.currency, func.sum(DUE)).where(
        owes(), Invoice.contact_id.in_(contact_ids)
    )
    found: dict[int, list[Money]] = {}
    rows = session.execute(owed.group_by(Invoice.contact_id, Invoice.currency).order_by(Invoice.currency))
    for contact_id, currency, amount in rows:
        found.setdefault(contact_id or 0, []).append(Money(int(amount), currency))
    return found


def owes() -> ColumnElement[bool]:
    """Something is due of the invoice."""
    return and_(Invoice.status.in_(OWED_IN), DUE > 0)


def left_to_bill(session: Session, opportunity: Opportunity) -> Money:
    """Its expected amount less what its invoices ask for, drafts included: what is written down is not billed twice.

    Void and refunded ones, and those in another currency, are left out; never below zero.
    """
    stands = (Invoice.status.not_in(("Void", "Refunded")), Invoice.currency == opportunity.currency)
    billed = select(func.sum(Invoice.total)).where(Invoice.opportunity_id == opportunity.id, *stands)
    return Money(max(0, opportunity.amount - int(session.scalar(billed) or 0)), opportunity.currency)


def balances(session: Session, *of: ColumnElement[bool]) -> list[Balance]:
    """One for each currency, drafts left out; empty when nothing was issued."""
    sums = select(
        Invoice.currency,
        func.sum(Invoice.total),
        func.sum(HELD),
        func.sum(DUE),
    ).where(Invoice.issued_at.is_not(None), Invoice.voided_at.is_(None), *of)
    rows = session.execute(sums.group_by(Invoice.currency).order_by(Invoice.currency))
    return [
        Balance(Money(int(total), code), Money(int(held), code), Money(int(due), code))
        for code, total, held, due in rows
    ]
