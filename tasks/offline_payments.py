"""Payments that did not come through Stripe: staff record them, and take a mistake back by a counter-entry."""

from datetime import date, datetime, time

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.clock import now
from models.figures import lock, settle
from models.invoice import Invoice
from models.language import gettext
from models.money import Money
from models.organization import Organization, the_organization
from models.payment import OFFLINE_METHODS, Payment, Reversal
from models.people import User, require
from models.refusal import Conflict, Refused, reason_given
from models.revenue import mark_dirty
from tasks import later, once_more, reading, transaction
from tasks.holds import holding
from tasks.payments import queue_receipt
from tasks.revenue import add_up_dirty_days

EARLIEST = date(2000, 1, 1)


def record_offline_payment(
    invoice_id: int,
    amount: Money,
    method: str,
    paid_on: date,
    note: str,
    by: User,
    operation: str,
    overpay: bool = False,
    receipt: bool = False,
) -> int:
    """Count money that came by bank transfer, in cash, by check or otherwise; the id of the payment.

    An open checkout is closed first, and what was paid there is recorded. Refuses drafts, void invoices, zero,
    a day in the future, and more than is due unless `overpay` says that it is meant. The customer gets a receipt
    if asked for. The same operation records once.
    """
    require(by, "payments.record")
    payment = _payment(amount, method, note, by, operation)
    with reading() as session:
        if made := _first_press(session, invoice_id, payment):
            return made

    def refuse(session: Session, invoice: Invoice) -> None:
        if not _first_press(session, invoice_id, payment):
            payment.refuse_unless_countable(invoice)
            _refuse_amount(invoice, amount, overpay)
            _refuse_day(the_organization(session), paid_on)

    with holding(invoice_id, refuse) as (session, invoice):
        if made := _first_press(session, invoice_id, payment):
            return made
        payment.paid_at = _moment(the_organization(session), paid_on)
        _add(session, invoice, payment, by)
        if receipt:
            queue_receipt(session, payment)
        return payment.id


def _payment(amount: Money, method: str, note: str, by: User, operation: str) -> Payment:
    if method not in OFFLINE_METHODS:
        known = ", ".join(gettext(words) for words in OFFLINE_METHODS.values())
        raise Refused(gettext("Choose how it was paid: %(methods)s.", methods=known))
    return Payment(
        status="succeeded",
        amount=amount.amount,
        captured=amount.amount,
        refunded=0,
        currency=amount.currency,
        method=OFFLINE_METHODS[method],
        note=note.strip(),
        recorded_by_id=by.id,
        operation=operation,
    )


def _first_press(session: Session, invoice_id: int, payment: Payment) -> int | None:
    """What this form has recorded before; refused when it now says something else."""
    made = session.scalars(select(Payment).where(Payment.operation == payment.operation)).one_or_none()
    if made and (made.invoice_id, made.money) != (invoice_id, payment.money):
        raise Conflict(gettext("This form has already been used for another payment. Open the invoice again."))
    return made.id if made else None


def _refuse_amount(invoice: Invoice, amount: Money, overpay: bool) -> None:
    if amount.amount <= 0:
        raise Refused(gettext("Enter an amount above zero."))
    due = invoice.due()
    if amount > due and not overpay:
        only = gettext("Only %(due)s is due on %(invoice)s.", due=due, invoice=invoice.title)
        nothing = gettext("Nothing is due on %(invoice)s.", invoice=invoice.title)
        tick = gettext("Tick “More than is due” if %(amount)s really came in.", amount=amount)
        raise Refused(" ".join([only if due.amount else nothing, tick]))


def _refuse_day(organization: Organization, paid_on: date) -> None:
    if paid_on > organization.today():
        raise Refused(gettext("A payment cannot have come in on a day in the future."))
    if paid_on < EARLIEST:
        raise Refused(gettext("%(day)s is too long ago.", day=paid_on))


def _moment(organization: Organization, day: date) -> datetime:
    """Today that is now; of an earlier day nobody knows more than the day: its noon stays on it in nearby zones."""
    return now() if day == organization.today() else datetime.combine(day, time(12), organization.zone)


def _add(session: Session, invoice: Invoice, payment: Payment, by: User) -> None:
    payment.invoice = invoice
    session.add(payment)
    session.flush()
    settle(session, payment)
    organization = the_organization(session)
    mark_dirty(session, payment, {payment.paid_at})
    later(add_up_dirty_days)
    day = organization.day_of(payment.paid_at)
    on = "" if day == organization.today() else f" on {format_date(day, 'medium', 'en_US')}"
    detail = ", ".join(part for part in (f"{payment.method}{on}", payment.note) if part)
    cause = f"payment:{payment.id}:succeeded"
    tell(session, "payment_received", cause, invoice.id, user_id=by.id, money=payment.money, detail=detail)
    said = {"amount": str(payment.money), "method": payment.method, "day": day.isoformat(), "note": payment.note}
    log(session, by, "payment.record", f"payment:{payment.id}", after=said | {"invoice": invoice.number})


@once_more
def reverse_offline_payment(payment_id: int, by: User, reason: str) -> None:
    """Take back what was recorded by mistake: it counts no more, and both it and its counter-entry stay to be seen.

    Refuses payments through Stripe, which are refunded, and while refunds hold money of it.
    """
    require(by, "payments.record")
    reason = reason_given(reason)
    with transaction() as session:
        payment = lock(session, payment_id)
        _refuse_irreversible(payment)
        session.add(Reversal(payment_id=payment.id, reason=reason, made_by_id=by.id))
        payment.status, payment.captured = "reversed", 0
        settle(session, payment)
        mark_dirty(session, payment, {payment.paid_at})
        later(add_up_dirty_days)
        cause = f"payment:{payment.id}:reversed"
        invoice_id, money = payment.invoice_id, payment.money
        tell(session, "payment_reversed", cause, invoice_id, user_id=by.id, money=money, detail=reason)
        log(session, by, "payment.reverse", f"payment:{payment.id}", {"amount": str(money)}, {"reason": reason})


def _refuse_irreversible(payment: Payment) -> None:
    if not payment.is_offline:
        raise Refused(gettext("This payment came through Stripe. Refund it instead."))
    if payment.status == "reversed":
        raise Conflict(gettext("Somebody else has reversed this payment already."))
    if payment.reserved:
        raise Refused(gettext("Some of this payment was refunded or is being refunded, so it cannot be reversed."))
