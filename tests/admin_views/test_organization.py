"""Settings → Organization."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import builders
import pytest
from cast import Browser
from sqlalchemy import select

from models.activity import AuditEntry
from models.base import db
from models.organization import the_organization
from models.refusal import NotAllowed, Refused
from models.revenue import DailyTotal
from tasks.organization import change_organization
from tasks.revenue import add_up_dirty_days

SignIn = Callable[[str], Browser]
PAGE = "/admin/organization/"
GOOD = {
    "name": "Northwind Studio",
    "brand_color": "#0F6B5C",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "due_days": "30",
    "support_email": "billing@example.com",
    "support_phone": "+49 30 1234-5",
    "language": "de",
    "documents": "link",
    "registration_number": "HRB 77",
    "partial_payments": "y",
    "partial_minimum": "50.00",
    "deposit_percent": "30",
}


def save(browser: Browser, **fields: Any) -> Any:
    return browser.post_form(PAGE, GOOD | fields, page=PAGE)


def test_what_is_written_is_kept_and_logged(signed_in: SignIn) -> None:
    assert save(signed_in("admin")).status_code == 303
    db.session.rollback()
    kept = the_organization(db.session)
    assert (kept.name, kept.brand_color, kept.currency, kept.due_days) == ("Northwind Studio", "#0f6b5c", "EUR", 30)
    assert (kept.partial_payments, kept.partial_minimum, kept.deposit_percent) == (True, 5000, Decimal(30))
    assert kept.registration_number == "HRB 77"
    assert (kept.support_phone, kept.support_tel) == ("+49 30 1234-5", "+493012345")
    assert (kept.language, kept.documents) == ("de", "link")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "organization.edit")).one()
    assert entry.actor == builders.EMAILS["admin"]
    assert (entry.before or {})["name"] == "My organization"
    assert (entry.after or {})["name"] == "Northwind Studio"


WRONG = {
    "name": ("  ", ""),
    "brand_color": ("red", "#12345", "#0f6b5c; background: url(//evil)", "#０f6b5c", ""),
    "time_zone": ("Mars/Olympus", ""),
    "currency": ("XXQ", "XAU", ""),
    "due_days": ("-1", "366", "1e2", ""),
    "support_email": ("a@example.com, b@example.com", "nobody"),
    "support_phone": ("call us", "1" * 61),
    "language": ("tlh", ""),
    "documents": ("burn", ""),
    "partial_minimum": ("-1", "1,000", "0.001", "abc"),
    "deposit_percent": ("0", "100", "-5", "1e1", "３０", "0.0001", "abc"),
}


@pytest.mark.parametrize("field", WRONG)
def test_what_cannot_be_is_not_kept(signed_in: SignIn, field: str) -> None:
    admin = signed_in("admin")
    for wrong in WRONG[field]:
        answer = save(admin, **{field: wrong})
        assert answer.status_code == 400, wrong
        assert "Nothing is saved yet" in answer.text or "flash-danger" in answer.text
    assert the_organization(db.session).name == "My organization"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("brand_color", "red"),
        ("time_zone", "Mars"),
        ("currency", "usd"),
        ("currency", "DEM"),
        ("due_days", 400),
        ("name", " "),
        ("deposit_percent", Decimal(100)),
        ("deposit_percent", Decimal(0)),
        ("partial_minimum", -1),
    ],
)
def test_the_noun_itself_refuses(cast: Any, field: str, wrong: Any) -> None:
    with pytest.raises(Refused):
        change_organization(cast.admin, {field: wrong})
    assert getattr(the_organization(db.session), field) != wrong


def test_how_parts_are_paid_is_what_a_new_invoice_begins_with(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    save(admin)
    assert 'name="partial_minimum" type="text" value="50.00"' in admin.get(PAGE).text
    shown = admin.get("/admin/invoice/new/").text
    for name, value in {"partial_minimum": "50.00", "deposit_percent": "30"}.items():
        assert re.search(f'name="{name}"[^>]* value="{value}"', shown), name


@pytest.mark.both_databases
def test_a_new_time_zone_cuts_the_days_anew(cast: Any) -> None:
    builders.a_paid_invoice("64.47")
    add_up_dirty_days()
    change_organization(cast.admin, {"time_zone": "Pacific/Kiritimati"})
    add_up_dirty_days()
    zone = the_organization(db.session).zone
    total = db.session.scalars(select(DailyTotal).where(DailyTotal.collected > 0, DailyTotal.basis == "cash")).one()
    assert total.day == builders.now().astimezone(zone).date()
    assert total.collected == 6447


def test_only_who_may_change_settings_changes_them(cast: Any) -> None:
    with pytest.raises(NotAllowed):
        change_organization(cast.finance, {"name": "Mine"})
