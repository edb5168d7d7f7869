"""Payment Analytics: what came in, what went back, what is owed, for a range of days in one currency."""

from dataclasses import dataclass, field
from datetime import date

from flask import flash, request
from flask_admin import expose
from flask_babel import ngettext

from admin_views import periods
from admin_views.base import Page
from admin_views.charts import Bar, axis
from admin_views.periods import PRESETS, Period
from models.base import db
from models.money import Money
from models.organization import Organization, the_organization
from models.receivables import Owed, outstanding
from models.refusal import Refused
from models.revenue import Takings, takings_by_day

STEPS = {"day": "Day", "week": "Week", "month": "Month"}


@dataclass(slots=True)
class Slot:
    """One bar and its line in the table: a day, a week or a month."""

    label: str
    takings: Takings


@dataclass(slots=True)
class Report:
    """The range, cut into slots, in the currency that is shown."""

    currency: str
    step: str
    total: Takings
    slots: list[Slot] = field(default_factory=list)

    @property
    def rows(self) -> list[Slot]:
        """Slots in which something happened, the newest first."""
        return [s for s in reversed(self.slots) if s.takings.collected or s.takings.refunded]

    @property
    def counted(self) -> str:
        return ngettext("%(num)s payment", "%(num)s payments", self.total.payments)

    @property
    def bars(self) -> list[Bar]:
        return [
            Bar(s.label, s.takings.collected, f"{s.label}: {Money(s.takings.collected, self.currency)}")
            for s in self.slots
        ]


class Analytics(Page):
    """Reads the kept totals of days that are settled and adds up the others now, so the newest payment is in."""

    view_permission = "analytics.view"

    @expose("/")
    def index(self) -> str:
        session = db.session
        organization = the_organization(session)
        chosen, period = _period(organization)
        found = takings_by_day(session, organization.zone, period.first, period.last)
        owed = outstanding(session)
        currencies = sorted({organization.currency, *owed, *(currency for currency, _ in found)})
        asked = request.args.get("currency", "")
        currency = asked if asked in currencies else organization.currency
        report = _report(found, period, currency)
        return self.render(
            "admin/analytics/index.html",
            presets=PRESETS,
            steps=STEPS,
            chosen=chosen,
            period=period,
            currencies=currencies,
            report=report,
            axis=axis(max((slot.takings.collected for slot in report.slots), default=0), currency),
            owed=owed.get(currency, Owed(Money(0, currency), 0)),
        )


def _period(organization: Organization) -> tuple[str, Period]:
    """What was asked for and whether by name; this month, with a message, when it cannot be understood."""
    today, asked = organization.today(), request.args
    if asked.get("from") or asked.get("to"):
        try:
            return "", periods.typed(asked.get("from", ""), asked.get("to", ""), today)
        except Refused as error:
            flash(str(error), "danger")
    name = asked.get("period", "this-month")
    name = name if name in PRESETS else "this-month"
    return name, periods.preset(name, today)


def _report(found: dict[tuple[str, date], Takings], period: Period, currency: str) -> Report:
    step = periods.step_of(period, request.args.get("by", ""))
    report = Report(currency, step, Takings(currency))
    slots: dict[date, Slot] = {}
    for day in period.days:
        start = periods.slot_of(day, step)
        slot = slots.setdefault(start, Slot(_label(max(start, period.first), step), Takings(currency)))
        if takings := found.get((currency, day)):
            slot.takings += takings
            report.total += takings
    report.slots = list(slots.values())
    return report


def _label(day: date, step: str) -> str:
    return f"{day:%b %Y}" if step == "month" else f"{day:%b} {day.day}"
