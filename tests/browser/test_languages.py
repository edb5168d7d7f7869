"""What scripts say and write is in the language of the page, whose forms of the plural are its own."""

import builders
import pytest
from flask import current_app
from flask_babel import Domain
from playwright.sync_api import expect
from seats import Seat

from models.money import Money

pytestmark = pytest.mark.browser


class Polish:
    """Of each plural the catalog says only which form it is."""

    FORMS = {1: "%(num)s (one)", 2: "%(num)s (few)", 5: "%(num)s (many)"}

    def ugettext(self, text: str) -> str:
        return text

    def upgettext(self, context: str, text: str) -> str:
        return text

    def ungettext(self, one: str, many: str, number: int) -> str:
        return self.FORMS.get(number, many)


@pytest.fixture
def polish(desk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.extensions["babel"], "locale_selector", lambda: "pl")
    monkeypatch.setattr(Domain, "get_translations", lambda self: Polish())


def test_what_is_selected_is_counted_in_the_form_that_the_number_takes(window: Seat, polish: None) -> None:
    for _ in range(5):
        builders.a_sent_invoice("10.00")
    page = window("staff")
    page.goto("/admin/invoice/")
    boxes, words = page.locator("input[type=checkbox][name=rowid]"), page.locator("[data-selection] [data-selected]")
    for place, said in enumerate(("1 (one)", "2 (few)", "3 (few)", "4 (few)", "5 (many)")):
        boxes.nth(place).check()
        expect(words).to_have_text(said)


def test_amounts_are_written_as_the_server_writes_them(window: Seat, polish: None) -> None:
    page = window("staff")
    page.goto("/admin/invoice/new/")
    page.locator("[data-field=price]").first.fill("12345.60")
    expect(page.locator("[data-line-total]").first).to_have_text(Money(1234560, "USD").format("pl"))
