"""How an invoice may be paid in parts, and how new invoices of the organization may."""

from decimal import Decimal

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from models.base import Minor
from models.language import gettext
from models.refusal import Refused


class PaidInParts:
    """In full only, unless parts are allowed; `models.parts` says what that means for an invoice today."""

    partial_payments: Mapped[bool] = mapped_column(default=False)
    # Of each part, in minor units; 0 leaves only Stripe's own minimum.
    partial_minimum: Mapped[Minor]
    # Of the total, for the first payment; None asks for no deposit.
    deposit_percent: Mapped[Decimal | None]

    @validates("deposit_percent")
    def _neither_nothing_nor_everything(self, field: str, percentage: Decimal | None) -> Decimal | None:
        if percentage is not None and not 0 < percentage < 100:
            raise Refused(gettext("A deposit is above 0 and below 100 percent."))
        return percentage

    @validates("partial_minimum")
    def _not_below_zero(self, field: str, minor: int) -> int:
        if minor < 0:
            raise Refused(gettext("The smallest part cannot be below zero."))
        return minor


def rules_for_parts() -> tuple[CheckConstraint, ...]:
    """The same in the schema, whose percentages have three places."""
    deposit = "deposit_percent IS NULL OR (deposit_percent > 0 AND deposit_percent < 100000)"
    return (
        CheckConstraint("partial_minimum >= 0", name="partial_minimum"),
        CheckConstraint(deposit, name="deposit_percent"),
    )
