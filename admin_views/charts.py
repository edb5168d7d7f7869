"""What a bar chart needs: bars beside those of before, an axis with round numbers, labels that have room."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from babel import Locale
from babel.numbers import format_currency
from flask_babel import get_locale

from models.money import exponent

STEPS = (1.0, 2.0, 2.5, 4.0, 5.0, 10.0)
INTERVALS = 4
MOST_LABELS = 6
# How much of its place a bar fills, and the paler one behind it.
FILLS, FILLS_BEFORE = 0.4, 0.76


@dataclass(frozen=True, slots=True)
class Bar:
    """`value`, and what it was `before`, in minor units; `title` says both in words; `href` leads to their rows."""

    label: str
    value: int
    before: int
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The value at the top, and what stands beside the grid from top to bottom."""

    top: int
    marks: list[str]


@dataclass(frozen=True, slots=True)
class Rect:
    """In a picture of 100 by 100; y is counted from the top."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    axis: Axis

    @property
    def lines(self) -> list[float]:
        """Where the grid has its lines."""
        return [100 * n / INTERVALS for n in range(INTERVALS + 1)]

    @property
    def now(self) -> list[Rect]:
        return [self._rect(place, bar.value, FILLS) for place, bar in enumerate(self.bars)]

    @property
    def before(self) -> list[Rect]:
        return [self._rect(place, bar.before, FILLS_BEFORE) for place, bar in enumerate(self.bars)]

    @property
    def labels(self) -> list[str]:
        """One for each bar; empty where there would be no room."""
        return ["" if place % self.label_step else bar.label for place, bar in enumerate(self.bars)]

    @property
    def label_step(self) -> int:
        return ceil(len(self.bars) / MOST_LABELS)

    def _rect(self, place: int, value: int, fills: float) -> Rect:
        each, tall = 100 / len(self.bars), 100 * value / self.axis.top
        return Rect(
            round((place + (1 - fills) / 2) * each, 3), round(100 - tall, 3), round(fills * each, 3), round(tall, 3)
        )


def axis(largest: int, currency: str) -> Axis:
    """Four intervals of 1, 2, 2.5, 4 or 5 times a power of ten, the least that hold the largest value."""
    step = _round_step(max(largest, 1))
    marks = [_mark(step * n, currency) for n in range(INTERVALS, -1, -1)]
    return Axis(step * INTERVALS, marks)


def _round_step(largest: int) -> int:
    power = 1
    while largest > STEPS[-1] * power * INTERVALS:
        power *= 10
    steps = (int(step * power) for step in STEPS if (step * power).is_integer())
    return next(step for step in steps if largest <= step * INTERVALS)


def _mark(value: int, currency: str) -> str:
    amount = Decimal(value).scaleb(-exponent(currency))
    locale = get_locale() or Locale("en", "US")
    whole = locale.currency_formats["standard"].pattern.replace(".00", "")
    pattern = whole if amount == amount.to_integral_value() else None
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=pattern is None)
