"""The forms about giving money back: read here, done by a verb. What they say may be refused."""

from admin_views.fields import row_id
from admin_views.giving_back import what_became_of
from admin_views.invoice_actions import operation
from admin_views.payment_actions import typed, typed_day
from admin_views.said import Step, say, way
from models.base import db
from models.invoice import Invoice
from models.language import gettext
from models.money import Money
from models.payment import Payment
from models.people import User
from tasks.manual_refunds import record_manual_refund
from tasks.refunds import issue_refund, refund_payment


def give_back(invoice: Invoice, by: User) -> None:
    """Issue refund on the page of an invoice, of all its payments or of the chosen one."""
    amount, chosen = Money.parse(typed("amount"), invoice.currency), row_id(typed("payment"))
    made = issue_refund(invoice.id, amount, by, operation(), typed("reason") or None, typed("note"), chosen)
    say(what_became_of(db.session, made), "pending", to_refunds(made))


def give_payment_back(payment: Payment, by: User) -> None:
    """Issue refund where one payment is shown, which may belong to no invoice: of this one and of no other."""
    amount = Money.parse(typed("amount"), payment.currency)
    made = refund_payment(payment.id, amount, by, operation(), typed("reason") or None, typed("note"))
    say(what_became_of(db.session, [made]), "pending", to_refunds([made]))


def record(payment: Payment, by: User) -> None:
    """A refund that was given back without us."""
    amount, day = Money.parse(typed("amount"), payment.currency), typed_day("given_on")
    made = record_manual_refund(
        payment.id, amount, day, by, operation(), typed("note"), typed("stripe_id"), bool(typed("notice"))
    )
    say(gettext("The refund of %(amount)s is recorded.", amount=amount), "success", to_refunds([made]))


def to_refunds(made: list[int]) -> Step:
    """The page of the refund, or the list where one press has made several."""
    if len(made) == 1:
        return way(gettext("Open the refund"), "payments.view", "refund.details_view", id=made[0])
    return way(gettext("Open the refunds"), "payments.view", "refund.index_view")
