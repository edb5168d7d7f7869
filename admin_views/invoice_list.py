"""The list of invoices: what it shows, how it is narrowed and searched."""

from typing import Any, ClassVar

from flask import request
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_admin.model.template import macro
from sqlalchemy import or_, select
from sqlalchemy.orm import Query, joinedload

from admin_views.day_filters import INVOICE_FILTERS, Narrow, Summed
from admin_views.giving_back import refundable
from admin_views.invoice_filters import WORDS, Narrowing, Saved
from admin_views.invoice_words import flags
from admin_views.invoice_writing import Writing
from admin_views.policy import may
from models.amount_search import is_amount
from models.base import db
from models.bulk_run import MOST_INVOICES, fingerprint
from models.contact import Contact
from models.folded import holds
from models.invoice import Invoice
from models.invoice_status import STATUSES
from models.language import lazy_gettext
from models.mail import sending
from models.organization import the_organization
from models.receivables import DUE
from tasks.sheets import SHEETS

# So many ids are handed on sooner than they are looked for again.
FEW = 1000


class Listing(Summed, Writing):
    view_permission = "invoices.view"
    missing_words = lazy_gettext("There is no such invoice")
    empty_title = lazy_gettext("No invoices yet")
    search_hint = lazy_gettext("Number, contact, amount")
    empty_words = lazy_gettext(
        "An invoice gets its number when it is first sent. Write one, and its customer can pay from the email."
    )
    row_menu = True
    list_template = "admin/invoices/list.html"
    sheet = SHEETS["invoice"]

    column_list = ("number", "contact", "status", "due_date", "total", "due", "updated_at")
    column_labels: ClassVar[dict[str, Any]] = {
        "number": lazy_gettext("Number"),
        "contact": lazy_gettext("Contact"),
        "status": lazy_gettext("Status"),
        "due_date": lazy_gettext("Due date"),
        "total": lazy_gettext("Total"),
        "due": lazy_gettext("Amount due"),
        "updated_at": lazy_gettext("Updated"),
    }
    column_sortable_list: ClassVar[Any] = ("number", "due_date", "total", "updated_at")
    column_default_sort: ClassVar[Any] = ("id", True)
    # That there is a search; what it looks at is said below.
    column_searchable_list: ClassVar[Any] = ("number",)
    column_filters: ClassVar[Any] = (
        FilterEqual(Invoice.status, "Status", options=[(status, status) for status in STATUSES]),
        *(Saved(key) for key in WORDS),
        *INVOICE_FILTERS,
    )
    summed: ClassVar[dict[Any, Any]] = {lazy_gettext("Amount due"): DUE}
    # What is due of any invoice counts.
    summed_by = Narrow
    column_formatters: ClassVar[dict[str, Any]] = {
        name: macro(name) for name in ("number", "contact", "status", "due_date", "total", "due")
    } | {"updated_at": macro("updated")}
    cell_classes: ClassVar[dict[str, str]] = {
        "number": "cell-main",
        "status": "bare",
        "contact": "bare",
        "due_date": "nowrap",
        "total": "num hide-phone hide-tablet",
        "due": "num cell-side cell-strong",
        "updated_at": "muted nowrap hide-tablet hide-phone",
    }

    def get_query(self) -> Query[Invoice]:
        return super().get_query().options(joinedload(Invoice.contact))  # type: ignore[no-any-return]

    def _apply_search(self, query: Any, count_query: Any, joins: Any, count_joins: Any, search: str) -> Any:
        """Each word stands somewhere in the number or the contact's name, company or email, or is an amount."""
        return query.filter(*_searched(search)), count_query, joins, count_joins

    def render(self, template: str, **context: Any) -> str:
        """With what the rows need beside the invoices themselves, in as many queries for many as for one."""
        if "data" in context:
            context |= self._beside_rows(context["data"]) | self._narrowed(context)
        return super().render(template, **context)

    def _beside_rows(self, invoices: list[Invoice]) -> dict[str, Any]:
        ids, today = [invoice.id for invoice in invoices], the_organization(db.session).today()
        return {
            "sending": sending(db.session, ids),
            "flags": {invoice.id: flags(invoice, today) for invoice in invoices},
            "sums": refundable(db.session, ids) if may("refunds.issue") else {},
        }

    def _narrowed(self, context: dict[str, Any]) -> dict[str, Any]:
        """The chips above the list, and all that fit where something can be done to them."""
        on, search = context["filter_args"], context["search"]
        narrowing = Narrowing.of(on, self.get_url, search, bool(self.astray))
        others = [chosen.condition(on[name]) for name, chosen in self._narrowing(on).items()]
        counts = narrowing.counts([*others, *_searched(search)])
        fitting = self.fitting() if context["actions"] else []
        chips = {"statuses": narrowing.statuses(counts), "saved": narrowing.filters(counts)}
        return chips | {"fits": len(fitting), "which": fingerprint(fitting)}

    def fitting(self) -> list[int]:
        """The ids of all that the list would show, as its address narrows it; one more than a run may have at most."""
        asked = self._get_list_extra_args()
        _, query = self.get_list(0, None, False, asked.search, asked.filters, False, MOST_INVOICES + 1)
        return [row.id for row in query.with_entities(Invoice.id)]


def _searched(search: str | None) -> list[Any]:
    """The ids of what a search finds, or its conditions where that is much.

    It is looked for once a request: rows, counts and all that fit would each go through every invoice.
    """
    kept = request.environ.setdefault("paydesk.searched", {})
    if search and search not in kept:
        each = list(map(_found, search.split()))
        ids = db.session.scalars(select(Invoice.id).where(*each).limit(FEW + 1)).all()
        kept[search] = [Invoice.id.in_(ids)] if len(ids) <= FEW else each
    return kept[search] if search else []


def _found(word: str) -> Any:
    contacts = select(Contact.id).where(holds(Contact.folded, word))
    amount = is_amount(word, Invoice.currency, Invoice.total, DUE)
    return or_(holds(Invoice.number, word), Invoice.contact_id.in_(contacts), amount)
