"""What the organization says of itself and how it wants to be paid."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from models.activity import log
from models.organization import Organization, the_organization
from models.people import User, require
from tasks import later, once_more, transaction
from tasks.revenue import add_up_dirty_days, cut_days_anew

CHANGEABLE = (
    "name",
    "legal_name",
    "address",
    "tax_number",
    "registration_number",
    "support_email",
    "brand_color",
    "time_zone",
    "currency",
    "prices_gross",
    "due_days",
    "partial_payments",
    "partial_minimum",
    "deposit_percent",
    "payment_instructions",
    "footer",
)


@once_more
def change_organization(by: User, values: dict[str, Any]) -> None:
    """Take over what was written; invoices that are issued already keep what they say.

    Refuses a color that is not #rrggbb, an unknown currency or time zone, due days out of range, a bad address, and
    a deposit that is nothing or everything.
    """
    require(by, "settings.edit")
    with transaction() as session:
        organization = the_organization(session)
        wanted = {field: values[field] for field in CHANGEABLE if field in values}
        changed = _take_over(organization, wanted)
        if "time_zone" in changed:
            cut_days_anew(session, ZoneInfo(changed["time_zone"]))
            later(add_up_dirty_days)
        if changed:
            after = {field: getattr(organization, field) for field in changed}
            log(session, by, "organization.edit", "organization:1", _as_json(changed), _as_json(after))


def _take_over(organization: Organization, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the fields were that are different now."""
    before = {field: getattr(organization, field) for field in wanted}
    for field, value in wanted.items():
        setattr(organization, field, value)
    return {field: value for field, value in before.items() if getattr(organization, field) != value}


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {field: str(value) if isinstance(value, Decimal) else value for field, value in values.items()}
