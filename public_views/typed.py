"""Amounts as customers type them on their own keyboards, with a decimal comma and with digits of their own."""

import re
import unicodedata

from babel.numbers import get_decimal_symbol

from models.language import reader_locale
from models.money import Money, exponent

# Arabic's decimal separator; its comma and the Latin one, with digits that are no group of thousands.
_POINT = "\u066b"
_DECIMAL_COMMA = re.compile(r"([0-9]+)[,\u060c]([0-9]{1,2})", re.ASCII)
# What stands between thousands and never before decimals.
_ONLY_GROUPS = "\u066c'\u2019 \u00a0\u202f"
# As amounts are printed: groups of thousands, then perhaps decimals.
_GROUPED = re.compile(
    rf"([0-9]{{1,3}}(?P<group>[.,{_ONLY_GROUPS}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*)(?:([.,])([0-9]{{1,3}}))?"
)


def read_amount(text: str, currency: str) -> Money:
    """What the customer means. Refuses what can mean two amounts, as `Money.parse` does: `1,234` among it."""
    plain = _ungrouped("".join(map(_plain, text)).strip())
    found = _DECIMAL_COMMA.fullmatch(plain)
    return Money.parse(".".join(found.groups()) if found else plain, currency, _point(exponent(currency)))


def write_amount(amount: Money) -> str:
    """The amount as the reader would type it, and as `read_amount` understands it."""
    return amount.plain().replace(".", _point(amount.exponent))


def _ungrouped(plain: str) -> str:
    """Without what sets thousands apart, where that is sure: `1,234.50`, `1.234,50`, `1 234`."""
    found = _GROUPED.fullmatch(plain)
    if found is None:
        return plain
    whole, group, point, decimals = found.groups()
    is_sure = group in _ONLY_GROUPS or whole.count(group) > 1 or (point and point != group)
    if not is_sure or point == group:
        return plain
    digits = whole.replace(group, "")
    return f"{digits}.{decimals}" if point else digits


def _point(places: int) -> str:
    """Before so many decimals; a comma before three of them could as well be one of thousands."""
    return get_decimal_symbol(reader_locale()) if places < 3 else "."


def _plain(letter: str) -> str:
    """Digits of any script are digits; what only turns the direction of writing comes along when people copy."""
    if letter == _POINT:
        return "."
    digit = unicodedata.decimal(letter, None)
    if digit is not None:
        return str(digit)
    return "" if unicodedata.category(letter) == "Cf" else letter
