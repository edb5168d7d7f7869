"""The dashboard's widgets: what each is called, who may see its rows, and what it reads."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from admin_views import tiles, waiting
from admin_views.policy import may
from models.clock import now
from models.dispute import TO_ANSWER, Dispute
from models.invoice import Invoice
from models.language import LazyString, lazy_gettext, lazy_pgettext
from models.newest import Newest, newest
from models.organization import Organization
from models.payment import Payment
from models.receivables import unviewed
from models.stripe_account import UNDERWAY, Payout

# Rows of Recent Payments, and of each of the smaller widgets.
RECENT, FEW = 8, 5

_OF_INVOICE = joinedload(Payment.invoice).joinedload(Invoice.contact)


@dataclass(frozen=True, slots=True)
class Widget:
    """`place`: *figures* stand in one row on top, *half* ones side by side beneath it, *wide* ones take a row."""

    name: str
    title: LazyString
    permission: str
    place: str
    read: Callable[[Session, Organization], Any]

    @property
    def template(self) -> str:
        return "admin/dashboard/_figures.html" if self.place == "figures" else f"admin/dashboard/_{self.name}.html"


def _waiting(session: Session, organization: Organization) -> list[tuple[str, str]]:
    """What waits for a person: its name, and how many there are in words."""
    found = waiting.counts(session)
    return [(noun, waiting.WORDS[noun](number)) for noun, number in found.items() if number]


def _disputes(session: Session, organization: Organization) -> Newest[tuple[Dispute, str]]:
    """Those that wait for an answer, the one due first on top, each with the time that is left."""
    query = select(Dispute).where(Dispute.status.in_(TO_ANSWER))
    loaded = query.options(joinedload(Dispute.payment).options(_OF_INVOICE))
    found = newest(session, loaded.order_by(Dispute.due_by.is_(None), Dispute.due_by, Dispute.id), FEW)
    return Newest([(dispute, dispute.time_left(organization)) for dispute in found.rows], found.more)


def _unviewed(session: Session, organization: Organization) -> Newest[Invoice]:
    query: Select[Invoice] = select(Invoice).where(unviewed(now())).options(joinedload(Invoice.contact))
    return newest(session, query.order_by(Invoice.sent_at, Invoice.id), FEW)


def _payouts(session: Session, organization: Organization) -> Newest[Payout]:
    """Those that have not arrived, the next to arrive on top."""
    query = select(Payout).where(Payout.status.in_(UNDERWAY))
    return newest(session, query.order_by(Payout.arrival_date.is_(None), Payout.arrival_date, Payout.id), FEW)


def _recent(session: Session, organization: Organization) -> list[Payment]:
    """The latest charges that came or are on their way, the newest first."""
    query = select(Payment).where(Payment.status.in_(("succeeded", "processing"))).options(_OF_INVOICE)
    return list(session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc()).limit(RECENT)))


WIDGETS = (
    Widget("collected", lazy_gettext("Collected this month"), "analytics.view", "figures", tiles.collected),
    Widget("owed", lazy_gettext("Outstanding and overdue"), "invoices.view", "figures", tiles.owed),
    Widget("attention", lazy_pgettext("page", "Needs attention"), "payments.view", "half", _waiting),
    Widget("disputes", lazy_gettext("Disputes due"), "disputes.view", "half", _disputes),
    Widget("unviewed", lazy_gettext("Sent but not viewed for 3 days"), "invoices.view", "half", _unviewed),
    Widget("payouts", lazy_gettext("Payouts on their way"), "payments.view", "half", _payouts),
    Widget("recent", lazy_gettext("Recent Payments"), "payments.view", "wide", _recent),
)


def offered() -> list[Widget]:
    """Those whose rows the person of this request may see."""
    return [widget for widget in WIDGETS if may(widget.permission)]


def shown(hidden: Collection[str]) -> list[Widget]:
    """Those of them that the person has not switched off."""
    return [widget for widget in offered() if widget.name not in hidden]
