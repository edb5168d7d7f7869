"""What a bar chart needs: bars, and an axis with round numbers."""

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency

from models.money import exponent

STEPS = (1, 2, 5, 10)
INTERVALS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` in minor units; `title` says it in words when pointed at."""

    label: str
    value: int
    title: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The value at the top, and what stands beside the grid from top to bottom."""

    top: int
    marks: list[str]


def axis(largest: int, currency: str) -> Axis:
    """Four intervals of 1, 2 or 5 times a power of ten, the least that hold the largest value."""
    step = _round_step(max(largest, 1))
    marks = [_mark(step * n, currency) for n in range(INTERVALS, -1, -1)]
    return Axis(step * INTERVALS, marks)


def _round_step(largest: int) -> int:
    power = 1
    while largest > STEPS[-1] * power * INTERVALS:
        power *= 10
    return next(step * power for step in STEPS if largest <= step * power * INTERVALS)


def _mark(value: int, currency: str) -> str:
    amount = Decimal(value).scaleb(-exponent(currency))
    pattern = "¤#,##0" if amount == amount.to_integral_value() else None
    return format_currency(amount, currency, pattern, locale="en_US", currency_digits=pattern is None)
