"""Figures of the dashboard: one amount each, with what it is compared with."""

from dataclasses import dataclass, replace

from babel.dates import format_interval
from babel.numbers import format_percent
from flask import url_for
from sqlalchemy.orm import Session

from admin_views.periods import Period, same_days_of_last_month, this_month
from models.language import gettext, ngettext, pgettext, reader_locale
from models.money import Money
from models.organization import Organization
from models.receivables import Owed, outstanding, overdue
from models.revenue import Takings, total_takings


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `others` are the same in other currencies, which are never added to it.

    `trend` is *up*, *down*, or empty where more is neither good nor bad.
    """

    label: str
    money: Money
    note: str
    href: str
    others: tuple[Money, ...] = ()
    trend: str = ""
    compared: str = ""

    @property
    def note_in_full(self) -> str:
        return ", ".join([self.note, *(gettext("also %(amount)s", amount=money) for money in self.others)])


def collected(session: Session, organization: Organization) -> list[Tile]:
    """What came in this month, beside the same days of last month."""
    ours, month = organization.currency, this_month(organization.today())
    earlier = same_days_of_last_month(month)
    taken = total_takings(session, organization.zone, month.first, month.last)
    before = total_takings(session, organization.zone, earlier.first, earlier.last).get(ours, Takings(ours))
    mine = taken.get(ours, Takings(ours))
    others = tuple(Money(t.collected, c) for c, t in sorted(taken.items()) if c != ours and t.collected)
    note = ngettext("%(num)s payment", "%(num)s payments", mine.payments)
    money, href = Money(mine.collected, ours), url_for("analytics.index")
    tile = Tile(gettext("Collected this month"), money, note, href, others)
    return [_beside(tile, mine.collected, before.collected, earlier)]


def owed(session: Session, organization: Organization) -> list[Tile]:
    """What is due, and the part of it that is late."""
    ours = organization.currency
    return [
        _owed(gettext("Outstanding"), outstanding(session), ours, {"flt0_outstanding_is": "1"}),
        _owed(pgettext("amount", "Overdue"), overdue(session, organization.today()), ours, {"flt0_overdue_is": "1"}),
    ]


def _beside(tile: Tile, now: int, before: int, earlier: Period) -> Tile:
    locale = reader_locale()
    days = format_interval(earlier.first, earlier.last, "MMMd", locale=locale)
    if not before:
        return replace(tile, compared=gettext("Nothing came in on %(days)s", days=days))
    if now == before:
        return replace(tile, compared=gettext("As much as on %(days)s", days=days))
    change = format_percent(abs(now - before) / before, locale=locale)
    if now > before:
        words = gettext("%(change)s more than on %(days)s", change=change, days=days)
        return replace(tile, trend="up", compared=words)
    words = gettext("%(change)s less than on %(days)s", change=change, days=days)
    return replace(tile, trend="down", compared=words)


def _owed(label: str, found: dict[str, Owed], ours: str, query: dict[str, str]) -> Tile:
    mine = found.get(ours, Owed(Money(0, ours), 0))
    others = tuple(o.money for c, o in sorted(found.items()) if c != ours)
    note = ngettext("%(num)s invoice", "%(num)s invoices", sum(o.invoices for o in found.values()))
    return Tile(label, mine.money, note, url_for("invoice.index_view", **query), others)
