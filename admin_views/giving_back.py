"""What the pages say about giving money back: of which payments, how much alone, who must approve, why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from babel.lists import format_list
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from admin_views.policy import may, me
from admin_views.stripe_links import dashboard_url
from models.language import gettext, reader_locale
from models.money import Money, exponent
from models.organization import the_organization
from models.payment import Payment
from models.people import User
from models.refund import Refund
from models.refund_limit import approvers, free_hand
from models.refundability import Source, sources


@dataclass(frozen=True)
class Giving:
    """What can be given back of an invoice, or of one payment; read lazily."""

    session: Session
    noun: str  # invoice or payment
    row: int
    currency: str
    # What the form begins with, where that is not everything and no reason.
    suggested: int = 0
    reason: str = ""

    @cached_property
    def found(self) -> list[Source]:
        return sources(self.session, self._which)

    @property
    def _which(self) -> ColumnElement[bool]:
        return (Payment.id if self.noun == "payment" else Payment.invoice_id) == self.row

    @cached_property
    def able(self) -> list[Source]:
        return [source for source in self.found if source.left.amount]

    @property
    def unable(self) -> list[Source]:
        return [source for source in self.found if source.why_not]

    @cached_property
    def by_hand(self) -> list[Source]:
        return [source for source in self.found if source.by_hand.amount]

    @cached_property
    def most(self) -> Money:
        return Money(sum(source.left.amount for source in self.able), self.currency)

    @property
    def captured(self) -> Money:
        return Money(sum(source.payment.captured for source in self.found), self.currency)

    @property
    def refunded(self) -> Money:
        return Money(sum(source.payment.refunded for source in self.found), self.currency)

    @property
    def first(self) -> Money:
        """What the form begins with."""
        return min(self.most, Money(self.suggested, self.currency)) if self.suggested else self.most

    @cached_property
    def hand(self) -> Money | None:
        """How much this person may refund alone; None when nobody else has to agree to any of it."""
        invoice_id = self.found[0].payment.invoice_id
        counted = Payment.invoice_id == invoice_id if invoice_id else self._which
        hand = free_hand(self.session, me(), self.currency, counted)
        return None if hand is None or hand >= self.most else hand

    @property
    def waits(self) -> bool:
        """Whether what the form begins with is more than one may refund alone."""
        return self.hand is not None and self.first > self.hand

    @property
    def exponent(self) -> int:
        """How many decimals people write in the currency."""
        return exponent(self.currency)

    @property
    def records_only(self) -> bool:
        """Nothing goes through Stripe, but this person can record what went back otherwise."""
        return not self.most.amount and bool(self.by_hand) and may("payments.record")

    @property
    def today(self) -> date:
        return the_organization(self.session).today()

    @staticmethod
    def why_not(source: Source) -> str:
        """Why nothing of it can be refunded, with what this person can do about it, or who can."""
        return source.why_not_for(me())

    @staticmethod
    def at_stripe(source: Source) -> str:
        """The payment's page in Stripe's Dashboard; empty when it did not come through Stripe."""
        payment = source.payment
        return dashboard_url(payment.account, f"payments/{payment.payment_intent_id}") if payment.account else ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One press of Issue refund that waits for a second person, with all its parts."""

    refunds: tuple[Refund, ...]
    deciders: tuple[User, ...]

    @property
    def first(self) -> Refund:
        return self.refunds[0]

    @property
    def money(self) -> Money:
        return Money(sum(refund.amount for refund in self.refunds), self.first.currency)

    @property
    def for_whom(self) -> str:
        """`Ada or Finn`; empty while nobody may."""
        return format_list([str(user) for user in self.deciders], "or", reader_locale())

    @property
    def is_own(self) -> bool:
        return self.first.made_by_id == me().id

    @property
    def can_approve(self) -> bool:
        return may("refunds.approve") and not self.is_own


def waiting(session: Session, refunds: Iterable[Refund]) -> list[Waiting]:
    """Those of the refunds that wait, the parts of one press together."""
    presses: dict[str | None, list[Refund]] = {}
    for refund in refunds:
        if refund.is_waiting:
            presses.setdefault(refund.operation, []).append(refund)
    all_deciders = approvers(session) if presses else []
    return [
        Waiting(tuple(parts), tuple(user for user in all_deciders if user.id != parts[0].made_by_id))
        for parts in presses.values()
    ]


def refundable(session: Session, invoice_ids: list[int]) -> dict[int, Money]:
    """What could be given back of each of these invoices now; those of which nothing could are left out."""
    sums: dict[int, Money] = {}
    for source in sources(session, Payment.invoice_id.in_(invoice_ids)):
        invoice_id = source.payment.invoice_id
        if invoice_id and source.left.amount:
            before = sums.get(invoice_id, Money(0, source.left.currency))
            sums[invoice_id] = Money(before.amount + source.left.amount, source.left.currency)
    return sums


def what_became_of(session: Session, made: list[int]) -> str:
    """What one press has led to: Stripe is asked, or another person."""
    refunds = list(session.scalars(select(Refund).where(Refund.id.in_(made))))
    amount = Money(sum(refund.amount for refund in refunds), refunds[0].currency)
    waits = any(refund.is_waiting for refund in refunds)
    if waits:
        return gettext("Refund of %(amount)s waits for another person's approval.", amount=amount)
    return gettext("Refund of %(amount)s requested.", amount=amount)
