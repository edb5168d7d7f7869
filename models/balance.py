"""What a set of invoices adds up to, per currency."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.invoice import Invoice
from models.money import Money
from models.receivables import DUE, HELD


@dataclass(frozen=True, slots=True)
class Balance:
    """Issued invoices that are not void: what was billed, what of it is held, what is still due."""

    invoiced: Money
    collected: Money
    outstanding: Money


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
