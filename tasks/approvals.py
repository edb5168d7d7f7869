"""A second person decides on refunds above the limit of a role."""

from sqlalchemy.orm import Session

from models.activity import log, tell
from models.clock import now
from models.figures import lock_all, settle
from models.language import gettext
from models.money import Money
from models.people import User, require
from models.refund import Refund, same_press
from models.refundability import obstacle
from models.refusal import Conflict, NotFound, Refused, reason_given
from tasks import later, once_more, transaction
from tasks.refunds import send_refund


@once_more
def approve_refund(refund_id: int, by: User) -> list[int]:
    """Let a refund that waits go to Stripe, with all parts of the same press; the ids of all of them.

    Refuses the person who asked for it, whatever role they have by now; what somebody else has decided; and
    what no longer fits, with the reason: it goes on waiting then. The approver's own limit does not count:
    two people agree on this refund, and that is all a limit asks for.
    """
    require(by, "refunds.approve")
    with transaction() as session:
        refunds = _waiting(session, refund_id)
        if any(refund.made_by_id == by.id for refund in refunds):
            raise Refused(gettext("You asked for this refund yourself: another person has to approve it."))
        for refund in refunds:
            _refuse_unfit(session, refund, by)
        for refund in refunds:
            refund.state, refund.due_at = "requested", now()
            refund.approved_by_id, refund.approved_at = by.id, now()
            _tell(session, "refund_approved", "approved", refund, by)
            later(send_refund, refund.id)
        _log(session, "refund.approve", refunds, by)
        return [refund.id for refund in refunds]


@once_more
def reject_refund(refund_id: int, by: User, reason: str) -> None:
    """Cancel a refund that waits, with all parts of the same press, and set its money free.

    Needs a reason. Who asked for it may take it back in the same way. Refuses what was decided already.
    """
    reason = reason_given(reason)[:400]
    with transaction() as session:
        refunds = _waiting(session, refund_id)
        is_own = all(refund.made_by_id == by.id for refund in refunds)
        if not is_own:
            require(by, "refunds.approve")
        for refund in refunds:
            refund.state, refund.failure = "canceled", f"{'Taken back' if is_own else 'Rejected'} by {by}: {reason}"
            settle(session, refund.payment)
            _tell(session, "refund_rejected", "canceled", refund, by, reason)
        _log(session, "refund.reject", refunds, by, reason)


def _waiting(session: Session, refund_id: int) -> list[Refund]:
    """All that one press has asked for, its payments locked; refused unless all of it still waits."""
    refund = session.get(Refund, refund_id)
    if refund is None:
        raise NotFound(gettext("There is no such refund."))
    lock_all(session, [part.payment_id for part in same_press(session, refund)])
    refunds = same_press(session, refund)
    if not all(part.is_waiting for part in refunds):
        raise Conflict(gettext("Somebody has already decided on this refund."))
    return refunds


def _refuse_unfit(session: Session, refund: Refund, by: User) -> None:
    payment = refund.payment
    if why := obstacle(session, payment, by):
        raise Refused(" ".join([gettext("It cannot be refunded now."), why]))
    if payment.captured - payment.reserved - payment.withdrawn < 0:
        taken = Money(payment.withdrawn + payment.refunded, payment.currency)
        no_fit = gettext("It no longer fits: %(amount)s of this payment has gone back.", amount=taken)
        raise Refused(" ".join([no_fit, gettext("Reject it and refund what is left.")]))


def _tell(session: Session, kind: str, what: str, refund: Refund, by: User, detail: str = "") -> None:
    invoice_id = refund.payment.invoice_id
    tell(session, kind, f"refund:{refund.id}:{what}", invoice_id, user_id=by.id, money=refund.money, detail=detail)


def _log(session: Session, action: str, refunds: list[Refund], by: User, reason: str = "") -> None:
    amount = Money(sum(refund.amount for refund in refunds), refunds[0].currency)
    asked = {"asked_by": str(refunds[0].made_by), "amount": str(amount)}
    log(session, by, action, f"refund:{refunds[0].id}", asked, {"state": refunds[0].state, "reason": reason})
