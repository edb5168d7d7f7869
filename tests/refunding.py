"""Whole situations of giving back, beside those of builders.py."""

import stripe
from builders import a_sent_invoice, come_home, pay, person, the_payment
from flask import current_app

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice
from models.money import Money
from models.payment import Payment
from models.refund import Refund
from sandbox.client import InProcessClient
from tasks import people, transaction


def the_refund(refund_id: int) -> Refund:
    """As the database has it now."""
    db.session.rollback()
    return db.session.get_one(Refund, refund_id, populate_existing=True)


def limit_refunds(amount: str, currency: str = "USD", role: str = "staff") -> None:
    """Above this much of an invoice, people of this role need a second person."""
    people.set_refund_limit(role, Money.parse(amount, currency), person("admin"))


def refund_in_dashboard(invoice: Invoice, amount: int) -> str:
    """Somebody gives money back, but not through us; Stripe's id of the refund."""
    transport = InProcessClient(current_app.extensions["sandbox"])
    payment = the_payment(invoice)
    account = payment.account.stripe_id if payment.account else ""
    client = stripe.StripeClient("sk_test_sandbox", stripe_account=account, http_client=transport)
    return client.v1.refunds.create({"payment_intent": str(payment.payment_intent_id), "amount": amount}).id


def money_of_no_invoice(amount: str = "100.00") -> Payment:
    """It carries our install id and fits no checkout: the customer was asked for another amount."""
    invoice = a_sent_invoice(amount)
    checkout_id = pay(invoice).id
    with transaction() as session:
        session.get_one(Checkout, checkout_id).amount += 1
    come_home()
    return db.session.query(Payment).where(Payment.checkout_id == checkout_id, Payment.invoice_id.is_(None)).one()
