"""Whole situations of an account that is gone before Stripe has told what became of something."""

from typing import Any

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    connected,
    pay,
    the_payment,
    the_world,
)

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.payment import Payment
from models.refusal import OutsideError
from tasks.accounts import record_revoked
from tasks.checkouts import look_at_checkout, open_checkout
from tasks.refunds import send_refund


def a_debit_on_its_way() -> tuple[Invoice, Payment]:
    """Its account is gone before the bank has answered."""
    invoice = a_sent_invoice()
    pay(invoice, "us_bank_account")
    come_home()
    the_world().deauthorize(STUDIO)
    come_home()
    return invoice, the_payment(invoice)


def a_payment_that_is_not_home(amount: str = "100.00", **fields: Any) -> tuple[Invoice, Checkout]:
    """Its checkout is complete; of the payment nobody has heard before the account was gone."""
    invoice = a_sent_invoice(amount, **fields)
    checkout = pay(invoice)
    the_world().deliveries.mode = "hold"
    the_world().faults.add("GET /v1/payment_intents/*", "503")
    with pytest.raises(OutsideError):
        look_at_checkout(checkout.id)
    the_world().deauthorize(STUDIO)
    record_revoked(STUDIO)
    db.session.rollback()
    return invoice, db.session.get_one(Checkout, checkout.id)


def a_refund_of_unknown_outcome(when: str = "before") -> tuple[Invoice, int]:
    """The line was cut, and then the account was gone."""
    invoice = a_paid_invoice()
    the_world().faults.add("POST /v1/refunds", "reset", when=when)
    refund_id = a_refund(invoice, "100.00")[0]
    send_refund(refund_id)
    the_world().deliveries.mode = "hold"
    the_world().deauthorize(STUDIO)
    record_revoked(STUDIO)
    return invoice, refund_id


def a_checkout_of_unknown_outcome() -> Checkout:
    """The line was cut while Stripe was asked to make it, and then the account was gone."""
    connected()
    invoice = a_sent_invoice()
    the_world().faults.add("POST /v1/checkout/sessions", "reset")
    assert open_checkout(invoice.id, new_operation()) is None
    the_world().deliveries.mode = "hold"
    the_world().deauthorize(STUDIO)
    record_revoked(STUDIO)
    db.session.rollback()
    return db.session.query(Checkout).filter_by(invoice_id=invoice.id).one()
