"""Payment Analytics: what came in and what became of it; what is owed and for how long; in one currency."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import flash, request
from flask_admin import expose
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_views import analytics_sheets, periods
from admin_views.base import Page
from admin_views.csv_export import as_file
from admin_views.day_filters import AGE_WORDS, in_words, invoices_of_age, invoices_owed
from admin_views.periods import PRESETS, Period
from admin_views.policy import may, me, needs
from admin_views.reports import Asked, Behind, Found, report_of
from models.base import db
from models.counted import BASES, Method, by_method
from models.language import lazy_gettext, ngettext
from models.money import CURRENCIES, Money
from models.organization import Organization, the_organization
from models.receivables import AGES, Owed, aging
from models.refusal import Refused
from models.revenue import takings_by_day
from tasks.cells import Column, heads, written
from tasks.exports import note_export

STEPS = {"day": lazy_gettext("By day"), "week": lazy_gettext("By week"), "month": lazy_gettext("By month")}
BASIS_WORDS = {"cash": lazy_gettext("By payment date"), "invoice": lazy_gettext("By invoice date")}
# The same within a line.
BASIS_NOTES = {"cash": lazy_gettext("by payment date"), "invoice": lazy_gettext("by invoice date")}


class Analytics(Page):
    """Reads the kept totals of days that are settled and adds up the others now, so the newest payment is in."""

    view_permission = "analytics.view"

    @expose("/")
    def index(self) -> str:
        """The four figures, one chart, one table."""
        organization = the_organization(db.session)
        asked, found, currencies = _asked(db.session, organization)
        report = report_of(db.session, organization, asked, found)
        return self._page("index", asked, currencies, report=report)

    @expose("/receivables")
    def receivables(self) -> str:
        """What is outstanding by age, today; how was paid what came in on the days of the range."""
        organization = the_organization(db.session)
        asked, _, currencies = _asked(db.session, organization)
        owed = _owed(db.session, organization.today(), asked.currency)
        methods = _methods(db.session, organization, asked)
        return self._page(
            "receivables",
            asked,
            currencies,
            ages=[(AGE_WORDS[age], owed[age], _invoices(age, asked.currency)) for age in AGES],
            owed=Money(sum(part.money.amount for part in owed.values()), asked.currency),
            invoices=sum(part.invoices for part in owed.values()),
            on_invoices=_on_invoices,
            owed_by=invoices_owed(asked.currency) if may("invoices.view") else "",
            methods=methods,
            collected=sum(method.collected for method in methods),
            behind=Behind(asked, asked.period),
        )

    @expose("/export/csv/")
    @needs("exports")
    def export(self) -> Response:
        """The takings as a file."""
        organization = the_organization(db.session)
        asked, found, _ = _asked(db.session, organization)
        rows = report_of(db.session, organization, asked, found).rows
        return _as_file("analytics", analytics_sheets.TAKINGS, rows, organization)

    @expose("/export/outstanding/csv/")
    @needs("exports")
    def export_outstanding(self) -> Response:
        """What is outstanding by age, today."""
        organization = the_organization(db.session)
        asked, _, _ = _asked(db.session, organization)
        today = organization.today()
        rows = _owed(db.session, today, asked.currency).items()
        return _as_file("outstanding", analytics_sheets.outstanding(today), rows, organization)

    @expose("/export/methods/csv/")
    @needs("exports")
    def export_methods(self) -> Response:
        """How was paid what came in on the days of the range."""
        organization = the_organization(db.session)
        asked, _, _ = _asked(db.session, organization)
        rows = _methods(db.session, organization, asked)
        return _as_file("methods", analytics_sheets.methods(asked), rows, organization)

    def _page(self, name: str, asked: Asked, currencies: list[str], **context: object) -> str:
        return self.render(
            f"admin/analytics/{name}.html",
            tab=name,
            asked=asked,
            currencies=currencies,
            presets=PRESETS,
            steps=STEPS,
            bases=BASIS_WORDS,
            basis=BASIS_NOTES[asked.basis],
            in_words=in_words,
            **context,
        )


def _as_file(name: str, columns: tuple[Column, ...], rows: Iterable[Any], organization: Organization) -> Response:
    text = [heads(columns, organization.zone), written(rows, columns, organization.zone)]
    note_export(me(), name, request.args.to_dict())
    return as_file(name, text)


def _owed(session: Session, today: date, currency: str) -> dict[str, Owed]:
    """Each age, also where nothing is owed."""
    return aging(session, today).get(currency, dict.fromkeys(AGES, Owed(Money(0, currency), 0)))


def _methods(session: Session, organization: Organization, asked: Asked) -> list[Method]:
    days = asked.period
    return by_method(session, asked.basis, days.first, days.last, organization.zone, asked.currency)


def _invoices(age: str, currency: str) -> str:
    return invoices_of_age(age, currency) if may("invoices.view") else ""


def _on_invoices(number: int) -> str:
    return ngettext("%(num)s invoice", "%(num)s invoices", number)


def _asked(session: Session, organization: Organization) -> tuple[Asked, Found, list[str]]:
    """What the address asks for, what came in then, and the currencies there are to choose from."""
    name, period = _period(organization)
    basis = request.args.get("basis", "")
    basis = basis if basis in BASES else BASES[0]
    found = takings_by_day(session, organization.zone, period.first, period.last, basis)
    owed = aging(session, organization.today())
    wanted, there = request.args.get("currency", ""), {*owed, *(currency for currency, _ in found)}
    # A link keeps its currency, also while there is nothing in it; one that has ended may still have its money here.
    currency = wanted if wanted in {*CURRENCIES, *there} else organization.currency
    currencies = sorted({organization.currency, currency, *there})
    step = periods.step_of(period, request.args.get("by", ""))
    return Asked(period, name, step, currency, basis), found, currencies


def _period(organization: Organization) -> tuple[str, Period]:
    """What was asked for and whether by name; this month, with a message, when it cannot be understood."""
    today, asked = organization.today(), request.args
    if asked.get("from") or asked.get("to"):
        try:
            period = periods.typed(asked.get("from", ""), asked.get("to", ""), today)
            return periods.named(period, asked.get("period", ""), today), period
        except Refused as error:
            flash(str(error), "danger")
    name = asked.get("period", "this-month")
    name = name if name in PRESETS else "this-month"
    return name, periods.preset(name, today)
