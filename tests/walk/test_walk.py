"""The walk: the main job from end to end, in one browser profile, on the demo as `make run` starts it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.servers import QUIET, chromium_path, postgres_database
from tests.walk.product import Product

pytestmark = pytest.mark.browser

SOON = 15_000
expect.set_options(timeout=SOON)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp(f"walk-{request.param}")
    if request.param == "sqlite":
        yield Product(folder, {})
    else:
        with postgres_database() as url:
            yield Product(folder, {"DATABASE_URL": url})


@pytest.fixture(scope="module", params=["first start", "after a restart"])
def product(installed: Product) -> Iterator[Product]:
    """The second time it finds what the first walk has left."""
    installed.start()
    yield installed
    installed.stop()


@pytest.fixture
def context(product: Product) -> Iterator[BrowserContext]:
    """One browser profile; a console error, or a request to any host but ours, fails the walk."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET.split())
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        context.set_default_timeout(SOON)
        wrong: list[str] = []
        context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        ours = (product.web, product.sandbox, "data:", "blob:")
        context.on("request", lambda request: None if request.url.startswith(ours) else wrong.append(request.url))
        yield context
        browser.close()
        assert wrong == []


def sign_in(page: Page, product: Product, who: str) -> None:
    page.goto(f"{product.web}/admin/")
    page.get_by_label("Email").fill(f"{who}@northwind.example")
    page.get_by_label("Password").fill(product.password(who))
    page.get_by_role("button", name="Sign in").click()
    opened(page, "Dashboard")


def sign_out(page: Page) -> None:
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def opened(page: Page, heading: str) -> None:
    """The page is there with its scripts: people do not click in the same millisecond."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    page.wait_for_load_state()


def palette(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump to").fill(words)
    expect(page.get_by_role("listbox", name="Results").get_by_role("option").first).to_contain_text(words)
    page.keyboard.press("Enter")


def section(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("region", name=name, exact=True)


def open_invoice(page: Page, product: Product, status: str) -> str:
    """The newest invoice with this status; its number."""
    page.goto(f"{product.web}/admin/invoice/")
    page.get_by_role("link", name=re.compile(rf"^{status} [\d,]+$")).click()
    link = page.locator("#rows tbody tr").first.get_by_role("link").first
    number = link.inner_text()
    link.click()
    opened(page, number)
    return number


def pay_link(page: Page) -> str:
    page.get_by_role("button", name="Pay Link").click()
    url = page.get_by_role("textbox", name="Pay Link").input_value()
    page.get_by_role("dialog", name="Pay Link").get_by_label("Close").click()
    return url


def pay(page: Page, url: str, amount: str | None = None, card: str = "4242 4242 4242 4242") -> None:
    """As the customer: the pay page, Stripe's page, and back."""
    page.goto(url)
    if amount:
        page.get_by_label("Amount to pay now").fill(amount)
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("button", name=re.compile(card)).click()
    expect(page.get_by_text("Payment received")).to_be_visible()


def test_the_dashboard_shows_what_came_in_and_what_is_due(product: Product, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, product, "admin")
    for words in ("Collected this month", "Outstanding", "Overdue", "Disputes due", "in 5 days", "Test mode"):
        expect(page.get_by_text(words).first).to_be_visible()
    recent = section(page, "Recent Payments")
    expect(recent.locator("tbody tr").first).to_be_visible()
    expect(recent.get_by_role("link", name="Payment Analytics")).to_be_visible()
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Analytics")).to_be_visible()
    menu.get_by_text("Payments").first.click()
    expect(menu.get_by_role("link", name="Analytics")).to_be_hidden()


def test_stripe_is_disconnected_and_connected_again(product: Product, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, product, "admin")
    open_invoice(page, product, "Sent")
    link = pay_link(page)
    menu = page.get_by_role("navigation", name="Main")
    menu.get_by_text("Settings").click()
    menu.get_by_role("link", name="Integrations").click()
    page.get_by_role("link", name="Stripe Connect").click()
    opened(page, "Stripe Connect")
    for words in (
        "Northwind Studio",
        "United States",
        "Charges enabled",
        "Payouts enabled",
        "Stripe needs more information",
    ):
        expect(page.locator("#content").get_by_text(words).first).to_be_visible()
    for table in ("Payments", "Payouts"):
        expect(section(page, table).locator("tbody tr").first).to_be_visible()
    page.get_by_role("button", name="Disconnect").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("revokes the OAuth authorization with Stripe and disables online payments")
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("Not connected")).to_be_visible()
    customer = context.new_page()
    customer.goto(link)
    expect(customer.get_by_text("Online payment is not available")).to_be_visible()
    page.get_by_role("button", name="Connect Stripe").click()
    page.get_by_role("button", name="Connect").first.click()
    expect(page.get_by_text("Connected", exact=True).first).to_be_visible()
    expect(customer.get_by_role("button", name=re.compile("^Pay "))).to_be_visible()


def write_invoice(page: Page, lines: list[tuple[str, str, str, str]], partial: bool = False) -> None:
    for number, (description, quantity, price, tax) in enumerate(lines):
        rows = page.locator("table[data-lines] tbody tr")
        if rows.count() <= number:
            page.get_by_role("button", name="Add line").click()
        row = rows.nth(number)
        row.get_by_label("Description").fill(description)
        row.get_by_label("Quantity").fill(quantity)
        row.get_by_label("Unit price").fill(price)
        row.get_by_label("Tax in percent").fill(tax)
    if partial:
        page.get_by_label("Partial payments").check()


def test_an_invoice_goes_out_is_paid_and_is_refunded(product: Product, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, product, "admin")
    page.get_by_role("link", name="Opportunities").click()
    page.locator("#rows tbody tr").first.get_by_role("link").first.click()
    expect(section(page, "Invoices")).to_be_visible()
    page.get_by_role("link", name="New invoice").click()
    opened(page, "New invoice")
    write_invoice(
        page, [("Design", "2.5", "100.00", "8.25"), ("Travel", "1", "19.99", ""), ("Hosting", "3", "10", "8.25")]
    )
    expect(page.locator("#totals")).to_contain_text("$323.09")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#content").get_by_text("$323.09").first).to_be_visible()
    address = page.locator(".send-to b").inner_text()
    page.get_by_role("button", name="Send Invoice").click()
    head = page.locator("#head")
    expect(head.get_by_text("Sent", exact=True)).to_be_visible()
    number = page.get_by_role("heading", level=1).inner_text().removeprefix("Invoice ")
    link = pay_link(page)

    mailbox = context.new_page()
    mailbox.goto(f"{product.sandbox}/mailbox")
    mailbox.get_by_role("link", name=re.compile(number)).first.click()
    expect(mailbox.get_by_text(address).first).to_be_visible()
    button = mailbox.frame_locator("iframe").get_by_role("link", name=re.compile("^Pay "))
    assert button.get_attribute("href") == link
    button.click()
    mailbox.get_by_role("button", name=re.compile("^Pay ")).click()
    mailbox.get_by_role("button", name=re.compile("4242 4242")).click()
    expect(mailbox.get_by_text("Payment received")).to_be_visible()

    expect(head.get_by_text("Paid", exact=True)).to_be_visible()
    timeline = section(page, "Payment timeline")
    # The customer shares the staff's browser here, and the timeline says so.
    for words in ("Invoice sent", "Viewed (staff browser)", "Payment received"):
        expect(timeline.get_by_text(words, exact=True)).to_be_visible()
    page.get_by_role("button", name="Issue refund").click()
    page.get_by_role("dialog").get_by_role("button", name="Refund $323.09").click()
    expect(head.get_by_text("Refunded", exact=True)).to_be_visible()
    expect(timeline.get_by_text("Refund notice sent")).to_be_visible()
    mailbox.goto(f"{product.sandbox}/mailbox")
    expect(mailbox.get_by_text(re.compile("[Rr]efund")).first).to_be_visible()


def test_two_partial_payments_lead_to_paid(product: Product, context: BrowserContext) -> None:
    page, customer = context.new_page(), context.new_page()
    sign_in(page, product, "admin")
    page.goto(f"{product.web}/admin/opportunity/")
    page.locator("#rows tbody tr").first.get_by_role("link").first.click()
    page.get_by_role("link", name="New invoice").click()
    opened(page, "New invoice")
    write_invoice(page, [("Retainer", "1", "80.00", "")], partial=True)
    page.get_by_role("button", name="Save").click()
    link, head = pay_link(page), page.locator("#head")
    pay(customer, link, "30.00")
    expect(head.get_by_text("Partially Paid", exact=True)).to_be_visible()
    pay(customer, link)
    expect(head.get_by_text("Paid", exact=True)).to_be_visible()


def test_the_palette_finds_the_three_pages_by_their_names(product: Product, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, product, "admin")
    palette(page, "Payment Analytics")
    opened(page, "Payment Analytics")
    for words in ("Collected", "Refunded", "Stripe fees", "Net"):
        expect(page.locator(".stat-label", has_text=words).first).to_be_visible()
    palette(page, "Payment Disputes")
    expect(page.get_by_text("Evidence due by").first).to_be_visible()
    page.locator("#rows tbody tr").first.get_by_role("link").first.click()
    expect(page.get_by_text("Evidence due by").first).to_be_visible()
    page.wait_for_load_state()
    palette(page, "Stripe Settings")
    opened(page, "Stripe Connect")


def test_staff_and_viewers_are_told_what_they_may_not(product: Product, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, product, "staff")
    palette(page, "Stripe Settings")
    expect(page.get_by_text("Only an admin can connect or disconnect Stripe")).to_be_visible()
    expect(page.get_by_role("button", name="Disconnect")).to_have_count(0)
    sign_out(page)
    sign_in(page, product, "viewer")
    open_invoice(page, product, "Paid")
    expect(page.get_by_role("button", name="Issue refund")).to_have_count(0)
    expect(page.get_by_role("button", name="Pay Link")).to_have_count(0)


def test_a_seeded_payment_is_refunded_and_the_books_are_right(product: Product, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, product, "staff")
    page.goto(f"{product.web}/admin/invoice/?flt0_status_equals=Paid&search=2026-00")
    seeded = page.locator("#rows tbody tr").get_by_role("link", name=re.compile("2026-004"))
    number = seeded.first.inner_text()
    seeded.first.click()
    opened(page, number)
    page.get_by_role("button", name="Issue refund").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(r"Refund \$")).click()
    expect(page.locator("#head").get_by_text("Refunded", exact=True)).to_be_visible()
    for command in ("reconcile", "audit"):
        answer = product.command(command)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "0 differences" in answer.stdout
