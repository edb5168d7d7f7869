"""Where Payment Analytics leads for what it does not count: the matters of its days and currency."""

from sqlalchemy import ColumnElement

from admin_views.day_filters import Between, InCurrency, in_words, period_of
from models.attention import Attention
from models.base import db
from models.counted import day_bounds
from models.language import gettext
from models.matters import unmatched_between
from models.organization import the_organization


class UnmatchedOn(Between):
    """Money that came in on these days and fits no invoice: `unmatched_between=2026-03-01..2026-03-31`."""

    def __init__(self) -> None:
        super().__init__("unmatched", self._came)

    def _came(self, value: str) -> ColumnElement[bool]:
        period, zone = period_of(value), the_organization(db.session).zone
        return unmatched_between(day_bounds(period.first, zone)[0], day_bounds(period.last, zone)[1])

    def words(self, value: str) -> str:
        return gettext("Unmatched, paid on %(days)s", days=in_words(period_of(value)))


MATTER_FILTERS = (UnmatchedOn(), InCurrency("Currency", lambda code: Attention.currency == code))
