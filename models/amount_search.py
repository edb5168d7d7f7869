"""Which amounts somebody may mean who looks for one: `64.47`, `$64.47`, `1,204.00`, `64,47`."""

import re
import unicodedata
from decimal import Decimal

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from models.money import CURRENCIES, exponent

_WHOLE = re.compile("[0-9]+", re.ASCII)
_GROUPED = re.compile("[0-9]{1,3}(?:[.,'’][0-9]{3})+", re.ASCII)
_DECIMAL = re.compile("([0-9]+|[0-9]{1,3}(?:[.,'’][0-9]{3})+)[.,]([0-9]{1,3})", re.ASCII)
# A currency's code in front or behind: `EUR`, `kr`.
_CODE = re.compile(r"^[^\W\d_]{1,3}|[^\W\d_]{1,3}$")
# More digits than any column holds, whatever the currency.
_LONGEST = 15
_UNUSUAL = {places: [code for code in CURRENCIES if exponent(code) == places] for places in (0, 3)}


def possible_amounts(text: str) -> dict[int, list[int]]:
    """By the decimals of a currency, the amounts in minor units that the text may be; none where it is no amount.

    An amount that is read wrongly finds a row too much at most, so every reading counts: `1.204` is more than a
    thousand dollars or, in Kuwait, a dinar and some fils.
    """
    readings = _readings(_bare(text))
    found = {places: sorted({value.scaleb(places) for value in readings}) for places in (0, 2, 3)}
    return {places: whole for places, each in found.items() if (whole := [int(m) for m in each if m == int(m)])}


def _readings(number: str) -> set[Decimal]:
    if len(number) > _LONGEST:
        return set()
    found = {number} if _WHOLE.fullmatch(number) else set()
    if _GROUPED.fullmatch(number):
        found.add(_digits(number))
    if match := _DECIMAL.fullmatch(number):
        found.add(f"{_digits(match[1])}.{match[2]}")
    return {Decimal(each) for each in found}


def _bare(text: str) -> str:
    """Without a currency's sign or code, in front or behind."""
    return _CODE.sub("", "".join(char for char in text if unicodedata.category(char) not in ("Sc", "Zs")))


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def is_amount(text: str, currency: InstrumentedAttribute[str], *amounts: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether one of these columns, in minor units of the currency, is an amount that the text may be."""
    found = possible_amounts(text).items()
    return or_(false(), *(_has(currency, places) & or_(*(a.in_(minors) for a in amounts)) for places, minors in found))


def _has(currency: InstrumentedAttribute[str], places: int) -> ColumnElement[bool]:
    usual = currency.not_in([code for codes in _UNUSUAL.values() for code in codes])
    return currency.in_(_UNUSUAL[places]) if places in _UNUSUAL else usual
