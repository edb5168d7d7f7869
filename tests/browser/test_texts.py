"""An admin writes a text: the message stands beside it, what is refused is kept, the default is one press away."""

import builders
import pytest
from playwright.sync_api import expect
from seats import Seat

pytestmark = pytest.mark.browser
PAGE = "/admin/message_text/edit/?kind=invoice&language=en"


@pytest.fixture(scope="module", autouse=True)
def invoice(desk: str) -> None:
    builders.a_sent_invoice("64.47")


def test_the_preview_follows_what_is_written_and_says_what_is_wrong(window: Seat) -> None:
    page = window("admin")
    page.goto(PAGE)
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.get_by_text("here is your invoice")).to_be_visible()
    page.get_by_label("Subject").fill("Please pay {amount}")
    page.get_by_label("Introduction").fill("Dear {customer}, <b>thank you</b>.")
    expect(letter.get_by_text("Please pay $64.47")).to_be_visible()
    expect(letter.get_by_text("Dear Grace Hopper, <b>thank you</b>.")).to_be_visible()
    page.get_by_label("Introduction").fill("Dear {nobody}")
    expect(letter.get_by_text("“{nobody}” is no field of this message.")).to_be_visible()


def test_what_is_refused_is_kept_and_the_default_is_one_press_away(window: Seat) -> None:
    page = window("admin")
    page.goto(PAGE)
    page.get_by_label("Subject").fill("Hello {nobody}")
    page.get_by_label("Introduction").fill("Dear {customer}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“{nobody}” is no field of this message").first).to_be_visible()
    expect(page.get_by_label("Introduction")).to_have_value("Dear {customer}")
    page.get_by_label("Subject").fill("Hello {number}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The text is saved.")).to_be_visible()
    page.get_by_role("button", name="Use the default text").click()
    expect(page.get_by_label("Subject")).to_have_value("Invoice {number} from {organization}: {amount}")
    window.forget("the server responded with a status of 40")
