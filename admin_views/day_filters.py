"""Where Payment Analytics leads: lists narrowed to what a figure counts, with the figure itself at their foot."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import url_for
from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_babel import format_date
from sqlalchemy import ColumnElement, func

from admin_views import periods
from admin_views.fields import row_id
from admin_views.periods import Period
from models.base import db
from models.contact import Contact
from models.counted import CAME, TAKEN, WENT_BACK, Counted, method_kind
from models.dispute import Dispute
from models.invoice import Invoice
from models.language import gettext, lazy_gettext
from models.money import Money, is_currency
from models.organization import the_organization
from models.payment import Payment, method_words
from models.receivables import AGES, of_age
from models.refund import Refund
from models.refusal import Refused

# How the address names the method of payments that have none.
NO_METHOD = "unknown"
BETWEEN = {"cash": "counted_between", "invoice": "issued_between"}
AGE_WORDS = {
    "current": lazy_gettext("Not due yet"),
    "1-30": lazy_gettext("1–30 days overdue"),
    "31-60": lazy_gettext("31–60 days overdue"),
    "61-90": lazy_gettext("61–90 days overdue"),
    "over-90": lazy_gettext("90+ days overdue"),
}


class Narrow(BaseSQLAFilter):
    """A filter by the words that stand in the address, such as `currency_is=USD`."""

    verb = "is"

    def __init__(self, name: str, condition: Callable[[str], ColumnElement[bool]]) -> None:
        super().__init__(None, name)
        self.key_name, self.condition = name, condition

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        return query.filter(self.condition(value))

    def operation(self) -> str:
        return self.verb

    def validate(self, value: str) -> bool:
        return 0 < len(value) <= 60

    def words(self, value: str) -> str:
        """What is shown above the list."""
        return value


class InCurrency(Narrow):
    def validate(self, value: str) -> bool:
        return is_currency(value)


class OfMethod(Narrow):
    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        return super().apply(query, "" if value == NO_METHOD else value, alias)

    def words(self, value: str) -> str:
        return gettext("Unknown method") if value == NO_METHOD else method_words(value)


class OfContact(Narrow):
    def validate(self, value: str) -> bool:
        return row_id(value) is not None

    def words(self, value: str) -> str:
        contact = db.session.get(Contact, row_id(value) or 0)
        return contact.name if contact else value


class OfAge(Narrow):
    def __init__(self) -> None:
        super().__init__("Age", lambda age: of_age(age, the_organization(db.session).today()))

    def validate(self, value: str) -> bool:
        return value in AGES

    def words(self, value: str) -> str:
        return str(AGE_WORDS[value])


class Between(Narrow):
    """By a range of days: `2026-03-01..2026-03-31`."""

    verb = "between"

    def validate(self, value: str) -> bool:
        try:
            return bool(period_of(value))
        except Refused:
            return False


class OnDays(Between):
    """What counts for the takings of these days: `counted_between=2026-03-01..2026-03-31`."""

    def __init__(self, fact: Counted, basis: str) -> None:
        self.fact, self.basis = fact, basis
        super().__init__(BETWEEN[basis].split("_")[0], self._counts)

    def _counts(self, value: str) -> ColumnElement[bool]:
        period, zone = period_of(value), the_organization(db.session).zone
        on_days = self.fact.on_days(self.basis, period.first, period.last, zone)
        row = self.fact.table.id
        return row.in_(self.fact.select(row).where(on_days))

    def words(self, value: str) -> str:
        days = in_words(period_of(value))
        if self.basis == "cash":
            return gettext("Counted on %(days)s", days=days)
        return gettext("Of invoices issued on %(days)s", days=days)


def period_of(value: str) -> Period:
    """The range that stands in an address; refused when it is none."""
    first, _, last = value.partition("..")
    return periods.typed(first, last or first, the_organization(db.session).today())


def in_words(period: Period) -> str:
    """`Mar 1, 2026 – Mar 31, 2026`, or the one day."""
    first, last = (format_date(day, "medium") for day in (period.first, period.last))
    return first if first == last else f"{first} – {last}"


PAYMENT_FILTERS = (
    OnDays(CAME, "cash"),
    OnDays(CAME, "invoice"),
    InCurrency("Currency", lambda code: Payment.currency == code),
    OfMethod("Method", lambda name: method_kind == name),
    OfContact("Contact", lambda number: Payment.invoice.has(Invoice.contact_id == row_id(number))),
)
REFUND_FILTERS = (
    OnDays(WENT_BACK, "cash"),
    OnDays(WENT_BACK, "invoice"),
    InCurrency("Currency", lambda code: Refund.payment.has(Payment.currency == code)),
    OfMethod("Method", lambda name: Refund.payment.has(method_kind == name)),
    OfContact("Contact", lambda id: Refund.payment.has(Payment.invoice.has(Invoice.contact_id == row_id(id)))),
)
DISPUTE_FILTERS = (
    OnDays(TAKEN, "cash"),
    OnDays(TAKEN, "invoice"),
    InCurrency("Currency", lambda code: Dispute.payment.has(Payment.currency == code)),
    OfMethod("Method", lambda name: Dispute.payment.has(method_kind == name)),
    OfContact("Contact", lambda id: Dispute.payment.has(Payment.invoice.has(Invoice.contact_id == row_id(id)))),
)
INVOICE_FILTERS = (
    OfAge(),
    InCurrency("Currency", lambda code: Invoice.currency == code),
    OfContact("Contact", lambda number: Invoice.contact_id == row_id(number)),
)


@dataclass(frozen=True, slots=True)
class Foot:
    """What the rows of a list add up to in one currency."""

    rows: int
    sums: dict[str, Money]


class Narrowed:
    """A list that says above its rows what it is narrowed to, unless one of its pills does."""

    def render(self, template: str, **context: Any) -> str:
        if "data" in context:
            context["narrowed_to"] = list(self._chips(context["filter_args"], context["search"]))
        return super().render(template, **context)  # type: ignore[misc,no-any-return]

    def _narrowing(self, on: dict[str, str]) -> dict[str, Narrow]:
        """Of the filters that are on, by their names in the address: those that are said above the list."""
        view: Any = self
        chosen = {name: view._filter_args[name.split("_", 1)[1]][1] for name in on}
        return {name: each for name, each in chosen.items() if isinstance(each, Narrow)}

    def _chips(self, on: dict[str, str], search: str | None) -> Iterator[tuple[str, str]]:
        """Each filter in words, and the list without it."""
        view: Any = self
        said = any(on == wanted for _, wanted in view.pills)
        for name, chosen in self._narrowing({} if said else on).items():
            rest = {other: kept for other, kept in on.items() if other != name}
            yield chosen.words(on[name]), view.get_url(".index_view", search=search or None, **rest)


class Summed(Narrowed):
    """A list that shows which figure has led to it, and adds up its rows, those of its other pages included."""

    # What is added up, by its name.
    summed: ClassVar[dict[str, Any]] = {}
    # Which filter leaves only rows that count: money that failed or was never lost adds up to nothing.
    summed_by: ClassVar[type[Narrow]] = OnDays

    def render(self, template: str, **context: Any) -> str:
        if "data" in context:
            on = self._narrowing(context["filter_args"]).values()
            context["feet"] = self._feet() if any(isinstance(chosen, self.summed_by) for chosen in on) else []
        return super().render(template, **context)

    def _feet(self) -> list[Foot]:
        view: Any = self
        asked = view._get_list_extra_args()
        _, query = view.get_list(None, None, False, asked.search, asked.filters, execute=False, page_size=0)
        currency = view.model.currency
        sums = [func.coalesce(func.sum(column), 0) for column in self.summed.values()]
        rows = query.with_entities(currency, func.count(), *sums).order_by(None).group_by(currency).order_by(currency)
        return [Foot(count, self._named(amounts, code)) for code, count, *amounts in rows]

    def _named(self, amounts: list[Any], currency: str) -> dict[str, Money]:
        pairs = zip(self.summed, amounts, strict=True)
        return {name: Money(int(amount), currency) for name, amount in pairs}


def rows_behind(endpoint: str, basis: str, period: Period, currency: str, **more: str) -> str:
    """The list of what a figure counts: its address."""
    return _listed(endpoint, {BETWEEN[basis]: f"{period.first}..{period.last}", "currency_is": currency} | more)


def invoices_of_age(age: str, currency: str) -> str:
    return _listed("invoice", {"age_is": age, "currency_is": currency})


def invoices_owed(currency: str) -> str:
    """Those of every age."""
    return _listed("invoice", {"outstanding_is": "1", "currency_is": currency})


def unmatched_money(period: Period, currency: str) -> str:
    """What came in on these days and fits no invoice."""
    return _listed("attention", {"unmatched_between": f"{period.first}..{period.last}", "currency_is": currency})


def _listed(endpoint: str, filters: dict[str, str]) -> str:
    placed = {f"flt{place}_{name}": value for place, (name, value) in enumerate(filters.items())}
    return url_for(f"{endpoint}.index_view", **placed)
