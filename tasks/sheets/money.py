"""What came in, what went back, and what Stripe sends to the bank."""

from sqlalchemy.orm import joinedload

from models.credit_note import CreditNote
from models.dispute import Dispute
from models.invoice import Invoice
from models.language import marked
from models.payment import Payment
from models.refund import Refund
from models.stripe_account import Payout
from tasks.cells import Column
from tasks.sheets.sheet import CURRENCY, INVOICED, Sheet, amount, billed, fact

PAYMENTS = Sheet(
    "payment",
    marked("Payments"),
    Payment,
    fact("Received ({zone})", "paid_at"),
    *billed(lambda row: row.invoice),
    fact("Method", "method"),
    fact("Status", "status_words"),
    CURRENCY,
    amount("Amount"),
    amount("Collected", "captured"),
    amount("Refunded", "refunded"),
    amount("Lost to disputes", "lost"),
    amount("Stripe fee", "fee"),
    fact("Stripe account", "account"),
    fact("Payment intent", "payment_intent_id"),
    fact("Charge", "charge_id"),
    fact("Recorded by", "recorded_by"),
    fact("Reference", "note"),
    loads=(
        INVOICED,
        joinedload(Payment.account),
        joinedload(Payment.recorded_by),
    ),
)
REFUNDS = Sheet(
    "refund",
    marked("Refunds"),
    Refund,
    fact("Requested ({zone})", "created_at"),
    *billed(lambda row: row.payment.invoice),
    fact("By", "who"),
    fact("Approved by", "approved_by"),
    fact("Reason", "reason_words"),
    fact("Note", "note"),
    fact("Status", "state_words"),
    CURRENCY,
    amount("Amount"),
    fact("Refund at Stripe", "stripe_id"),
    Column("Payment intent", lambda row: row.payment.payment_intent_id),
    loads=(
        joinedload(Refund.payment).options(INVOICED),
        joinedload(Refund.made_by),
        joinedload(Refund.approved_by),
    ),
)
DISPUTES = Sheet(
    "dispute",
    marked("Payment Disputes"),
    Dispute,
    fact("Opened ({zone})", "created_at"),
    *billed(lambda row: row.payment and row.payment.invoice),
    fact("Reason", "reason_words"),
    fact("Status", "status_words"),
    fact("Evidence due by ({zone})", "due_by"),
    fact("Decided ({zone})", "decided_at"),
    CURRENCY,
    amount("Amount"),
    amount("Withdrawn", "withdrawn"),
    amount("Dispute fee", "fee"),
    fact("Dispute at Stripe", "stripe_id"),
    fact("Charge", "charge_id"),
    loads=(
        joinedload(Dispute.payment).options(INVOICED),
        joinedload(Dispute.account),
    ),
)
CREDIT_NOTES = Sheet(
    "credit_note",
    marked("Credit notes"),
    CreditNote,
    fact("Number", "number"),
    *billed(lambda row: row.invoice),
    fact("Issue date", "issue_date"),
    fact("Status", "state_words"),
    CURRENCY,
    amount("Amount"),
    loads=(joinedload(CreditNote.invoice).joinedload(Invoice.contact),),
)
PAYOUTS = Sheet(
    "payout",
    marked("Payouts"),
    Payout,
    fact("Arrives", "arrival_date"),
    fact("Made ({zone})", "created_at"),
    fact("Stripe account", "account"),
    fact("Status", "status_words"),
    CURRENCY,
    amount("Amount"),
    fact("Payout at Stripe", "stripe_id"),
    fact("Trace id", "trace_id"),
    loads=(joinedload(Payout.account),),
)
