"""What the organization says of itself and how it wants to be paid."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log
from models.base import locked
from models.brand_file import BrandFile
from models.organization import Organization, the_organization
from models.people import User, require
from tasks import later, once_more, transaction
from tasks.pictures import Picture, logo_from
from tasks.revenue import add_up_dirty_days, cut_days_anew

CHANGEABLE = (
    "name",
    "legal_name",
    "address",
    "tax_number",
    "registration_number",
    "support_email",
    "support_phone",
    "language",
    "documents",
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


@once_more
def change_logo(by: User, file: bytes) -> None:
    """Show the picture in this file to customers from now on, drawn anew; documents that are made keep theirs.

    Refuses a file that is no PNG or JPEG picture.
    """
    require(by, "settings.edit")
    picture = logo_from(file)
    with transaction() as session:
        organization = locked(session, Organization, 1)
        organization.logo_id = _kept(session, picture, by).id
        _log_logo(session, by, picture.digest)


@once_more
def remove_logo(by: User) -> None:
    """Show customers the name alone."""
    require(by, "settings.edit")
    with transaction() as session:
        locked(session, Organization, 1).logo_id = None
        _log_logo(session, by, None)


def _kept(session: Session, picture: Picture, by: User) -> BrandFile:
    """The same picture is kept once: whoever keeps one holds the organization."""
    found = session.scalars(select(BrandFile).where(BrandFile.digest == picture.digest)).one_or_none()
    if found is None:
        size = {"width": picture.width, "height": picture.height}
        kind = {"digest": picture.digest, "media_type": picture.media_type}
        found = BrandFile(**kind, **size, picture=picture.data, made_by_id=by.id)
        session.add(found)
        session.flush()
    return found


def _log_logo(session: Session, by: User, digest: str | None) -> None:
    log(session, by, "organization.logo", "organization:1", None, {"logo": digest})


def _take_over(organization: Organization, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the fields were that are different now."""
    before = {field: getattr(organization, field) for field in wanted}
    for field, value in wanted.items():
        setattr(organization, field, value)
    return {field: value for field, value in before.items() if getattr(organization, field) != value}


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {field: str(value) if isinstance(value, Decimal) else value for field, value in values.items()}
