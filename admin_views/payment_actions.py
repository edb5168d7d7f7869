"""What staff press on payments, wherever the button stands: the form is read here, a verb does it."""

from datetime import date

from flask import flash, request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_views import fields
from admin_views.invoice_actions import operation
from admin_views.refused_press import LONGEST
from admin_views.said import say, way
from models.checkout import Checkout
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext
from models.money import Money
from models.payment import NAMES_INVOICE, Payment
from models.people import User
from models.refusal import OutsideError, Refused
from models.written import one_line
from tasks.attention import match_payment, move_payment
from tasks.offline_payments import record_offline_payment, reverse_offline_payment
from tasks.unheard import checkout_never_paid, payment_never_arrived

MOST_OFFERED = 50


def typed(name: str) -> str:
    return one_line(request.form.get(name, ""))[:LONGEST]


def typed_day(name: str) -> date:
    return fields.typed_day(typed(name))


def invoice_named(books: Session, number: str) -> Invoice:
    """The issued invoice of this number; refused when there is none."""
    found = books.scalars(select(Invoice).where(Invoice.number == number)).one_or_none()
    if found is None:
        none = gettext("There is no invoice “%(number)s”.", number=number[:40])
        raise Refused(none if number else gettext("Write the number of an invoice."))
    return found


def match(books: Session, payment: Payment, by: User) -> None:
    invoice = invoice_named(books, typed("number"))
    title = invoice.title
    match_payment(payment.id, invoice.id, by, typed("reason"))
    flash(gettext("The payment counts for %(invoice)s now.", invoice=title), "success")


def move(books: Session, payment: Payment, by: User) -> None:
    """From the invoice that the form was about, so that nobody moves it from where somebody else has put it."""
    invoice, seen_on = invoice_named(books, typed("number")), typed("seen_on")
    title = invoice.title
    move_payment(payment.id, invoice.id, by, typed("reason"), int(seen_on) if seen_on.isdecimal() else None)
    flash(gettext("The payment counts for %(invoice)s now.", invoice=title), "success")


def reverse(payment: Payment, by: User) -> None:
    reverse_offline_payment(payment.id, by, typed("reason"))
    flash(gettext("The payment is reversed and counts no more."), "success")


def give_up(payment: Payment, by: User) -> None:
    payment_never_arrived(payment.id, by, typed("reason"))
    again = gettext("The payment counts as never arrived; its amount is due again.")
    flash(again if payment.is_owed else gettext("The payment counts as never arrived."), "success")


def give_up_checkout(checkout: Checkout, by: User) -> None:
    checkout_never_paid(checkout.id, by, typed("reason"))
    flash(gettext("The invoice can be paid and changed again."), "success")


def record(invoice: Invoice, by: User) -> None:
    """The payment that the dialog describes. Refused as well while an open page of Stripe's cannot be closed."""
    amount, day = Money.parse(typed("amount"), invoice.currency), typed_day("paid_on")
    how = {"overpay": bool(typed("overpay")), "receipt": bool(typed("receipt"))}
    try:
        made = record_offline_payment(invoice.id, amount, typed("method"), day, typed("note"), by, operation(), **how)
    except OutsideError as error:
        why = gettext(
            "A Stripe page of this invoice is open and could not be closed. %(reason)s", reason=gettext(str(error))
        )
        raise Refused(why) from error
    opened = way(gettext("Open the payment"), "payments.view", "payment.details_view", id=made)
    say(gettext("%(amount)s is recorded.", amount=amount), "success", opened)


def targets(books: Session, payment: Payment) -> list[Invoice]:
    """Invoices that it could count for instead: of the same customer, or of everybody while we know none."""
    query = select(Invoice).where(Invoice.status.in_(OWED_IN), Invoice.currency == payment.currency)
    contact_id = _contact(books, payment)
    if contact_id:
        query = query.where(Invoice.contact_id == contact_id)
    others = query.where(Invoice.id != (payment.invoice_id or 0)).order_by(Invoice.id.desc())
    return list(books.scalars(others.options(joinedload(Invoice.contact)).limit(MOST_OFFERED)))


def named(books: Session, payment: Payment, offered: list[Invoice]) -> str:
    """The number of the offered invoice whose checkout asked for unmatched money, or that it names; or nothing."""
    _, _, told = (payment.problem or "").partition(NAMES_INVOICE)
    asked = _asked(books, payment) if payment.problem else None
    number = asked.number if asked else told.removesuffix(".")
    return next((invoice.number for invoice in offered if invoice.number and invoice.number == number), "")


def _contact(books: Session, payment: Payment) -> int | None:
    invoice = payment.invoice or _asked(books, payment)
    return invoice.contact_id if invoice else None


def _asked(books: Session, payment: Payment) -> Invoice | None:
    """The invoice of its checkout."""
    query = select(Invoice).join(Checkout, Checkout.invoice_id == Invoice.id)
    return books.scalars(query.where(Checkout.id == payment.checkout_id)).one_or_none()
