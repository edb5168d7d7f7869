"""The page is light, asks nobody else, and looks right on paper."""

import io

import builders
import pypdfium2
import pytest
from aside import aside
from customers import link
from PIL import Image
from playwright.sync_api import Page, Response, expect
from seats import Seat

from tasks.organization import change_logo

pytestmark = pytest.mark.browser
MOST = 50_000  # bytes, without the logo


def a_logo() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((400, 120), 60).save(file, "PNG")
    return file.getvalue()


def test_all_that_a_customer_loads_is_below_fifty_kilobytes_beside_the_logo(window: Seat) -> None:
    change_logo(builders.person("admin"), a_logo())
    page, answers = window(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(link(builders.a_sent_invoice("64.47", partial_payments=True)), wait_until="networkidle")
    sizes = {answer.url.rpartition("/")[2]: len(answer.body()) for answer in answers if "/brand/" not in answer.url}
    assert any("/brand/" in answer.url for answer in answers)
    assert sum(sizes.values()) < MOST, sizes
    assert page.locator("header img").evaluate("logo => logo.naturalWidth > 0")


def printed(page: Page) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True))


@pytest.mark.parametrize("dark", [False, True])
def test_on_paper_stands_the_invoice_and_no_button(window: Seat, dark: bool) -> None:
    page = window(dark=dark)
    page.goto(link(builders.a_sent_invoice("64.47", notes="Thank you!")))
    paper = printed(page)
    words = paper[0].get_textpage().get_text_bounded()
    assert len(paper) == 1
    for said in ("Amount due", "$64.47", "Design", "Thank you!", "Grace Hopper"):
        assert said in words
    assert "Pay $" not in words
    corner = paper[0].render().to_pil().getpixel((5, 400))
    assert corner == (255, 255, 255)


def test_what_was_paid_says_so_on_paper(window: Seat) -> None:
    page = window()
    page.goto(link(aside(lambda: builders.a_paid_invoice("64.47"))))
    page.emulate_media(media="print")
    expect(page.get_by_text("Payment received. Thank you!")).to_be_visible()
    expect(page.get_by_role("link", name="Invoice (PDF)")).to_be_hidden()
