"""What choosing a contact fills into the form of a new invoice, as somebody at a browser sees it."""

from collections.abc import Callable

import builders
import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

Window = Callable[[str], Page]


def shown(page: Page) -> tuple[str, str]:
    return page.input_value("#currency"), page.input_value("#due_days")


def test_a_contact_fills_in_its_currency_and_terms_until_somebody_chooses(window: Window) -> None:
    yen = builders.a_contact(name="Yen", currency="JPY", due_days=30)
    usual = builders.a_contact(name="Usual")
    page = window("staff")
    page.goto("/admin/invoice/new/")
    page.select_option("#contact_id", str(yen.id))
    assert shown(page) == ("JPY", "30")
    page.select_option("#contact_id", str(usual.id))
    assert shown(page) == ("USD", "")
    page.select_option("#currency", "EUR")
    page.select_option("#contact_id", str(yen.id))
    assert shown(page) == ("EUR", "30")


def test_the_terms_of_another_contact_do_not_stay(window: Window) -> None:
    monthly = builders.a_contact(name="Monthly", due_days=30)
    unusual = builders.a_contact(name="Unusual", due_days=45)
    page = window("staff")
    page.goto("/admin/invoice/new/")
    for contact, days in ((monthly, "30"), (unusual, "")):
        page.select_option("#contact_id", str(contact.id))
        assert shown(page) == ("USD", days)


def test_a_date_is_asked_for_only_where_one_is_wanted(window: Window) -> None:
    page = window("staff")
    page.goto("/admin/invoice/new/")
    assert not page.is_visible("#due_date")
    page.select_option("#due_days", "date")
    assert page.is_visible("#due_date")
    assert page.is_enabled("#due_date")
    page.select_option("#due_days", "30")
    assert page.is_disabled("#due_date")
