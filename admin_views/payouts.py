"""Payouts: what Stripe sent, or is sending, to the organization's bank."""

from typing import Any, ClassVar

from sqlalchemy.orm import joinedload

from admin_views.base import Rows
from admin_views.looks import Kind, cell
from models.base import db
from models.language import lazy_gettext, lazy_pgettext
from models.stripe_account import UNDERWAY, Payout
from tasks.sheets import SHEETS

_KINDS = Kind(
    "State",
    {
        "underway": Payout.status.in_(UNDERWAY),
        "paid": Payout.status == "paid",
        "failed": Payout.status.in_(("failed", "canceled")),
    },
)


class Payouts(Rows):
    """Of every account that the organization ever connected."""

    view_permission = "payments.view"
    can_view_details = False
    empty_icon = "bank"
    missing_words = lazy_gettext("There is no such payout")
    empty_title = lazy_gettext("No payouts yet")
    sheet = SHEETS["payout"]
    empty_words = lazy_gettext("What Stripe sends to your bank account shows up here.")
    search_hint = lazy_gettext("Stripe id")
    list_template = "admin/stripe/payouts.html"

    pills: ClassVar[Any] = (
        (lazy_pgettext("payouts", "Underway"), {"flt0_state_is": "underway"}),
        (lazy_pgettext("payouts", "Paid"), {"flt0_state_is": "paid"}),
        (lazy_pgettext("payouts", "Failed"), {"flt0_state_is": "failed"}),
    )
    column_filters: ClassVar[Any] = (_KINDS,)
    column_searchable_list: ClassVar[Any] = ("stripe_id",)
    column_list = ("arrival_date", "stripe_id", "account", "status", "amount")
    column_sortable_list: ClassVar[Any] = ("arrival_date", "amount")
    column_default_sort: ClassVar[Any] = [("created_at", True), ("id", True)]
    column_labels: ClassVar[dict[str, Any]] = {
        "arrival_date": lazy_gettext("Arrives"),
        "stripe_id": lazy_gettext("Stripe id"),
        "account": lazy_gettext("Account"),
        "status": lazy_gettext("Status"),
        "amount": lazy_gettext("Amount"),
    }
    cell_classes: ClassVar[dict[str, str]] = {
        "arrival_date": "cell-main nowrap",
        "stripe_id": "mono",
        "amount": "num cell-side cell-strong",
    }
    column_formatters: ClassVar[dict[str, Any]] = {
        "arrival_date": cell("arrival"),
        "status": cell("state", lambda row: row.status_words),
        "amount": cell("amount"),
    }

    def __init__(self, name: str, category: str) -> None:
        super().__init__(Payout, db, name, category, endpoint="payout")

    def is_visible(self) -> bool:
        """Not in the sidebar: Stripe's page leads here."""
        return False

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Payout.account))
