"""What can be refunded of each payment, and why not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from models.dispute import Dispute
from models.language import gettext
from models.money import Money
from models.payment import Payment, method_words
from models.people import User, can
from models.refund import RESERVING, WAITING, Refund

# Decided for us: the money came back, and Stripe refunds such a charge again.
_OURS_AGAIN = ("won", "warning_closed", "prevented")


@dataclass(frozen=True, slots=True)
class Source:
    """One payment, what can be refunded of it through Stripe now, and why that is nothing.

    `by_hand` is what can only be given back without us, and then recorded here.
    """

    payment: Payment
    left: Money
    why_not: str
    by_hand: Money

    def why_not_for(self, user: User) -> str:
        """The same for one person: with what they can do about it, or who can."""
        return f"{self.why_not} {_way_out(self.payment, user)}" if self.is_out_of_reach else self.why_not

    @property
    def is_out_of_reach(self) -> bool:
        """Whether nothing else is in the way than that Stripe cannot be asked."""
        return bool(self.why_not) and self.why_not == _out_of_reach(self.payment)

    @property
    def title(self) -> str:
        method = method_words(self.payment.method) or gettext("Payment")
        return gettext("%(method)s, %(amount)s", method=method, amount=self.payment.money)


def sources(session: Session, *of: ColumnElement[bool]) -> list[Source]:
    """The payments that brought money, or have it on its way, the newest first."""
    came = select(Payment).where(Payment.status.in_(("succeeded", "processing")), *of)
    newest = came.options(joinedload(Payment.account)).order_by(Payment.paid_at.desc(), Payment.id.desc())
    payments = list(session.scalars(newest))
    ids = [payment.id for payment in payments]
    disputes, refunds = defaultdict(list), defaultdict(list)
    for dispute in session.scalars(select(Dispute).where(Dispute.payment_id.in_(ids))):
        disputes[dispute.payment_id].append(dispute)
    for refund in session.scalars(select(Refund).where(Refund.payment_id.in_(ids), Refund.state.in_(RESERVING))):
        refunds[refund.payment_id].append(refund)
    return [_source(payment, disputes[payment.id], refunds[payment.id]) for payment in payments]


def obstacle(session: Session, payment: Payment, user: User) -> str:
    """What keeps any refund of this payment from being made at Stripe now, for this person; empty when nothing does."""
    disputes = session.scalars(select(Dispute).where(Dispute.payment_id == payment.id))
    if (why := _obstacle(payment, disputes)) or is_reachable(payment):
        return why
    return f"{_out_of_reach(payment)} {_way_out(payment, user)}"


def is_reachable(payment: Payment) -> bool:
    """Whether Stripe can be asked to give it back: it came through Stripe, on an account that lets us in."""
    return payment.account is not None and not payment.account.is_out_of_reach


def _source(payment: Payment, disputes: list[Dispute], refunds: list[Refund]) -> Source:
    nothing = Money(0, payment.currency)
    left = payment.refundable()
    why = _obstacle(payment, disputes) or ("" if left.amount else _spent(payment, refunds)) or _out_of_reach(payment)
    return Source(payment, nothing if why else left, why, nothing if is_reachable(payment) else left)


def _obstacle(payment: Payment, disputes: Iterable[Dispute]) -> str:
    if payment.status == "processing":
        return gettext("The payment is still processing. It can be refunded once the money has arrived.")
    if payment.captured and payment.refunded >= payment.captured:
        return ""
    held = (one for one in disputes if not one.is_charge_refundable and one.status not in _OURS_AGAIN)
    return next((_disputed(dispute) for dispute in held), "")


def _disputed(dispute: Dispute) -> str:
    taken = Money(dispute.withdrawn or dispute.amount, dispute.currency)
    if dispute.is_open:
        return gettext(
            "It is disputed: Stripe has withdrawn %(amount)s and refunds nothing of it until the dispute is decided.",
            amount=taken,
        )
    return gettext(
        "Its dispute was lost: the customer has %(amount)s back already, and Stripe refunds no more of it.",
        amount=taken,
    )


def _spent(payment: Payment, refunds: list[Refund]) -> str:
    """Where all of it has gone."""
    if payment.refunded >= payment.captured:
        gone = Money(payment.refunded, payment.currency)
        return gettext("All of it, %(amount)s, has been given back already.", amount=gone)
    sentences = []
    if waiting := sum(refund.amount for refund in refunds if refund.state == WAITING):
        held = Money(waiting, payment.currency)
        sentences.append(gettext("%(amount)s of it waits for approval.", amount=held))
    for refund in refunds:
        if refund.state not in (WAITING, "succeeded"):
            sentences += [gettext("%(amount)s of it is on its way back.", amount=refund.money), refund.about]
    if payment.withdrawn:
        taken = Money(payment.withdrawn, payment.currency)
        sentences.append(gettext("A dispute has withdrawn %(amount)s of it.", amount=taken))
    return " ".join(filter(None, sentences)) or gettext("Nothing of it is left.")


def _out_of_reach(payment: Payment) -> str:
    if payment.account is None:
        return gettext("It was not paid through Stripe.")
    if payment.account.is_out_of_reach:
        return gettext(
            "The Stripe account that took this payment, %(account)s, is no longer connected.", account=payment.account
        )
    return ""


def _way_out(payment: Payment, user: User) -> str:
    """What this person can do about money that Stripe cannot be asked for, and what somebody else can."""
    may_record = can(user, "payments.record")
    if payment.account is None:
        if may_record:
            return gettext("Give it back the way it came, and record that here.")
        return gettext("Somebody with the role Finance can give it back the way it came, and record that here.")
    match can(user, "integrations.connect"), may_record:
        case True, True:
            return gettext("Connect it again, or refund in Stripe's Dashboard and record it here.")
        case True, False:
            return gettext(
                "Connect it again, or ask somebody with the role Finance to refund in Stripe's Dashboard and record "
                "it here."
            )
        case False, True:
            return gettext("Ask an admin to connect it again, or refund in Stripe's Dashboard and record it here.")
    return gettext(
        "Ask an admin to connect it again, or somebody with the role Finance to refund in Stripe's Dashboard and "
        "record it here."
    )
