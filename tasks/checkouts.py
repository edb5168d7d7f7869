"""Checkouts: the intention to pay, and the end of it when something else is paid or changed."""

from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import locked
from models.checkout import NOT_AVAILABLE, UNSETTLED, Checkout
from models.clock import now
from models.invoice import Invoice, new_operation
from models.language import gettext, marked, reader_locale
from models.money import Money
from models.organization import the_organization
from models.parts import part_of
from models.pay_link import link_pressed, pay_url
from models.payment import Payment
from models.refusal import Conflict, Refused
from models.stripe_account import StripeAccount, active_account
from tasks import once_more, reading, transaction
from tasks.outages import asking
from tasks.sessions import create_session, look_at_session, record_session
from tasks.stripe_gateway import checkouts as stripe_checkouts
from tasks.stripe_gateway.client import GatewayError

# Stripe allows 24 hours; an hour less leaves room for clocks that differ.
SESSION_LIVES = timedelta(hours=23)
CHANGED = marked("This invoice was changed since you opened this page. Please check it and press Pay again.")
# What has become of a payment that is not to be made a second time: while more is due, and when nothing is.
ARRIVED = {
    "succeeded": (
        marked("%(amount)s was paid a moment ago."),
        marked("Nothing is due on this invoice: %(amount)s was paid a moment ago."),
    ),
    "processing": (
        marked("%(amount)s is on its way already."),
        marked("Nothing is due on this invoice: %(amount)s is on its way already."),
    ),
}


def open_checkout(
    invoice_id: int,
    operation: str,
    amount: Money | None = None,
    version: int | None = None,
    link_id: int | None = None,
) -> str | None:
    """The address of Stripe's page for what is due now (or a part of it), or None: not confirmed yet.

    Refuses when nothing is due, when the part is not allowed, when no account takes payments, while the invoice
    is being changed, and when its `version` is not the one that the customer has seen, or the link that they pressed
    on not the valid one any more. A second press finds the first one's checkout; another amount or version replaces
    it. What was paid meanwhile is recorded and said.
    """
    checkout_id, step = _intend(invoice_id, operation, amount, version, link_id)
    if step is not Step.MAKE:
        (_look if step is Step.LOOK else close_checkout)(checkout_id)
        _refuse_paid(checkout_id)
        checkout_id, step = _intend(invoice_id, operation, amount, version, link_id)
        if step is Step.CLOSE:
            raise Conflict(gettext("A payment for this invoice was begun a moment ago. Please try again in a minute."))
    if step is Step.MAKE:
        create_session(checkout_id)
    return _address(checkout_id, link_id)


class Step(Enum):
    """What comes first: make the session of a written intention, look at one that is open, close one in the way."""

    MAKE = "make"
    LOOK = "look"
    CLOSE = "close"


@once_more
def _intend(
    invoice_id: int, operation: str, amount: Money | None, version: int | None, link_id: int | None
) -> tuple[int, Step]:
    """Write the intention down, unless a checkout stands already. Which one it is, and what comes first."""
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        link = link_pressed(session, invoice.id, link_id)
        account = _payable(session, invoice, version)
        part = part_of(invoice, amount)
        if standing := standing_checkout(session, invoice.id):
            if standing.is_parked and not standing.has_run_out():
                raise Refused(gettext(NOT_AVAILABLE))
            is_ours = link is None or standing.created_at >= link.created_at
            return standing.id, _step_for(standing, is_ours and standing.fits(invoice, account, part.amount))
        checkout = Checkout(
            uuid=_unused(session, operation),
            invoice_id=invoice.id,
            invoice_version=invoice.version,
            account_id=account.id,
            amount=part.amount,
            currency=part.currency,
            expires_at=now() + SESSION_LIVES,
            due_at=now(),
        )
        checkout.params = _params(session, checkout, invoice)
        session.add(checkout)
        session.flush()
        return checkout.id, Step.MAKE


def _step_for(standing: Checkout, fits: bool) -> Step:
    """One that is open may have been paid since we have heard of it: Stripe is asked before anybody is sent there."""
    if not fits or standing.state not in UNSETTLED or standing.has_run_out():
        return Step.CLOSE
    return Step.LOOK if standing.stripe_id else Step.MAKE


def _look(checkout_id: int) -> None:
    """What became of an open one; it is closed when Stripe has no such session any more."""
    try:
        look_at_checkout(checkout_id)
    except GatewayError as error:
        if not error.is_missing:
            raise
        close_checkout(checkout_id)


def _refuse_paid(checkout_id: int) -> None:
    """Who presses Pay after having paid hears that, and is not led on to pay something else."""
    with reading() as session:
        arrived = select(Payment).where(Payment.checkout_id == checkout_id, Payment.status.in_(ARRIVED))
        payment = session.scalars(arrived.order_by(Payment.id).limit(1)).one_or_none()
        if payment is None:
            return
        some, all_ = ARRIVED[payment.status]
        due = payment.invoice.due() if payment.invoice else Money(0, payment.currency)
        said = gettext(some if due.amount else all_, amount=Money(payment.amount, payment.currency))
        rest = gettext("%(due)s is still due; press Pay again to pay it.", due=due)
        raise Conflict(" ".join([said, rest]) if due.amount else said)


def _address(checkout_id: int, link_id: int | None) -> str | None:
    with reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
        link_pressed(session, checkout.invoice_id, link_id)
        if checkout.state == "failed":
            raise Refused(checkout.why_failed)
        return checkout.url


def standing_checkout(session: Session, invoice_id: int) -> Checkout | None:
    """A checkout that may still bring money: one that is open, or was completed and its payment is not home yet."""
    query = select(Checkout).where(Checkout.invoice_id == invoice_id, Checkout.may_bring_money())
    return session.scalars(query.order_by(Checkout.id).limit(1)).one_or_none()


def close_checkouts(invoice_id: int) -> None:
    """Close whatever may still bring money to this invoice, and record what it has brought."""
    with reading() as session:
        query = select(Checkout.id).where(Checkout.invoice_id == invoice_id, Checkout.may_bring_money())
        standing = list(session.scalars(query.order_by(Checkout.id)))
    for checkout_id in standing:
        close_checkout(checkout_id)


def _unused(session: Session, operation: str) -> str:
    """The form's own UUID; another one when a form that was already paid or expired is sent again."""
    used = session.scalar(select(Checkout.id).where(Checkout.uuid == operation))
    return new_operation() if used else operation


def _payable(session: Session, invoice: Invoice, version: int | None) -> StripeAccount:
    invoice.refuse_held()
    if version not in (None, invoice.version):
        raise Conflict(gettext(CHANGED))
    account = active_account(session)
    if account is None or not _takes_charges(session, account):
        raise Refused(gettext(NOT_AVAILABLE))
    if invoice.is_draft or invoice.status == "Void":
        raise Refused(gettext("This invoice cannot be paid."))
    if not invoice.due().amount:
        raise Refused(gettext("Nothing is due on this invoice."))
    return account


def _takes_charges(session: Session, account: StripeAccount) -> bool:
    """Locked against being disconnected: that closes what stands, and must not miss what is being written."""
    session.refresh(account, with_for_update={"read": True})
    return account.state == "active" and account.charges_enabled and not account.is_held


def _params(session: Session, checkout: Checkout, invoice: Invoice) -> dict[str, Any]:
    """What Stripe is asked for; kept on the row, so that a repeat is the same to the letter."""
    number, whole = invoice.number, checkout.amount == invoice.total
    name = (
        gettext("Invoice %(number)s", number=number) if whole else gettext("Invoice %(number)s (part)", number=number)
    )
    metadata = {
        "paydesk_install": the_organization(session).install_id,
        "paydesk_operation": checkout.uuid,
        "paydesk_invoice": invoice.number or "",
    }
    return stripe_checkouts.params(
        amount=Money(checkout.amount, checkout.currency),
        title=f"Invoice {number}{'' if whole else ' (part)'}",
        name=name,
        language=reader_locale(),
        page=pay_url(session, invoice.id) or "",
        expires_at=checkout.expires_at,
        metadata=metadata,
        email=(invoice.contact_snapshot or {}).get("email"),
    )


def close_checkout(checkout_id: int) -> None:
    """Expire an open checkout at Stripe; one that cannot be expired was completed, and is settled.

    Of an account that lets us in no more it ends with its time, and not before: it could still be paid. So does
    one of which nobody knows whether Stripe has made it. What Stripe has no more ends at once.
    """
    create_session(checkout_id)
    with reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
        account, session_id = checkout.account.stripe_id, checkout.stripe_id
    if session_id is None:
        _is_over(checkout_id)
        return
    began = now()
    try:
        with asking(account):
            record = stripe_checkouts.expire(account, session_id)
    except GatewayError as error:
        if (error.is_gone or error.is_missing) and _is_over(checkout_id, is_missing=error.is_missing):
            return
        if not error.permanent or error.is_gone:
            raise
        look_at_session(account, session_id)
    else:
        record_session(account, record, began)


@once_more
def _is_over(checkout_id: int, is_missing: bool = False) -> bool:
    """Whether it brings no money any more: its time is over, or Stripe has no such session."""
    with transaction() as session:
        checkout = locked(session, Checkout, checkout_id)
        standing = session.scalar(select(Checkout.may_bring_money()).where(Checkout.id == checkout_id))
        if standing and (is_missing or (checkout.state in UNSETTLED and checkout.has_run_out())):
            checkout.state, checkout.due_at, checkout.parked_at = "expired", None, None
        return checkout.state == "expired"


def look_at_checkout(checkout_id: int) -> None:
    """Ask Stripe what became of a checkout and record it, its payment included."""
    with reading() as session:
        checkout = session.get_one(Checkout, checkout_id)
        account, session_id = checkout.account.stripe_id, checkout.stripe_id
    if session_id:
        look_at_session(account, session_id)
