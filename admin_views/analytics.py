"""Payment Analytics: what came in and what became of it; what is owed and for how long; in one currency."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import request
from flask_admin import expose
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_views import analytics_sheets
from admin_views.analytics_address import STEPS, Address, read, understood
from admin_views.base import Page
from admin_views.csv_export import as_file
from admin_views.day_filters import AGE_WORDS, in_words, invoices_of_age, invoices_owed
from admin_views.periods import PRESETS
from admin_views.policy import may, me, needs
from admin_views.reports import Asked, Behind, Found, report_of
from models.base import db
from models.counted import Method, by_method
from models.language import lazy_gettext, ngettext
from models.money import Money
from models.organization import Organization, the_organization
from models.receivables import AGES, Owed, aging
from models.revenue import takings_by_day
from tasks.cells import Column, heads, written
from tasks.exports import note_export

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
        address = read(organization)
        if address.wrong:
            return self._astray("index", address)
        found, currencies = _found(db.session, organization, address.asked)
        report = report_of(db.session, organization, address.asked, found)
        return self._page("index", address, currencies, report=report)

    @expose("/receivables")
    def receivables(self) -> str:
        """What is outstanding by age, today; how was paid what came in on the days of the range."""
        organization = the_organization(db.session)
        address = read(organization)
        if address.wrong:
            return self._astray("receivables", address)
        asked, (_, currencies) = address.asked, _found(db.session, organization, address.asked)
        owed = _owed(db.session, organization.today(), asked.currency)
        methods = _methods(db.session, organization, asked)
        return self._page(
            "receivables",
            address,
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
        asked = understood(organization)
        found, _ = _found(db.session, organization, asked)
        rows = report_of(db.session, organization, asked, found).rows
        return _as_file("analytics", analytics_sheets.TAKINGS, rows, organization)

    @expose("/export/outstanding/csv/")
    @needs("exports")
    def export_outstanding(self) -> Response:
        """What is outstanding by age, today."""
        organization = the_organization(db.session)
        asked, today = understood(organization), organization.today()
        rows = _owed(db.session, today, asked.currency).items()
        return _as_file("outstanding", analytics_sheets.outstanding(today), rows, organization)

    @expose("/export/methods/csv/")
    @needs("exports")
    def export_methods(self) -> Response:
        """How was paid what came in on the days of the range."""
        organization = the_organization(db.session)
        asked = understood(organization)
        rows = _methods(db.session, organization, asked)
        return _as_file("methods", analytics_sheets.methods(asked), rows, organization)

    def _astray(self, tab: str, address: Address) -> str:
        """No figures: they would be taken for those that were asked for. The fields stand as they were typed."""
        home = the_organization(db.session).currency
        return self._page("astray", address, sorted({home, address.asked.currency}), tab=tab)

    def _page(self, name: str, address: Address, currencies: list[str], tab: str = "", **context: object) -> str:
        return self.render(
            f"admin/analytics/{name}.html",
            tab=tab or name,
            asked=address.asked,
            typed=address.typed,
            wrong=address.wrong,
            currencies={code: code for code in currencies},
            presets=PRESETS,
            steps=STEPS,
            bases=BASIS_WORDS,
            basis=BASIS_NOTES[address.asked.basis],
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


def _found(session: Session, organization: Organization, asked: Asked) -> tuple[Found, list[str]]:
    """What came in on the days of the range, and the currencies there are to choose from."""
    days = asked.period
    found = takings_by_day(session, organization.zone, days.first, days.last, asked.basis)
    owed = aging(session, organization.today())
    return found, sorted({organization.currency, asked.currency, *owed, *(currency for currency, _ in found)})
