"""Refunds that were given back without us, recorded by hand."""

import re
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.attention import Attention, resolve
from models.clock import now
from models.figures import lock, settle
from models.invoice import new_operation
from models.language import gettext
from models.money import Money
from models.organization import Organization, the_organization
from models.payment import Payment
from models.people import User, require
from models.refund import UNDERWAY, Refund
from models.refundability import is_reachable
from models.refusal import Conflict, Refused, reason_given
from models.revenue import mark_dirty
from tasks import later, once_more, transaction
from tasks.credit_notes import keep_credit_note
from tasks.refund_records import account_for, queue_notice
from tasks.revenue import add_up_dirty_days

# Card refunds are re_…, those of other methods pyr_… (docs.stripe.com/api/refunds).
STRIPE_ID = re.compile(r"(re|pyr)_[A-Za-z0-9_]{3,50}", re.ASCII)


@once_more
def record_manual_refund(
    payment_id: int,
    amount: Money,
    given_on: date,
    by: User,
    operation: str,
    note: str = "",
    stripe_id: str = "",
    notice: bool = False,
) -> int:
    """Note that money went back without us: of an offline payment, or in Stripe's Dashboard of a lost account.

    It counts at once; the id of the refund. `stripe_id` is Stripe's `re_…`, if it is known: when the account
    is connected again, that very refund is this one; without it, one of the same amount is. A role's limit
    does not count, because no money moves here. The customer gets a notice if asked for. The same operation
    again finds the first press. Refuses a payment that Stripe itself will tell of, more than is left, and a day
    before the payment or after today.
    """
    require(by, "payments.record")
    with transaction() as session:
        payment, organization = lock(session, payment_id), the_organization(session)
        if made := _first_press(session, operation, payment, amount):
            return made
        stripe_id = _stripe_id(session, payment, stripe_id)
        _refuse_unfit(session, payment, amount)
        if not payment.reserve(session, amount.amount):
            raise Conflict(
                gettext("Somebody else is refunding this payment right now. Look again before recording more.")
            )
        refund = Refund(
            uuid=new_operation(),
            operation=operation,
            payment_id=payment.id,
            account_id=payment.account_id,
            origin="manual",
            amount=amount.amount,
            currency=amount.currency,
            state="succeeded",
            note=note.strip(),
            stripe_id=stripe_id or None,
            made_by_id=by.id,
            created_at=_moment(organization, payment, given_on),
        )
        session.add(refund)
        session.flush()
        account_for(session, refund, payment, refund.created_at)
        if notice:
            queue_notice(session, refund, payment)
        shown = {"amount": str(amount), "given_on": given_on.isoformat(), "note": refund.note, "stripe_id": stripe_id}
        log(session, by, "refund.record", f"payment:{payment.id}", after=shown)
        return refund.id


@once_more
def take_back_record(refund_id: int, by: User, reason: str) -> None:
    """A refund was recorded by mistake: it counts no more, its credit note is canceled, and both stay to be seen.

    Needs a reason. Refuses what was not recorded by hand, and what Stripe itself has confirmed since.
    """
    require(by, "payments.record")
    reason = reason_given(reason)[:400]
    with transaction() as session:
        payment = lock(session, session.get_one(Refund, refund_id).payment_id)
        refund = session.get_one(Refund, refund_id, populate_existing=True)
        _refuse_to_take_back(refund)
        before = {"amount": str(refund.money), "stripe_id": refund.stripe_id}
        refund.state, refund.failure = "canceled", f"Recorded by mistake, says {by}: {reason}"
        refund.stripe_id = None  # for whoever records that one rightly, and for Stripe
        resolve(session, "settled", Attention.refund_id == refund.id)
        settle(session, payment)
        keep_credit_note(session, refund)
        mark_dirty(session, payment, {refund.created_at})
        later(add_up_dirty_days)
        cause, invoice_id = f"refund:{refund.id}:canceled", payment.invoice_id
        tell(session, "refund_taken_back", cause, invoice_id, user_id=by.id, money=refund.money, detail=reason)
        log(session, by, "refund.take_back", f"refund:{refund.id}", before, {"reason": reason})


def _refuse_to_take_back(refund: Refund) -> None:
    if refund.origin != "manual":
        raise Refused(gettext("Only a refund that was recorded by hand can be taken back."))
    if refund.looked_at is not None:
        raise Refused(gettext("Stripe has confirmed this refund: the money is gone."))
    if refund.state != "succeeded":
        raise Conflict(gettext("Somebody has already taken this refund back."))


def _first_press(session: Session, operation: str, payment: Payment, amount: Money) -> int | None:
    made = session.scalars(select(Refund).where(Refund.operation == operation).limit(1)).one_or_none()
    if made and (made.payment_id, made.money) != (payment.id, amount):
        raise Conflict(
            gettext("This form has already been used for another refund. Open the page again to record more.")
        )
    return made.id if made else None


def _stripe_id(session: Session, payment: Payment, typed: str) -> str:
    typed = typed.strip()
    if not typed:
        return ""
    if payment.account_id is None:
        raise Refused(gettext("This payment did not come through Stripe, so its refund has no number there."))
    if not STRIPE_ID.fullmatch(typed):
        text = gettext("“%(typed)s” is not a refund at Stripe: those begin with re_ or pyr_.", typed=typed[:60])
        raise Refused(text)
    known = select(Refund.id).where(Refund.account_id == payment.account_id, Refund.stripe_id == typed)
    if session.scalar(known) is not None:
        raise Conflict(gettext("The refund %(refund)s is recorded already.", refund=typed))
    return typed


def _refuse_unfit(session: Session, payment: Payment, amount: Money) -> None:
    if is_reachable(payment):
        raise Refused(gettext("Stripe itself tells us of refunds of this payment. Press Issue refund instead."))
    unheard = select(Refund).where(Refund.payment_id == payment.id, Refund.state.in_(UNDERWAY)).limit(1)
    if refund := session.scalars(unheard).one_or_none():
        why = gettext(
            "Nobody knows yet what became of the refund of %(amount)s that is on its way.", amount=refund.money
        )
        what = gettext("Settle it by hand on its page, then record here what was given back.")
        raise Refused(" ".join([why, what]))
    left = payment.refundable()
    if not left.amount:
        raise Refused(gettext("Nothing of this payment is left to give back."))
    if amount.currency != left.currency or not 0 < amount.amount <= left.amount:
        text = gettext(
            "Enter an amount above zero and up to %(most)s, which is what is left of this payment.", most=left
        )
        raise Refused(text)


def _moment(organization: Organization, payment: Payment, given_on: date) -> datetime:
    """Today that is now; of an earlier day its noon in the organization's zone, but never before the payment."""
    if given_on > organization.today():
        raise Refused(gettext("Record it once it has happened: this day is still to come."))
    if given_on < organization.day_of(payment.paid_at):
        raise Refused(gettext("That day is before the payment itself."))
    if given_on == organization.today():
        return now()
    return max(datetime.combine(given_on, time(12), organization.zone), payment.paid_at)
