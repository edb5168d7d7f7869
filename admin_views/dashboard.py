"""The dashboard: what came in, what is owed, what needs a person."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_admin import expose
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_views import waiting
from admin_views.base import Home
from admin_views.periods import this_month
from admin_views.policy import may
from models.base import db
from models.dispute import Dispute, count_to_answer, next_to_answer
from models.invoice import Invoice
from models.money import Money
from models.organization import Organization, the_organization
from models.payment import Payment
from models.receivables import Owed, outstanding, overdue
from models.revenue import Takings, total_takings
from models.stripe_account import Payout, active_account

RECENT = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `others` are the same in other currencies, which are never added to it."""

    label: str
    money: Money
    note: str
    href: str
    others: tuple[Money, ...] = ()

    @property
    def note_in_full(self) -> str:
        return ", ".join([self.note, *(f"also {money}" for money in self.others)]) if self.others else self.note


class Dashboard(Home):
    """The first page after the sign-in; each part is shown to those who may see what it leads to."""

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)

    @expose("/")
    def index(self) -> str:
        session = db.session
        organization = the_organization(session)
        return self.render(
            "admin/dashboard/index.html",
            connected=active_account(session) is not None,
            tiles=_tiles(session, organization) if may("analytics.view") else [],
            dispute=_dispute(session, organization) if may("disputes.view") else None,
            waits=waiting.in_words(waiting.counts(session)) if may("payments.view") else "",
            payments=_recent(session) if may("payments.view") else [],
        )


def _tiles(session: Session, organization: Organization) -> list[Tile]:
    ours = organization.currency
    month = this_month(organization.today())
    taken = total_takings(session, organization.zone, month.first, month.last)
    tiles = [_collected(taken, ours)]
    owed = outstanding(session)
    late = overdue(session, organization.today())
    tiles.append(_owed("Outstanding", owed, ours, {"flt0_outstanding_is": "1"}))
    tiles.append(_owed("Overdue", late, ours, {"flt0_overdue_is": "1"}))
    if payout := _next_payout(session):
        arrival = "" if payout.arrival_date is None else f"arrives {payout.arrival_date:%b} {payout.arrival_date.day}"
        money = Money(payout.amount, payout.currency)
        tiles.append(Tile("Next payout", money, arrival, url_for("stripe.index_view")))
    return tiles


def _collected(taken: dict[str, Takings], ours: str) -> Tile:
    mine = taken.get(ours, Takings(ours))
    others = tuple(Money(t.collected, c) for c, t in sorted(taken.items()) if c != ours and t.collected)
    note = ngettext("%(num)s payment", "%(num)s payments", mine.payments)
    return Tile("Collected this month", Money(mine.collected, ours), note, url_for("analytics.index"), others)


def _owed(label: str, owed: dict[str, Owed], ours: str, query: dict[str, str]) -> Tile:
    mine = owed.get(ours, Owed(Money(0, ours), 0))
    others = tuple(o.money for c, o in sorted(owed.items()) if c != ours)
    note = ngettext("%(num)s invoice", "%(num)s invoices", sum(o.invoices for o in owed.values()))
    return Tile(label, mine.money, note, url_for("invoice.index_view", **query), others)


def _next_payout(session: Session) -> Payout | None:
    query = select(Payout).where(Payout.status.in_(("pending", "in_transit")))
    return session.scalars(query.order_by(Payout.arrival_date, Payout.id).limit(1)).one_or_none()


def _dispute(session: Session, organization: Organization) -> dict[str, Any] | None:
    """`1 dispute due in 5 days`, and the one that is due first."""
    first = next_to_answer(session)
    if first is None:
        return None
    number, left = count_to_answer(session), first.time_left(organization)
    due = f" due {left}" if left.startswith("in ") else f": {left}" if left else " to answer"
    sentence = f"1 dispute{due}" if number == 1 else f"{number} disputes, the first{due}"
    return {"sentence": sentence, "first": _with_customer(session, first)}


def _with_customer(session: Session, dispute: Dispute) -> Dispute:
    loading = joinedload(Dispute.payment).joinedload(Payment.invoice).joinedload(Invoice.contact)
    return session.scalars(select(Dispute).where(Dispute.id == dispute.id).options(loading)).one()


def _recent(session: Session) -> list[Payment]:
    """The latest charges that came or are on their way, the newest first."""
    query = select(Payment).where(Payment.status.in_(("succeeded", "processing")))
    loading = joinedload(Payment.invoice).joinedload(Invoice.contact)
    return list(
        session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc()).options(loading).limit(RECENT))
    )
