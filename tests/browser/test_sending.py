"""Preview and send: the message stands beside its form, with the note as it is written."""

import builders
import pytest
from playwright.sync_api import expect
from seats import Seat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def draft(desk: str) -> int:
    builders.connected()
    return builders.a_draft_invoice("64.47").id


def test_the_preview_follows_the_note_and_what_is_shown_is_sent(window: Seat, draft: int) -> None:
    page = window("staff")
    page.goto(f"/admin/invoice/details/?id={draft}")
    page.get_by_role("link", name="Preview and send").click()
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.get_by_role("link", name="Pay $64.47")).to_be_visible()
    page.get_by_label("Note").fill("As agreed on the phone.")
    expect(letter.get_by_text("As agreed on the phone.")).to_be_visible()
    page.get_by_role("button", name="Send Invoice for $64.47").click()
    expect(page.get_by_text("Queued for delivery to grace@example.com.")).to_be_visible()
