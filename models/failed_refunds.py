"""Refunds that failed wait for a person until the money has gone back otherwise."""

from dataclasses import dataclass
from datetime import datetime
from math import inf

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.activity import Activity, happened_at
from models.attention import Attention, keep_open, resolve
from models.money import Money
from models.payment import Payment
from models.refund import Refund
from models.stripe_event import StripeEvent

NOT_GIVEN = ("failed", "canceled")
# The place in the timeline of what is being told just now.
LAST = inf


@dataclass(slots=True)
class Failure:
    """A refund that failed: how much of it is still missing, when it failed, and where the timeline tells of it.

    The moment is that of Stripe's clock as far as Stripe has told it.
    """

    matter: Attention
    refund: Refund
    missing: int
    at: datetime
    place: float

    def is_answered_by(self, other: Refund, place: float) -> bool:
        """Whether the other was made in place of this one; what was asked for before it failed was meant besides.

        Who asks or records here knows what was told by then. Who refunds elsewhere has seen what stood there.
        """
        was_told = other.made_by_id is not None and self.place < place
        is_elsewhere = other.made_by_id is None or other.origin == "manual"
        return was_told or (is_elsewhere and self.at <= other.created_at)


def watch_failed_refunds(session: Session, payment: Payment) -> None:
    """A refund that failed is over once later ones have given as much, or nothing is left to give back."""
    for failure in _failures(session, payment):
        matter = failure.matter
        if not failure.missing or payment.held <= 0:
            resolve(session, "settled", Attention.id == matter.id)
        else:
            keep_open(
                session,
                matter.kind,
                matter.cause,
                Money(failure.missing, payment.currency),
                payment_id=payment.id,
                invoice_id=payment.invoice_id,
                refund_id=matter.refund_id,
                detail=matter.detail,
            )


def _failures(session: Session, payment: Payment) -> list[Failure]:
    """In the order in which they were told, without what others have made up for; no refund does so for two.

    One that failed too is a matter of its own, and takes the place of what it was made for.
    """
    matters = select(Attention).where(Attention.kind == "refund_failed", Attention.payment_id == payment.id)
    found = session.scalars(matters.order_by(Attention.id).execution_options(populate_existing=True))
    failed = [(matter, matter.refund) for matter in found if matter.refund and matter.refund.state in NOT_GIVEN]
    if not failed:
        return []
    tried = or_(Refund.state == "succeeded", Refund.id.in_([refund.id for _, refund in failed]))
    query = select(Refund).where(Refund.payment_id == payment.id, tried).order_by(Refund.created_at, Refund.id)
    refunds = list(session.scalars(query))
    told, moments = _told(session, refunds), _moments(session, refunds)
    failures = []
    for matter, refund in failed:
        place, at = told.get(f"refund:{refund.id}:{refund.state}", (LAST, happened_at()))
        failures.append(Failure(matter, refund, refund.amount, moments.get(refund.stripe_id, at), place))
    for refund in refunds:
        first = "succeeded" if refund.origin == "manual" else "requested"
        place, _ = told.get(f"refund:{refund.id}:{first}", (LAST, happened_at()))
        _make_up(refund.amount, [one for one in failures if one.is_answered_by(refund, place)])
    return failures


def _make_up(amount: int, failures: list[Failure]) -> None:
    for failure in failures:
        part = min(amount, failure.missing)
        failure.missing -= part
        amount -= part


def _told(session: Session, refunds: list[Refund]) -> dict[str, tuple[float, datetime]]:
    """By their causes, where the timeline tells of them and of when."""
    causes = [f"refund:{refund.id}:{what}" for refund in refunds for what in ("requested", "succeeded", *NOT_GIVEN)]
    entries = session.scalars(select(Activity).where(Activity.cause.in_(causes)))
    return {entry.cause: (entry.id, entry.at) for entry in entries}


def _moments(session: Session, refunds: list[Refund]) -> dict[str | None, datetime]:
    """When they failed, by Stripe's ids, as its events say, however late these have come."""
    failed = (StripeEvent.type == "refund.failed", StripeEvent.object_id.in_([refund.stripe_id for refund in refunds]))
    query = select(StripeEvent.object_id, func.min(StripeEvent.created_at)).where(*failed)
    return dict(session.execute(query.group_by(StripeEvent.object_id)).all())
