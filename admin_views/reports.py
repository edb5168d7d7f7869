"""A report of Payment Analytics: a range of days in one currency, cut into slots, beside the range before it."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import url_for
from flask_babel import format_percent, get_locale
from sqlalchemy.orm import Session

from admin_views import periods
from admin_views.charts import Bar, Chart, axis
from admin_views.day_filters import NO_METHOD, in_words, rows_behind, unmatched_money
from admin_views.periods import Period
from admin_views.policy import may
from models.counted import day_bounds, fees_unknown
from models.language import gettext, ngettext
from models.matters import unmatched
from models.money import Money
from models.organization import Organization
from models.revenue import Takings, takings_by_day

Found = dict[tuple[str, date], Takings]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for. `name` is the preset, or empty for a range that was typed."""

    period: Period
    name: str
    step: str
    currency: str
    basis: str

    @property
    def before(self) -> Period:
        return periods.before(self.name, self.period)

    def args(self, **changes: str) -> dict[str, str]:
        """Its address, or that of the same report with something else."""
        first, last = self.period.first.isoformat(), self.period.last.isoformat()
        days = {"period": self.name} if self.name else {"from": first, "to": last}
        kept = days if "period" not in changes else {}
        return {**kept, "by": self.step, "currency": self.currency, "basis": self.basis} | changes


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the rows of each figure of some days are; nowhere for who may not see them."""

    asked: Asked
    period: Period

    @property
    def collected(self) -> str:
        return self._at("payment", "payments.view")

    @property
    def uncounted(self) -> str:
        return unmatched_money(self.period, self.asked.currency) if may("payments.view") else ""

    @property
    def refunded(self) -> str:
        return self._at("refund", "payments.view")

    @property
    def lost(self) -> str:
        return self._at("dispute", "disputes.view")

    @property
    def net(self) -> str:
        """The sum that it is, each part of which opens its rows."""
        whole = self.period == self.asked.period
        asked = self.asked if whole else replace(self.asked, period=self.period, name="")
        return url_for("analytics.index", **asked.args(show="net"))

    def by_method(self, name: str) -> str:
        return self._at("payment", "payments.view", method_is=name or NO_METHOD)

    def _at(self, endpoint: str, permission: str, **more: str) -> str:
        # No list reaches further back; what a range is held against may.
        if not may(permission) or self.period.first < periods.EARLIEST:
            return ""
        return rows_behind(endpoint, self.asked.basis, self.period, self.asked.currency, **more)


@dataclass(slots=True)
class Slot:
    """A day, a week or a month, as far as it lies in the range: one place in the chart, one line of the table."""

    label: str
    days: Period
    behind: Behind
    takings: Takings
    before: Takings
    # Which days of the range before it stands beside.
    days_before: Period | None = None

    @property
    def collected_before(self) -> str:
        """Where the rows of that are."""
        return Behind(self.behind.asked, self.days_before).collected if self.days_before else ""


@dataclass(slots=True)
class Report:
    """The range and the one before it.

    `unknown` is of how many payments of the range the fee is not known yet. `strays` are payments that came in then and
    fit no invoice: how many, and what they come to.
    """

    asked: Asked
    total: Takings
    before: Takings
    unknown: int = 0
    strays: tuple[int, int] = (0, 0)
    slots: list[Slot] = field(default_factory=list)

    @property
    def rows(self) -> list[Slot]:
        """Slots in which something happened, the newest first."""
        return [slot for slot in reversed(self.slots) if slot.before.collected or not slot.takings.is_nothing]

    @property
    def behind(self) -> Behind:
        return Behind(self.asked, self.asked.period)

    @property
    def collected_before(self) -> str:
        return Behind(self.asked, self.asked.before).collected

    @property
    def counted(self) -> str:
        return ngettext("%(num)s payment", "%(num)s payments", self.total.payments)

    @property
    def fees_to_come(self) -> str:
        if not self.unknown:
            return ""
        return ngettext("Fee of %(num)s payment not known yet", "Fees of %(num)s payments not known yet", self.unknown)

    @property
    def uncounted(self) -> str:
        """What came in and is in none of the figures; empty when all is."""
        number, amount = self.strays
        if not number:
            return ""
        return ngettext(
            "%(num)s unmatched payment of %(amount)s is not counted",
            "%(num)s unmatched payments of %(amount)s together are not counted",
            number,
            amount=Money(amount, self.asked.currency),
        )

    @property
    def chart(self) -> Chart:
        """Collected, slot by slot."""
        values = (value for slot in self.slots for value in (slot.takings.collected, slot.before.collected))
        return Chart([self._bar(slot) for slot in self.slots], axis(max(values, default=0), self.asked.currency))

    def _bar(self, slot: Slot) -> Bar:
        now, before = slot.takings.collected, slot.before.collected
        return Bar(slot.label, now, before, self._said(slot), slot.behind.collected if now else "")

    def _said(self, slot: Slot) -> str:
        now, before = (Money(t.collected, self.asked.currency) for t in (slot.takings, slot.before))
        return gettext("%(days)s: %(now)s, %(before)s before", days=in_words(slot.days), now=now, before=before)

    def change(self, figure: str) -> str:
        """`$900.00 before (+12%)`, of one of the figures."""
        now, before = getattr(self.total, figure), getattr(self.before, figure)
        was = Money(before, self.asked.currency)
        if before <= 0 or now == before:
            return gettext("%(amount)s before", amount=was)
        change = f"{'+' if now > before else ''}{format_percent((now - before) / before)}".replace("-", "−")
        return gettext("%(amount)s before (%(change)s)", amount=was, change=change)


def report_of(session: Session, organization: Organization, asked: Asked, found: Found) -> Report:
    """`found` are the takings of the range by day; those of the range before are looked up."""
    zone, nothing = organization.zone, Takings(asked.currency)
    unknown = fees_unknown(session, asked.basis, asked.period.first, asked.period.last, zone)
    strays = unmatched(session, asked.currency, *_bounds(asked.period, zone))
    report = Report(asked, nothing, nothing, unknown.get(asked.currency, 0), strays, _slots(asked))
    for (currency, day), takings in found.items():
        if currency == asked.currency:
            report.slots[_place(day, asked.period.first, asked.step)].takings += takings
            report.total += takings
    earlier = takings_by_day(session, zone, asked.before.first, asked.before.last, asked.basis)
    for day in asked.before.days:
        takings = earlier.get((asked.currency, day), nothing)
        _put_beside(report.slots[min(_place_before(day, asked), len(report.slots) - 1)], day, takings)
        report.before += takings
    return report


def _bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return day_bounds(period.first, zone)[0], day_bounds(period.last, zone)[1]


def _put_beside(slot: Slot, day: date, takings: Takings) -> None:
    """One day after the other of the range before."""
    slot.days_before = Period(slot.days_before.first if slot.days_before else day, day)
    slot.before += takings


def _slots(asked: Asked) -> list[Slot]:
    slots: dict[date, Slot] = {}
    for day in asked.period.days:
        start = periods.slot_of(day, asked.step)
        first = slots[start].days.first if start in slots else day
        days = Period(first, day)
        nothing = Takings(asked.currency)
        slots[start] = Slot(_label(first, asked), days, Behind(asked, days), nothing, nothing)
    return list(slots.values())


def _place(day: date, first: date, step: str) -> int:
    """In which slot of a range that begins then the day lies, counted from 0."""
    if step == "month":
        return (day.year - first.year) * 12 + day.month - first.month
    days = (periods.slot_of(day, step) - periods.slot_of(first, step)).days
    return days // 7 if step == "week" else days


def _place_before(day: date, asked: Asked) -> int:
    """Beside which slot a day of the range before stands."""
    if asked.step == "month":
        return _place(day, asked.before.first, asked.step)
    return _place(asked.period.first + (day - asked.before.first), asked.period.first, asked.step)


def _label(day: date, asked: Asked) -> str:
    years = asked.period.first.year != asked.period.last.year
    skeleton = "yMMM" if asked.step == "month" else "yMMMd" if years else "MMMd"
    return format_skeleton(skeleton, day, locale=get_locale())
