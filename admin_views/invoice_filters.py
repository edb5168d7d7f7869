"""What the list of invoices can be narrowed to: a status, and saved filters that combine with it and each other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query

from admin_views.policy import me
from models.base import db
from models.clock import now
from models.invoice import Invoice
from models.invoice_counts import Filters, InvoiceCounts, count_invoices, saved_filters
from models.invoice_status import STATUSES
from models.language import lazy_gettext, lazy_pgettext, pgettext
from models.organization import the_organization

STATUS = "status_equals"
WORDS = {
    "outstanding": lazy_pgettext("invoices", "Unpaid"),
    "overdue": lazy_pgettext("invoices", "Overdue"),
    "processing": lazy_pgettext("invoices", "Processing"),
    "attention": lazy_pgettext("invoices", "Needs attention"),
    "unviewed": lazy_gettext("Not viewed for 3 days"),
    "promised": lazy_pgettext("invoices", "Promised"),
    "broken": lazy_pgettext("invoices", "Promise broken"),
    "mine": lazy_pgettext("invoices", "Mine"),
}
# Offered at all times, and while one fits; the others are where a page has led, until they are taken away.
ALWAYS = ("outstanding", "overdue", "processing", "attention", "mine")
WHILE_ONE_FITS = ("promised", "broken")


class Saved(BaseSQLAFilter):
    """One of the saved filters, by the name that stands in the address: `mine_is=1`."""

    def __init__(self, key: str) -> None:
        super().__init__(None, key, options=[("1", "Yes")])
        self.key_name = key

    def apply(self, query: Query[Invoice], value: str, alias: Any = None) -> Query[Invoice]:
        return query.filter(meant()[str(self.key_name)])

    def validate(self, value: str) -> bool:
        return value == "1"

    def operation(self) -> str:
        return "is"


def meant() -> Filters:
    """What the saved filters mean to the person of this request."""
    return saved_filters(the_organization(db.session).today(), now(), me().id)


@dataclass(frozen=True, slots=True)
class Chip:
    """A press on it puts its filter on, or takes it away; `count` is how many invoices it then shows."""

    label: str
    href: str
    is_on: bool
    count: int


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The filters that are on, as the address names them, and where the list is with others."""

    on: dict[str, str]
    address: Callable[[dict[str, str]], str]
    # The address says something else that is not understood.
    is_astray: bool

    @classmethod
    def of(
        cls, filter_args: dict[str, str], url: Callable[..., str], search: str | None, is_astray: bool
    ) -> "Narrowing":
        """`filter_args` as Flask-Admin writes them: each has its place before its name."""
        return cls(
            {name.split("_", 1)[1]: value for name, value in filter_args.items()},
            lambda on: url(".index_view", search=search or None, **_placed(on)),
            is_astray,
        )

    @property
    def status(self) -> str | None:
        return self.on.get(STATUS)

    @property
    def saved(self) -> list[str]:
        return [key for key in WORDS if f"{key}_is" in self.on]

    def counts(self, within: Iterable[ColumnElement[bool]]) -> InvoiceCounts:
        return count_invoices(db.session, meant(), self.saved, within)

    def statuses(self, counts: InvoiceCounts) -> list[Chip]:
        """One of them is on: a status, or all; none where no rows are shown."""
        rest = {name: value for name, value in self.on.items() if name != STATUS}
        return [
            Chip(
                pgettext("invoice", status) if status else pgettext("invoices", "All"),
                self.address({STATUS: status} | rest if status else rest),
                self.status == status and not self.is_astray,
                counts.shown(status),
            )
            for status in (None, *STATUSES)
        ]

    def filters(self, counts: InvoiceCounts) -> list[Chip]:
        """Each is put on and taken away by itself."""
        one_fits = [key for key in WHILE_ONE_FITS if counts.shown(None, key)]
        return [self._filter(key, counts) for key in WORDS if key in (*ALWAYS, *one_fits, *self.saved)]

    def _filter(self, key: str, counts: InvoiceCounts) -> Chip:
        name, is_on = f"{key}_is", key in self.saved
        others = {other: value for other, value in self.on.items() if other != name}
        href = self.address(others if is_on else self.on | {name: "1"})
        return Chip(str(WORDS[key]), href, is_on, counts.shown(self.status, key))


def _placed(on: dict[str, str]) -> dict[str, str]:
    return {f"flt{place}_{name}": value for place, (name, value) in enumerate(on.items())}
