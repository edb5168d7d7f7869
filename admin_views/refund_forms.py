"""The forms about giving money back: read here, done by a verb; refused ones open again with what was typed."""

from collections.abc import Callable
from datetime import date

from flask import flash, request, session

from admin_views.fields import row_id
from admin_views.giving_back import TYPED, what_became_of
from admin_views.invoice_actions import operation
from models.base import db
from models.invoice import Invoice
from models.money import Money
from models.payment import Payment
from models.people import User
from models.refusal import Refused
from tasks.manual_refunds import record_manual_refund
from tasks.refunds import issue_refund, refund_payment

LONGEST = 500


def give_back(invoice: Invoice, by: User) -> None:
    """Issue refund on the page of an invoice, of all its payments or of the chosen one."""

    def press(amount: Money, reason: str | None, note: str) -> list[int]:
        return issue_refund(invoice.id, amount, by, operation(), reason, note, row_id(request.form.get("payment")))

    _issue("invoice", invoice.id, invoice.currency, press)


def give_payment_back(payment: Payment, by: User) -> None:
    """Issue refund where one payment is shown, which may belong to no invoice."""

    def press(amount: Money, reason: str | None, note: str) -> list[int]:
        return [refund_payment(payment.id, amount, by, operation(), reason, note)]

    _issue("payment", payment.id, payment.currency, press)


def _issue(noun: str, row: int, currency: str, press: Callable[[Money, str | None, str], list[int]]) -> None:
    typed = _typed("amount", "reason", "note", "payment")
    try:
        made = press(Money.parse(typed["amount"], currency), typed["reason"] or None, typed["note"])
    except Refused as error:
        _open_again("issue", noun, row, typed, error)
    else:
        flash(what_became_of(db.session, made), "pending")


def record(payment: Payment, by: User) -> None:
    """A refund that was given back without us."""
    typed = _typed("amount", "given_on", "stripe_id", "note", "notice")
    try:
        amount, day = Money.parse(typed["amount"], payment.currency), _day(typed["given_on"])
        record_manual_refund(
            payment.id, amount, day, by, operation(), typed["note"], typed["stripe_id"], bool(typed["notice"])
        )
    except Refused as error:
        _open_again("record", "payment", payment.id, typed, error)
    else:
        flash(f"The refund of {amount} is recorded.", "success")


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "")[:LONGEST] for name in names}


def _open_again(form: str, noun: str, row: int, typed: dict[str, str], error: Refused) -> None:
    about = {"form": form, "noun": noun, "row": row, "operation": operation(), "error": str(error)}
    session[TYPED] = typed | about


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("Choose the day on which the money was given back.") from None
