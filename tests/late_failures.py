"""Money that was on its way, and did not arrive."""

import builders
from refunding import the_refund

from models.invoice import Invoice


def a_failed_debit(**fields: object) -> Invoice:
    """The bank says no days after the customer has paid."""
    invoice = builders.a_sent_invoice("64.47", **fields)
    builders.pay(invoice, "us_bank_account")
    builders.come_home()
    builders.the_world().settle(builders.the_payment(invoice).payment_intent_id, "failed")
    builders.come_home()
    return invoice


def a_refund_that_comes_back(**fields: object) -> Invoice:
    """The customer was told of it, and the bank sends it back; not everybody has heard yet."""
    invoice = builders.a_paid_invoice("64.47", **fields)
    refund_id = builders.a_refund(invoice, "10.00")[0]
    builders.come_home()
    builders.the_world().set_refund(str(the_refund(refund_id).stripe_id), "failed")
    return invoice
