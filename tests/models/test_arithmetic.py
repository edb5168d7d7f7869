"""How lines become a total: discounts, taxes per rate, one rounding each."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.arithmetic import TaxSum, add_up, line_amount, taxes_within


@dataclass(frozen=True)
class Line:
    quantity: Decimal = Decimal(1)
    unit_price: int = 0
    discount: Decimal | None = None
    tax_name: str | None = None
    tax_percent: Decimal | None = None


percents = st.none() | st.decimals(0, 100, places=3)
lines = st.lists(
    st.builds(
        Line,
        quantity=st.decimals("0.001", 9999, places=3),
        unit_price=st.integers(0, 10**9),
        discount=percents,
        tax_name=st.sampled_from([None, "VAT", "GST"]),
        tax_percent=percents,
    ),
    max_size=8,
)


def taxed(price: int, percent: str, name: str = "VAT") -> Line:
    return Line(unit_price=price, tax_name=name, tax_percent=Decimal(percent))


@given(lines, st.booleans())
def test_the_total_is_net_and_taxes(found: list[Line], gross: bool) -> None:
    totals = add_up(found, gross)
    assert totals.total == totals.net + sum(rate.tax for rate in totals.taxes) == totals.net + totals.tax


@given(lines, st.booleans(), st.randoms())
def test_the_order_of_lines_changes_nothing(found: list[Line], gross: bool, luck: Random) -> None:
    shuffled = list(found)
    luck.shuffle(shuffled)
    assert add_up(shuffled, gross) == add_up(found, gross)


@given(lines)
def test_gross_prices_are_what_is_paid(found: list[Line]) -> None:
    assert add_up(found, True).total == sum(line_amount(line) for line in found)


@given(lines)
def test_net_prices_are_what_is_left_without_tax(found: list[Line]) -> None:
    assert add_up(found, False).net == sum(line_amount(line) for line in found)


@given(lines, st.booleans())
def test_each_tax_is_rounded_once(found: list[Line], gross: bool) -> None:
    for rate in add_up(found, gross).taxes:
        exact = rate.base * rate.percent / (100 + rate.percent if gross else 100)
        assert abs(exact - rate.tax) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("1", 1999, None, 1999),
        ("2.5", 10000, None, 25000),
        ("0.333", 1000, None, 333),
        ("1", 1, "50", 1),
        ("3", 333, "33.333", 666),
        ("1", 10000, "100", 0),
        ("1", 10000, "0", 10000),
    ],
)
def test_a_line_is_rounded_half_up(quantity: str, price: int, discount: str | None, amount: int) -> None:
    line = Line(Decimal(quantity), price, None if discount is None else Decimal(discount))
    assert line_amount(line) == amount


def test_one_rate_is_rounded_once_for_all_its_lines() -> None:
    assert add_up([taxed(5, "10")] * 3, False).tax == 2
    assert add_up([taxed(5, "10"), taxed(5, "10", "GST"), taxed(5, "10.001")], False).tax == 3


def test_tax_is_taken_out_of_gross_prices() -> None:
    totals = add_up([taxed(11900, "19")], True)
    assert (totals.net, totals.tax, totals.total) == (10000, 1900, 11900)


def test_a_rate_of_zero_is_named_and_no_rate_is_not() -> None:
    assert [rate.name for rate in add_up([taxed(100, "0"), Line(unit_price=100)], False).taxes] == ["VAT"]


def test_nothing_adds_up_to_nothing() -> None:
    assert add_up([], False).total == 0


parts = st.lists(st.integers(1, 10**6), min_size=1, max_size=6)


@given(parts, st.lists(st.integers(0, 10**5), max_size=3))
def test_the_taxes_of_all_parts_are_those_of_the_whole(amounts: list[int], taxes: list[int]) -> None:
    whole = sum(amounts)
    rates = [TaxSum("VAT", Decimal(19), 0, min(tax, whole // 4)) for tax in taxes]
    gone, before = [0] * len(rates), 0
    for amount in amounts:
        shares = taxes_within(rates, whole, amount, before, gone)
        assert min([*shares, amount - sum(shares)]) >= 0
        gone, before = [a + b for a, b in zip(gone, shares, strict=True)], before + amount
    assert all(abs(got - rate.tax) <= 1 for got, rate in zip(gone, rates, strict=True))
