"""How much one person may refund alone."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models.checkout import Checkout
from models.money import Money
from models.payment import Payment
from models.people import User, holders
from models.refund import RESERVING, Refund


def free_hand(session: Session, user: User, currency: str, *of: ColumnElement[bool]) -> Money | None:
    """How much more this person may refund of these payments without a second one; None: as much as there is.

    What they have refunded before counts, of these and of all that were paid for the same invoices, so that
    nobody passes the limit in slices or by moving payments. In another currency than the limit's it is nothing.
    """
    limit = user.role.limit
    if limit is None:
        return None
    if limit.currency != currency:
        return Money(0, currency)
    given = select(func.coalesce(func.sum(Refund.amount), 0)).join(Refund.payment)
    mine = given.where(Refund.made_by_id == user.id, Refund.state.in_(RESERVING), _together(*of))
    return Money(max(0, limit.amount - int(session.scalar(mine) or 0)), currency)


def _together(*of: ColumnElement[bool]) -> ColumnElement[bool]:
    """These payments, and those of the invoices that their customers were paying, wherever they count now."""
    their = select(Payment.checkout_id).where(*of).correlate(None)
    paying = select(Checkout.invoice_id).where(Checkout.id.in_(their))
    checkouts = select(Checkout.id).where(Checkout.invoice_id.in_(paying))
    return or_(and_(*of), Payment.invoice_id.in_(paying), Payment.checkout_id.in_(checkouts))


def approvers(session: Session) -> list[User]:
    """Who may let refunds go that wait; not those that they have asked for themselves."""
    return holders(session, "refunds.approve")
