"""What came in, what went back, and what Stripe sends to the bank."""

from sqlalchemy.orm import joinedload

from models.credit_note import CreditNote
from models.dispute import Dispute
from models.invoice import Invoice
from models.language import marked, pmarked
from models.payment import Payment, method_words
from models.refund import Refund
from models.stripe_account import Payout
from tasks.cells import Column
from tasks.sheets.sheet import CURRENCY, INVOICED, Sheet, amount, billed, fact, word

PAYMENTS = Sheet(
    "payment",
    marked("Payments"),
    Payment,
    fact(marked("Received ({zone})"), "paid_at"),
    *billed(lambda row: row.invoice),
    Column(marked("Method"), lambda row: method_words(row.method)),
    word(marked("Status"), "status_words"),
    CURRENCY,
    amount(marked("Amount")),
    amount(marked("Collected"), "captured"),
    amount(pmarked("amount", "Refunded"), "refunded"),
    amount(marked("Lost to disputes"), "lost"),
    amount(marked("Stripe fee"), "fee"),
    fact(marked("Stripe account"), "account"),
    fact(marked("Payment intent"), "payment_intent_id"),
    fact(marked("Charge"), "charge_id"),
    fact(marked("Recorded by"), "recorded_by"),
    fact(marked("Reference"), "note"),
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
    fact(marked("Requested ({zone})"), "created_at"),
    *billed(lambda row: row.payment.invoice),
    fact(pmarked("person", "By"), "who"),
    fact(marked("Approved by"), "approved_by"),
    word(marked("Reason"), "reason_words"),
    fact(marked("Note"), "note"),
    word(marked("Status"), "state_words"),
    CURRENCY,
    amount(marked("Amount")),
    fact(marked("Refund at Stripe"), "stripe_id"),
    Column(marked("Payment intent"), lambda row: row.payment.payment_intent_id),
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
    fact(marked("Opened ({zone})"), "created_at"),
    *billed(lambda row: row.payment and row.payment.invoice),
    word(marked("Reason"), "reason_words"),
    word(marked("Status"), "status_words"),
    fact(marked("Evidence due by ({zone})"), "due_by"),
    fact(marked("Decided ({zone})"), "decided_at"),
    CURRENCY,
    amount(marked("Amount")),
    amount(marked("Withdrawn"), "withdrawn"),
    amount(marked("Dispute fee"), "fee"),
    fact(marked("Dispute at Stripe"), "stripe_id"),
    fact(marked("Charge"), "charge_id"),
    loads=(
        joinedload(Dispute.payment).options(INVOICED),
        joinedload(Dispute.account),
    ),
)
CREDIT_NOTES = Sheet(
    "credit_note",
    marked("Credit notes"),
    CreditNote,
    fact(marked("Number"), "number"),
    *billed(lambda row: row.invoice),
    fact(marked("Issue date"), "issue_date"),
    word(marked("Status"), "state_words"),
    CURRENCY,
    amount(marked("Amount")),
    loads=(joinedload(CreditNote.invoice).joinedload(Invoice.contact),),
)
PAYOUTS = Sheet(
    "payout",
    marked("Payouts"),
    Payout,
    fact(marked("Arrives"), "arrival_date"),
    fact(marked("Made ({zone})"), "created_at"),
    fact(marked("Stripe account"), "account"),
    word(marked("Status"), "status_words"),
    CURRENCY,
    amount(marked("Amount")),
    fact(marked("Payout at Stripe"), "stripe_id"),
    fact(marked("Trace id"), "trace_id"),
    loads=(joinedload(Payout.account),),
)
