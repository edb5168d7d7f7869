"""What the form adds up while somebody types is what will be saved, to the last minor unit."""

import random
import re
from dataclasses import dataclass
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from seats import Seat

from models.arithmetic import add_up
from models.invoice_line import InvoiceLine
from models.money import Money, exponent

pytestmark = pytest.mark.browser

INVOICES = 250
QUANTITIES = ("1", "2", "3", "0.5", "2.5", "0.125", "2.333", "0.001", "12.500", "1000")
DISCOUNTS = ("", "", "0", "10", "12.5", "33.333", "50", "99.999", "100")
TAXES = ("", "", "0", "5", "7.25", "8.875", "19", "19.0", "20", "100")
NAMES = ("", "VAT", "Sales tax")

# Fills the form in and says what stands in it then: the total of each line, and the sums by their labels.
TYPE = """([prices, currency, lines]) => {
  const table = document.querySelector("#lines");
  const field = (row, name) => row.querySelector(`[data-field="${name}"]`);
  const chosen = document.querySelector("#currency");
  chosen.value = currency;
  table.dataset.prices = prices;
  while (table.tBodies[0].rows.length < lines.length) document.querySelector("[data-add-line]").click();
  while (table.tBodies[0].rows.length > lines.length) table.tBodies[0].lastElementChild.remove();
  lines.forEach((line, place) => {
    for (const [name, text] of Object.entries(line)) field(table.tBodies[0].rows[place], name).value = text;
  });
  chosen.dispatchEvent(new Event("change", { bubbles: true }));
  const text = (found) => [...found].map((node) => node.textContent);
  return [text(table.querySelectorAll("[data-line-total]")), text(document.querySelectorAll("#totals dt")),
    text(document.querySelectorAll("#totals dd"))];
}"""


@dataclass(frozen=True)
class Typed:
    prices: str
    currency: str
    lines: list[dict[str, str]]

    def saved(self) -> list[InvoiceLine]:
        return [
            InvoiceLine(
                quantity=Decimal(line["quantity"]),
                unit_price=Money.parse(line["price"], self.currency).amount,
                discount=Decimal(line["discount"]) if line["discount"] else None,
                tax_name=line["tax_name"] or None,
                tax_percent=Decimal(line["tax"]) if line["tax"] else None,
            )
            for line in self.lines
        ]

    def sums(self) -> list[int]:
        """In the order of the form: the subtotal of net prices, taxes by their percent, the total."""
        totals = add_up(self.saved(), self.prices == "gross")
        taxes = sorted(rate.tax for rate in totals.taxes)
        return [totals.total, *taxes] if self.prices == "gross" else [totals.net, *taxes, totals.total]


def an_invoice(chance: random.Random) -> Typed:
    currency = chance.choice(("USD", "EUR", "JPY", "KWD"))

    def line() -> dict[str, str]:
        price = Money(chance.choice((0, 1, 5, 333, chance.randrange(10**4), chance.randrange(10**9))), currency)
        words = {"quantity": QUANTITIES, "discount": DISCOUNTS, "tax": TAXES, "tax_name": NAMES}
        picked = {name: chance.choice(texts) for name, texts in words.items()}
        return {"description": "Design", "price": price.plain()} | picked

    return Typed(chance.choice(("net", "gross")), currency, [line() for _ in range(chance.randint(1, 6))])


def minor(shown: str, currency: str) -> int:
    """The amount of what stands there: $64.47 is 6447."""
    digits = re.sub(r"[^0-9.]", "", shown)
    assert len(digits.partition(".")[2]) == exponent(currency), shown
    return int(digits.replace(".", ""))


def test_what_is_shown_while_typing_is_what_the_arithmetic_of_the_books_says(window: Seat) -> None:
    page, chance = window("staff"), random.Random(64_47)
    page.goto("/admin/invoice/new/")
    expect(page.locator("#totals")).to_contain_text("Total")
    for _ in range(INVOICES):
        typed = an_invoice(chance)
        lines, labels, sums = page.evaluate(TYPE, [typed.prices, typed.currency, typed.lines])
        assert [minor(text, typed.currency) for text in lines] == [line.amount for line in typed.saved()], typed
        amounts = [minor(text, typed.currency) for text in sums]
        first = 1 if typed.prices == "gross" else labels.index("Subtotal") + 1
        taxes = slice(first, first + len(amounts) - (1 if typed.prices == "gross" else 2))
        amounts[taxes] = sorted(amounts[taxes])
        assert amounts == typed.sums(), typed


def test_the_total_at_the_head_of_a_draft_follows_what_is_typed(window: Seat) -> None:
    page = window("staff")
    page.goto("/admin/invoice/new/")
    page.get_by_label("Description").first.fill("Design")
    page.get_by_label("Unit price").first.fill("40.00")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_role("region", name="Payment timeline")).to_be_visible()
    page.get_by_label("Quantity").first.fill("2.5")
    expect(page.get_by_role("region", name="Summary")).to_contain_text("$100.00")
    page.get_by_label("Unit price").first.fill("forty")
    expect(page.get_by_role("region", name="Summary")).to_contain_text("–")
