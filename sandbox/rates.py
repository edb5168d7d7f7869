"""Settlement in the account's own currency, at rates that never move."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox.money import exponent

# US dollars for one unit; what is not listed counts as one dollar.
_DOLLARS = {
    "aed": "0.27",
    "aud": "0.66",
    "bhd": "2.65",
    "brl": "0.19",
    "cad": "0.73",
    "chf": "1.12",
    "czk": "0.043",
    "dkk": "0.145",
    "eur": "1.08",
    "gbp": "1.27",
    "hkd": "0.128",
    "huf": "0.0027",
    "inr": "0.012",
    "isk": "0.0072",
    "jpy": "0.0067",
    "krw": "0.00073",
    "kwd": "3.25",
    "mxn": "0.055",
    "myr": "0.22",
    "nok": "0.094",
    "nzd": "0.6",
    "pln": "0.25",
    "ron": "0.22",
    "sek": "0.095",
    "sgd": "0.75",
    "thb": "0.028",
    "vnd": "0.00004",
}


def rate(currency: str, into: str) -> Decimal:
    """Units of `into` for one unit of `currency`, with six places as Stripe shows them."""
    exact = Decimal(_DOLLARS.get(currency, "1")) / Decimal(_DOLLARS.get(into, "1"))
    return exact.quantize(Decimal("0.000001"))


def converted(amount: int, currency: str, into: str) -> int:
    """Minor units of `into`, rounded half up."""
    if currency == into:
        return amount
    units = Decimal(amount).scaleb(-exponent(currency)) * rate(currency, into)
    return int(units.scaleb(exponent(into)).quantize(Decimal(1), ROUND_HALF_UP))
