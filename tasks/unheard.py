"""What Stripe tells nobody any more: of a revoked account staff themselves end the waiting.

Only so much is said that people can go on. When the account is connected again, what Stripe says counts.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.attention import Attention, resolve
from models.base import locked
from models.checkout import Checkout
from models.declines import NEVER_ARRIVED
from models.figures import lock, settle
from models.invoice import Invoice
from models.language import gettext, marked
from models.money import Money
from models.people import User, require
from models.refund import Refund
from models.refusal import Refused, reason_given
from tasks import once_more, transaction

STRIPE_TELLS = marked("Stripe itself tells what becomes of it, so nobody needs to.")
LONGEST = 400


@once_more
def payment_never_arrived(payment_id: int, by: User, reason: str) -> None:
    """A payment that was on its way at a revoked account did not arrive: its invoice asks for it again.

    Needs a reason. Refuses every payment of which Stripe can still be asked, and one that is no longer on its way.
    """
    reason = _reason(by, reason)
    with transaction() as session:
        payment = lock(session, payment_id)
        _refuse_unless(payment.is_unheard)
        payment.status, payment.failure = "canceled", NEVER_ARRIVED
        settle(session, payment)
        resolve(session, "dismissed", Attention.cause == f"payment_failed:payment:{payment.id}", by=by, why=reason)
        _note(session, "payment", "canceled", payment.id, payment.invoice_id, payment.money, by, reason)


@once_more
def checkout_never_paid(checkout_id: int, by: User, reason: str) -> None:
    """A checkout that was completed at a revoked account has brought no payment: its invoice is free again.

    Needs a reason. Refuses one whose payment is home, and every one of which Stripe can still be asked.
    """
    reason = _reason(by, reason)
    with transaction() as session:
        invoice = locked(session, Invoice, session.get_one(Checkout, checkout_id).invoice_id)
        checkout = locked(session, Checkout, checkout_id)
        _refuse_unless(bool(session.scalar(select(Checkout.is_unheard()).where(Checkout.id == checkout_id))))
        checkout.state = "expired"
        money = Money(checkout.amount, checkout.currency)
        _note(session, "checkout", "given_up", checkout.id, invoice.id, money, by, reason)


@once_more
def settle_refund_by_hand(refund_id: int, by: User, reason: str) -> None:
    """Nobody waits any more for what became of a refund at a revoked account: it does not count, its money is free.

    If the customer has the money, it is recorded next. Needs a reason. Refuses every refund whose outcome Stripe has
    told, or can still be asked for.
    """
    reason = _reason(by, reason)
    with transaction() as session:
        payment = lock(session, session.get_one(Refund, refund_id).payment_id)
        refund = locked(session, Refund, refund_id)
        _refuse_unless(refund.is_unheard)
        refund.state, refund.failure = "canceled", f"{by} settled it by hand, without Stripe's answer: {reason}"
        refund.stripe_id = None  # for whoever records it by hand, and for Stripe
        refund.due_at, refund.parked_at, refund.last_error = None, None, None
        settle(session, payment)
        _note(session, "refund", "canceled", refund.id, payment.invoice_id, refund.money, by, reason)


def _reason(by: User, reason: str) -> str:
    require(by, "payments.record")
    return reason_given(reason)[:LONGEST]


def _refuse_unless(is_unheard: bool) -> None:
    if not is_unheard:
        raise Refused(gettext(STRIPE_TELLS))


def _note(
    session: Session, noun: str, state: str, row_id: int, invoice_id: int | None, money: Money, by: User, reason: str
) -> None:
    cause, kind = f"{noun}:{row_id}:{state}", f"{noun}_given_up"
    tell(session, kind, cause, invoice_id, user_id=by.id, money=money, detail=reason)
    log(session, by, f"{noun}.give_up", f"{noun}:{row_id}", {"amount": str(money)}, {"reason": reason})
