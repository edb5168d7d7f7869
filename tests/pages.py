"""Every page that people see in the panel, once for all who look at pages: the gallery and the tests of axe."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

STATUSES = ("Draft", "Sent", "Partially Paid", "Paid", "Refunded", "Void")
NOWHERE = "/admin/invoice/details/?id=987654321"
PAY_LINK = re.compile(r"/pay/[\w-]{20,}")


@dataclass(frozen=True, slots=True)
class Sight:
    """An address, and what is pressed there before one looks: its list's first row, a link, a button of a dialog.

    `beside` is the door of the same row that stands where `details` stands; `pays` follows the pay link on the page;
    `then` is pressed in the dialog, and opens another one.
    """

    name: str
    address: str
    row: bool = False
    link: str = ""
    press: str = ""
    role: str = "admin"
    beside: str = ""
    pays: bool = False
    then: str = ""

    @property
    def is_dialog(self) -> bool:
        return bool(self.press) and not self.pays

    def show(self, page: Page) -> None:
        page.goto(self.address)
        page.wait_for_load_state()
        if self.row:
            page.locator("#rows tbody tr").first.get_by_role("link").first.click()
            page.wait_for_load_state()
        if self.link:
            page.locator("#content").get_by_role("link", name=self.link, exact=True).first.click()
            page.wait_for_load_state()
        if self.press:
            page.get_by_role("button", name=re.compile(f"^{re.escape(self.press)}")).first.click()
            expect(page.locator("dialog[open]")).to_be_visible()
        if self.then:
            page.locator("dialog[open]").get_by_role("button", name=self.then).click()
            expect(page.locator("dialog[open]").get_by_role("button", name="Cancel")).to_be_visible()
        if self.beside:
            page.goto(page.url.replace("/details/", f"/{self.beside}/"))
        if self.pays and (pay_link := PAY_LINK.search(page.content())):
            page.goto(pay_link.group())


def _noun(name: str, path: str) -> tuple[Sight, Sight]:
    """A list and the page of its first row."""
    return Sight(name, f"/admin/{path}/"), Sight(f"{name}-page", f"/admin/{path}/", row=True)


def _invoice(status: str) -> str:
    return f"/admin/invoice/?flt0_status_equals={status}".replace(" ", "+")


PAGES = (
    Sight("sign-in", "/admin/sign-in", role=""),
    Sight("dashboard", "/admin/"),
    Sight("dashboard-viewer", "/admin/", role="viewer"),
    Sight("dashboard-customize", "/admin/", press="Customize"),
    Sight("palette", "/admin/", press="Search or jump to"),
    Sight("invoices", "/admin/invoice/"),
    Sight("invoices-overdue", "/admin/invoice/?flt0_overdue_is=1"),
    Sight("invoices-none", "/admin/invoice/?search=nobody+at+all"),
    *(Sight(f"invoice-{status.lower().replace(' ', '-')}", _invoice(status), row=True) for status in STATUSES),
    Sight("invoice-pay-link", _invoice("Sent"), row=True, press="Pay Link"),
    Sight("invoice-link-replace", _invoice("Sent"), row=True, press="Pay Link", then="Replace"),
    Sight("invoice-link-revoke", _invoice("Sent"), row=True, press="Pay Link", then="Revoke"),
    Sight("invoice-preview", _invoice("Sent"), row=True, beside="preview"),
    Sight("invoice-refund", _invoice("Paid"), row=True, press="Issue refund"),
    Sight("invoice-viewer", _invoice("Paid"), row=True, role="viewer"),
    Sight("invoice-version", _invoice("Sent"), row=True, beside="version"),
    Sight("invoice-send", _invoice("Sent"), row=True, beside="send"),
    Sight("invoice-new", "/admin/invoice/new/"),
    Sight("invoice-edit", _invoice("Draft"), row=True, link="Edit"),
    Sight("invoice-revise", _invoice("Sent"), row=True, link="Edit"),
    Sight("contact-edit", "/admin/contact/", row=True, link="Edit"),
    *_noun("contact", "contact"),
    Sight("contact-new", "/admin/contact/new/"),
    *_noun("opportunity", "opportunity"),
    Sight("opportunity-new", "/admin/opportunity/new/"),
    Sight("analytics", "/admin/analytics/"),
    Sight("analytics-year", "/admin/analytics/?period=this-year"),
    Sight("analytics-owed", "/admin/analytics/receivables"),
    *_noun("dispute", "dispute"),
    *_noun("payment", "payment"),
    *_noun("refund", "refund"),
    *_noun("credit-note", "credit_note"),
    *_noun("attention", "attention"),
    *_noun("reconcile", "reconciliation"),
    Sight("organization", "/admin/organization/"),
    Sight("integrations", "/admin/integrations/"),
    Sight("reminders", "/admin/reminders/"),
    Sight("texts", "/admin/message_text/"),
    Sight("text", "/admin/message_text/edit/?kind=invoice&language=en"),
    Sight("text-own", "/admin/message_text/edit/?kind=receipt&language=ar"),
    Sight("stripe", "/admin/stripe/"),
    Sight("stripe-disconnect", "/admin/stripe/", press="Disconnect"),
    Sight("stripe-viewer", "/admin/stripe/", role="viewer"),
    Sight("payouts", "/admin/payout/"),
    *_noun("people", "people"),
    Sight("person-new", "/admin/people/new/"),
    *_noun("message", "message"),
    Sight("webhooks", "/admin/webhooks/"),
    *_noun("event", "event"),
    Sight("notices", "/admin/notices/"),
    *_noun("bulk-work", "bulk_run"),
    *_noun("export", "export"),
    Sight("missing", NOWHERE),
    Sight("forbidden", "/admin/organization/", role="viewer"),
    Sight("outside", "/made-up", role=""),
    Sight("pay-open", _invoice("Sent"), row=True, press="Pay Link", pays=True),
    Sight("pay-partly", _invoice("Partially Paid"), row=True, press="Pay Link", pays=True),
    Sight("pay-after", "/admin/message/", row=True, pays=True),
    Sight("pay-unknown", "/pay/made-up", role=""),
)
