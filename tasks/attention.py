"""What staff do with money that fits nowhere by itself: match it, move it, or leave it with a reason."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.attention import Attention, follow, resolve
from models.base import locked
from models.dispute import Dispute
from models.figures import recount, settle
from models.invoice import Invoice, new_operation
from models.language import gettext
from models.mail import receipts_of
from models.matters import EXCESS
from models.payment import Payment
from models.people import User, require
from models.refund import Refund
from models.refusal import Conflict, Refused, reason_given
from models.revenue import mark_dirty
from tasks import later, once_more, reading, transaction
from tasks.credit_notes import keep_credit_note
from tasks.holds import holding
from tasks.payments import queue_receipt
from tasks.refund_records import queue_notice
from tasks.revenue import add_up_dirty_days


def match_payment(payment_id: int, invoice_id: int, by: User, reason: str = "") -> None:
    """Let a payment that fitted no invoice count for this one; its customer gets the receipt.

    Refuses drafts, void invoices and those in another currency, and what somebody else has matched meanwhile.
    An open checkout of the invoice is closed first, so that the money is not asked for twice.
    """
    require(by, "payments.record")

    def refuse(session: Session, invoice: Invoice) -> None:
        payment = locked(session, Payment, payment_id)
        if payment.problem is None:
            raise Conflict(gettext("Somebody else has matched this payment already."))
        payment.refuse_unless_countable(invoice)

    with holding(invoice_id, refuse) as (session, invoice):
        payment = session.get_one(Payment, payment_id)
        problem, payment.invoice, payment.problem = payment.problem, invoice, None
        session.flush()
        follow(session, payment)
        resolve(session, "matched", Attention.cause == f"unmatched:payment:{payment.id}", by=by, why=reason)
        settle(session, payment)
        _catch_up(session, payment)
        cause = f"payment:{payment.id}:matched"
        tell(session, "payment_matched", cause, invoice.id, user_id=by.id, money=payment.money, detail=reason)
        after = {"invoice": invoice.number, "reason": reason}
        log(session, by, "payment.match", f"payment:{payment.id}", {"problem": problem}, after)


def _catch_up(session: Session, payment: Payment) -> None:
    """What money of no invoice has not had: its days among the takings, receipt, credit notes and notices."""
    query = select(Refund).where(Refund.payment_id == payment.id, Refund.state == "succeeded").order_by(Refund.id)
    refunds = list(session.scalars(query))
    if payment.status == "succeeded":
        queue_receipt(session, payment)
    for refund in refunds:
        keep_credit_note(session, refund)
        if refund.origin != "manual":
            queue_notice(session, refund, payment)
    decided = session.scalars(select(Dispute.decided_at).where(Dispute.payment_id == payment.id))
    mark_dirty(session, payment, {payment.paid_at, *(refund.created_at for refund in refunds), *decided})
    later(add_up_dirty_days)


def move_payment(payment_id: int, invoice_id: int, by: User, reason: str, seen_on: int | None = None) -> None:
    """Let a payment, with its refunds and disputes, count for another invoice from now on.

    `seen_on` is the invoice at which the person saw it; Conflict when somebody has moved it since. Refuses
    drafts, void invoices and those in another currency. An open checkout of the invoice is closed first.
    A receipt that has not gone out yet goes to the customer of that invoice instead.
    """
    require(by, "payments.record")
    reason = reason_given(reason)
    source_id = _source(payment_id, invoice_id)

    def refuse(session: Session, invoice: Invoice) -> None:
        payment = locked(session, Payment, payment_id)
        if payment.invoice_id != source_id or seen_on not in (None, source_id):
            raise Conflict(gettext("Somebody else has moved this payment meanwhile. Look again before you move it."))
        payment.refuse_unless_countable(invoice)

    with holding(invoice_id, refuse, beside=source_id) as (session, target):
        source, payment = session.get_one(Invoice, source_id), session.get_one(Payment, payment_id)
        excess = (Attention.payment_id == payment.id, Attention.kind.in_(EXCESS))
        resolve(session, "moved", *excess, by=by, why=reason)
        payment.invoice = target
        session.flush()
        follow(session, payment)
        recount(session, source)
        settle(session, payment)
        mark_dirty(session, payment, (), source)
        later(add_up_dirty_days)
        _tell_move(session, source, target, payment, by, reason)
        _pass_receipt_on(session, payment)


def _pass_receipt_on(session: Session, payment: Payment) -> None:
    """One that waits at its former invoice is superseded there; nobody reads of a payment twice.

    Offline ones have a receipt only where staff have asked for it.
    """
    earlier = receipts_of(session, payment.id)
    is_due = payment.status == "succeeded" and (earlier or payment.account_id is not None)
    stands = (mail.invoice_id == payment.invoice_id and not mail.superseded_at for mail in earlier)
    if is_due and not any(stands) and not any(mail.sent_at for mail in earlier):
        queue_receipt(session, payment)


def _source(payment_id: int, invoice_id: int) -> int:
    """The invoice that the payment counts for."""
    with reading() as session:
        source_id = session.get_one(Payment, payment_id).invoice_id
    if source_id is None:
        raise Refused(gettext("This payment belongs to no invoice yet. Match it to one."))
    if source_id == invoice_id:
        raise Refused(gettext("This payment counts for that invoice already."))
    return source_id


def _tell_move(session: Session, source: Invoice, target: Invoice, payment: Payment, by: User, reason: str) -> None:
    move = f"payment:{payment.id}:moved:{new_operation()}"
    away, here = f"To Invoice {target.number}: {reason}", f"From Invoice {source.number}: {reason}"
    tell(session, "payment_moved_away", f"{move}:away", source.id, user_id=by.id, money=payment.money, detail=away)
    tell(session, "payment_moved_here", f"{move}:here", target.id, user_id=by.id, money=payment.money, detail=here)
    after = {"invoice": target.number, "reason": reason}
    log(session, by, "payment.move", f"payment:{payment.id}", {"invoice": source.number}, after)


@once_more
def dismiss(attention_id: int, by: User, reason: str) -> None:
    """Leave a matter as it is. Refuses without a reason, and what is over already."""
    require(by, "payments.record")
    reason = reason_given(reason)
    with transaction() as session:
        matter = session.get_one(Attention, attention_id)
        if matter.invoice_id:
            locked(session, Invoice, matter.invoice_id)
        if not resolve(session, "dismissed", Attention.id == matter.id, by=by, why=reason):
            raise Conflict(gettext("This matter is over already."))
        detail = f"{matter.kind_words}: {reason}"
        cause = f"attention:{matter.id}:dismissed:{new_operation()}"
        tell(session, "dismissed", cause, matter.invoice_id, user_id=by.id, money=matter.money, detail=detail)
        log(session, by, "attention.dismiss", f"attention:{matter.id}", after={"reason": reason})
