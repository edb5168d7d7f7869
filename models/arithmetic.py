"""The sums of an invoice: lines, discounts, taxes per rate. Nothing here knows a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from models.money import round_half_up

_HUNDRED = Decimal(100)


class PricedLine(Protocol):
    """What a line needs to be added up; unit price in minor units, discount and tax in percent."""

    quantity: Decimal
    unit_price: int
    discount: Decimal | None
    tax_name: str | None
    tax_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What one rate adds up to, in minor units; `base` is the sum of its lines as they are priced."""

    name: str
    percent: Decimal
    base: int
    tax: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All in minor units: total = net + Σ taxes, whether prices are net or gross."""

    net: int
    taxes: tuple[TaxSum, ...]
    total: int

    @property
    def tax(self) -> int:
        return self.total - self.net


def line_amount(line: PricedLine) -> int:
    """Round half up of quantity × unit price × (1 − discount)."""
    share = (_HUNDRED - (line.discount or 0)) / _HUNDRED
    return round_half_up(line.quantity * line.unit_price * share)


def add_up(lines: Iterable[PricedLine], prices_gross: bool) -> Totals:
    """Tax is summed per rate and rounded once per rate."""
    amounts = 0
    bases: dict[tuple[Decimal, str], int] = {}
    for line in lines:
        amount = line_amount(line)
        amounts += amount
        if line.tax_percent is not None:
            rate = (line.tax_percent, line.tax_name or "Tax")
            bases[rate] = bases.get(rate, 0) + amount
    taxes = tuple(
        TaxSum(name, percent, base, _tax(base, percent, prices_gross))
        for (percent, name), base in sorted(bases.items())
    )
    tax = sum(rate.tax for rate in taxes)
    return Totals(amounts - tax, taxes, amounts) if prices_gross else Totals(amounts, taxes, amounts + tax)


def _tax(base: int, percent: Decimal, prices_gross: bool) -> int:
    return round_half_up(base * percent / (_HUNDRED + percent if prices_gross else _HUNDRED))


def taxes_within(taxes: Sequence[TaxSum], total: int, amount: int, before: int, gone: Sequence[int]) -> list[int]:
    """How much of each tax a part of the total contains, in proportion, in minor units.

    `before` is what earlier parts came to, `gone` what they contained of each tax. Each rate is rounded on the
    sum of all parts, and earlier parts are taken off: once the parts make up the total, their taxes make up its
    taxes. No share is below zero, and together they are never more than the amount; the rest of it is net.
    """
    shares, left = [], amount
    for rate, taken in zip(taxes, gone, strict=True):
        so_far = round_half_up(Decimal(rate.tax * (before + amount)) / total)
        share = min(max(so_far - taken, 0), left)
        shares.append(share)
        left -= share
    return shares
