"""Money is whole minor units, and Stripe's integers are another matter."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.money import CURRENCIES, LARGEST, Money, exponent
from models.refusal import Refused

amounts = st.builds(Money, st.integers(0, 10**12 - 1), st.sampled_from(CURRENCIES))
STRIPE_ZERO_DECIMAL = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
WRITTEN_WITHOUT_DECIMALS = "AFN ALL LAK LBP MMK RSD SOS YER".split()


@pytest.mark.parametrize("currency", CURRENCIES)
@settings(max_examples=20)
@given(amount=st.integers(0, 10**12 - 1))
def test_parse_reads_what_is_written_in_every_currency(currency: str, amount: int) -> None:
    """In a form, and on a page without its symbol and thousands separators."""
    money = Money(amount, currency)
    shown = re.sub(r"^[^0-9]*|,|[^0-9]*$", "", money.format("en_US"))
    assert [Money.parse(text, currency) for text in (money.plain(), shown)] == [money, money]


@given(amounts)
def test_stripe_gives_back_what_it_was_given(money: Money) -> None:
    if money.amount % 10 and exponent(money.currency) == 3:
        money = Money(money.amount - money.amount % 10, money.currency)
    assert Money.from_stripe(money.to_stripe(), money.currency.lower()) == money


@pytest.mark.parametrize(
    "text",
    "|19.999|1e9|-5|+5|5-|1,234.50|1.234,50|5 0|1_000|.5|5.|$5|0x10|NaN|Infinity|１９.９９|١٩|1234567890123".split("|"),
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        Money.parse(text, "USD")


@pytest.mark.parametrize(("text", "minor"), [("19.99", 1999), ("5", 500), ("0.5", 50), (" 7.00 ", 700), ("0", 0)])
def test_dollars_become_cents(text: str, minor: int) -> None:
    assert Money.parse(text, "USD") == Money(minor, "USD")


@pytest.mark.parametrize(("currency", "text"), [("JPY", "5.0"), ("USD", "5.001"), ("KWD", "5.0001")])
def test_more_decimals_than_the_currency_has_are_refused(currency: str, text: str) -> None:
    with pytest.raises(Refused, match=f"{currency} has"):
        Money.parse(text, currency)


@pytest.mark.parametrize("currency", ["", "usd", "XYZ", "US", "€"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(Refused, match="not a currency"):
        Money.parse("5", currency)


def test_only_what_people_pay_with_today_is_a_currency() -> None:
    assert {"USD", "EUR", "JPY", "XOF"} <= set(CURRENCIES)
    assert not {"DEM", "XAU", "XTS", "XXX"} & set(CURRENCIES)


def test_what_was_paid_in_a_currency_of_the_past_is_still_shown() -> None:
    assert Money(12345, "DEM").plain() == "123.45"


@pytest.mark.parametrize("currency", STRIPE_ZERO_DECIMAL)
def test_a_yen_is_one_at_stripe(currency: str) -> None:
    assert Money.parse("500", currency).to_stripe() == 500


@pytest.mark.parametrize("currency", ["ISK", "UGX"])
def test_stripe_takes_two_decimals_that_people_do_not_write(currency: str) -> None:
    assert Money.parse("500", currency).to_stripe() == 50000
    assert Money.from_stripe(50000, currency.lower()) == Money(500, currency)


@pytest.mark.parametrize("currency", WRITTEN_WITHOUT_DECIMALS)
def test_a_hundred_are_not_charged_as_one(currency: str) -> None:
    assert Money.parse("100", currency).to_stripe() == 10000


def test_a_third_decimal_that_stripe_does_not_take_is_refused() -> None:
    assert Money.parse("1.230", "KWD").to_stripe() == 1230
    with pytest.raises(Refused, match=r"0\.010"):
        Money.parse("1.234", "KWD").to_stripe()


@pytest.mark.parametrize(
    ("currency", "least"), [("USD", 50), ("GBP", 30), ("JPY", 50), ("HUF", 17500), ("ISK", 1), ("UGX", 1), ("PEN", 1)]
)
def test_what_is_below_the_smallest_charge_is_refused(currency: str, least: int) -> None:
    Money(least, currency).refuse_unchargeable()
    with pytest.raises(Refused, match="too small"):
        Money(least - 1, currency).refuse_unchargeable()


def test_what_is_above_the_largest_charge_is_refused() -> None:
    Money(LARGEST, "USD").refuse_unchargeable()
    with pytest.raises(Refused, match="too large"):
        Money(LARGEST + 1, "USD").refuse_unchargeable()
    with pytest.raises(Refused, match="too large"):
        Money(LARGEST // 100 + 1, "ISK").refuse_unchargeable()


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(123450, "USD"), "en_US", "$1,234.50"),
        (Money(1234, "JPY"), "en_US", "¥1,234"),
        (Money(1234, "CAD"), "en_US", "CA$12.34"),
        (Money(123450, "CHF"), "de_CH", "CHF\xa01’234.50"),
        (Money(1234, "KWD"), "en_US", "KWD\xa01.234"),
        (Money(10000, "RSD"), "en_US", "RSD\xa0100.00"),
    ],
)
def test_people_see_the_decimals_of_the_currency(money: Money, locale: str, shown: str) -> None:
    assert money.format(locale) == shown


def test_an_amount_with_commas_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(Refused, match=r"“1,000.00” is not an amount. Write it without commas, like 12345.00."):
        Money.parse("1,000.00", "USD")


def test_less_than_nothing_has_a_real_minus() -> None:
    assert str(Money(-72000, "USD")) == "−$720.00"
    assert Money(-72000, "EUR").format("de_DE").startswith("−720,00")
