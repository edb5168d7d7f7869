"""Money: integer minor units and an ISO 4217 currency, and what Stripe makes of them."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision, get_territory_currencies

from models.language import gettext, ngettext
from models.refusal import Refused

LARGEST = 99_999_999

# Stripe charges two decimals for these although they are spent without (docs.stripe.com/currencies,
# "Special cases"): amounts are sent multiplied by 100.
_SENT_WITH_TWO_DECIMALS = {"ISK", "UGX"}

# docs.stripe.com/currencies, "Zero-decimal currencies".
_ZERO_DECIMAL = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
_THREE_DECIMAL = frozenset("BHD JOD KWD OMR TND".split())

# Smallest charge in Stripe's units, as known from public code; Stripe has the last word (amount_too_small).
_SMALLEST = {
    **dict.fromkeys("USD EUR AUD CAD CHF NZD SGD BRL INR JPY".split(), 50),
    "GBP": 30,
    "AED": 200,
    "CZK": 1500,
    "DKK": 250,
    "HKD": 400,
    "HUF": 17500,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "SEK": 300,
    "PLN": 200,
    "RON": 200,
    "THB": 1000,
}

_PLAIN_NUMBER = re.compile(r"[0-9]{1,12}(?:\.([0-9]+))?", re.ASCII)

# CLDR keeps a code such as KWD and its digits apart, browsers do, Babel does not.
_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")

# What Stripe does not charge in (docs.stripe.com/currencies, "Supported presentment currencies").
_NOT_CHARGED = frozenset("BTN CUP ERN GHS IQD IRR KPW LYD MRU SDG SSP STN SYP TMT VES ZWG".split())
# What people pay with somewhere today. ISO also has codes for gold, for tests and for no currency at all.
_SPENT = {code for land in get_global("territory_currencies") for code in get_territory_currencies(land)}
CURRENCIES = tuple(sorted(_SPENT - _NOT_CHARGED))
# Amounts in these can be written too: what was once paid in a currency that has ended since is still shown.
_KNOWN = {code for uses in get_global("territory_currencies").values() for code, _, _, is_tender in uses if is_tender}


def is_currency(text: str) -> bool:
    """Whether amounts can be in it: a currency of today, or one that has ended and once was paid in."""
    return text in _KNOWN


def exponent(currency: str) -> int:
    """How many decimals an amount in this currency, of today or of the past, has. Refuses an unknown one.

    Stripe's word counts, not people's habits: dinars of Serbia are written without decimals and charged with two.
    """
    if not is_currency(currency):
        raise Refused(_unknown(currency))
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents for USD, yen for JPY, thousandths for KWD)."""

    amount: int
    currency: str

    @property
    def exponent(self) -> int:
        """How many decimals people write in its currency."""
        return exponent(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str, point: str = ".") -> Self:
        """Read what a person typed: digits, an optional point, no more decimals than the currency has.

        Thousands separators, signs, exponents and digits of other scripts are refused: guessing what
        `1.234` meant is how wrong amounts are charged. The refusal has an example with this `point`, which is
        another one only where the caller has made such amounts plain before.
        """
        places = exponent(currency)
        match = _PLAIN_NUMBER.fullmatch(text.strip())
        if match is None:
            raise Refused(_not_an_amount(text.strip(), cls._example(places), point))
        if len(match[1] or "") > places:
            raise Refused(_too_many_decimals(text.strip()[:40], currency, places))
        return cls(int(Decimal(text.strip()).scaleb(places)), currency)

    @staticmethod
    def _example(places: int) -> str:
        return f"{Decimal(1234500).scaleb(-places):.{places}f}" if places else "1234"

    def plain(self) -> str:
        """The amount as `parse` reads it: `1234.50`."""
        places = exponent(self.currency)
        return f"{Decimal(self.amount).scaleb(-places):.{places}f}"

    def format(self, locale: str = "en_US") -> str:
        """The amount as people of the locale write it, always with the currency's own decimals and a real minus."""
        places = exponent(self.currency)
        value = Decimal(self.amount).scaleb(-places)
        pattern = (
            None if places == get_currency_precision(self.currency) else "¤#,##0" + "." * bool(places) + "0" * places
        )
        written = format_currency(value, self.currency, pattern, locale=locale, currency_digits=pattern is None)
        return _TOUCHING.sub("\N{NO-BREAK SPACE}", written.replace("-", "−"))

    def __str__(self) -> str:
        return self.format()

    def to_stripe(self) -> int:
        """The integer that Stripe's API takes. Refuses what Stripe would: a third decimal that is not 0."""
        if self.currency in _SENT_WITH_TWO_DECIMALS:
            return self.amount * 100
        if self.currency in _THREE_DECIMAL and self.amount % 10:
            raise Refused(
                gettext(
                    "Stripe takes %(currency)s only in steps of 0.010; %(amount)s is not one.",
                    currency=self.currency,
                    amount=self,
                )
            )
        return self.amount

    @classmethod
    def from_stripe(cls, amount: int, currency: str) -> Self:
        code = currency.upper()
        return cls(amount // 100 if code in _SENT_WITH_TWO_DECIMALS else amount, code)

    def next_chargeable(self) -> Self:
        """This amount, or the next larger one that Stripe takes: in steps of ten where there are three decimals."""
        step = 10 if self.currency in _THREE_DECIMAL else 1
        return type(self)(-(-self.amount // step) * step, self.currency)

    @classmethod
    def smallest_charge(cls, currency: str) -> Self:
        """Stripe's smallest charge in this currency, where it is known; else one minor unit."""
        return cls.from_stripe(_SMALLEST[currency], currency) if currency in _SMALLEST else cls(1, currency)

    def refuse_unchargeable(self) -> None:
        """Refuse what Stripe would: below its smallest or above its largest charge."""
        smallest = self.smallest_charge(self.currency)
        if self.amount < smallest.amount:
            raise Refused(
                gettext(
                    "%(amount)s is too small to be charged online: the least is %(smallest)s.",
                    amount=self,
                    smallest=smallest,
                )
            )
        if self.to_stripe() > LARGEST:
            raise Refused(gettext("%(amount)s is too large to be charged online in one payment.", amount=self))


def round_half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _unknown(currency: str) -> str:
    if not currency:
        return gettext("An empty text is not a currency that we know.")
    return gettext("%(currency)s is not a currency that we know.", currency=currency)


def _not_an_amount(text: str, plain: str, point: str) -> str:
    typed, example = text[:40], plain.replace(".", point)
    if "," in text:
        return gettext(
            "“%(typed)s” is not an amount. Write it without commas, like %(example)s.", typed=typed, example=example
        )
    return gettext("“%(typed)s” is not an amount. Write it like %(example)s.", typed=typed, example=example)


def _too_many_decimals(typed: str, currency: str, places: int) -> str:
    if not places:
        return gettext("%(currency)s has no decimals; “%(typed)s” has more.", currency=currency, typed=typed)
    return ngettext(
        "%(currency)s has one decimal; “%(typed)s” has more.",
        "%(currency)s has %(num)s decimals; “%(typed)s” has more.",
        places,
        currency=currency,
        typed=typed,
    )
