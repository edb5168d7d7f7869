"""The test cards of https://docs.stripe.com/testing that the sandbox knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    number: str
    caption: str
    decline: str | None = None
    asks: bool = False
    disputed: bool = False
    refund: str = "succeeded"
    brand: str = "visa"

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, 16, 4))


CARDS = (
    Card("4242424242424242", "Succeeds"),
    Card("5555555555554444", "Succeeds, as a Mastercard", brand="mastercard"),
    Card("4000000000000002", "Is declined", decline="generic_decline"),
    Card("4000000000009995", "Has insufficient funds", decline="insufficient_funds"),
    Card("4000002500003155", "Asks for authentication", asks=True),
    Card("4000000000000259", "Succeeds, then is disputed as fraudulent", disputed=True),
    Card("4000000000005126", "Succeeds; a refund fails later", refund="fails"),
    Card("4000000000007726", "Succeeds; a refund is pending at first", refund="pending"),
)
BY_NUMBER = {card.number: card for card in CARDS}

# https://docs.stripe.com/declines/codes
DECLINE_MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
}


def find_card(number: str) -> Card | str:
    """The card, or the sentence that Checkout shows about a number that is none."""
    digits = "".join(number.split()).replace("-", "")
    if not digits:
        return "Your card number is incomplete."
    if not (digits.isascii() and digits.isdigit() and len(digits) == 16 and _luhn(digits)):
        return "Your card number is invalid."
    # Stripe's own words for a real card in test mode.
    real = "Your card was declined. Your request was in test mode, but used a non test card."
    return BY_NUMBER.get(digits, real)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if at % 2 == 0 else 1) for at, digit in enumerate(digits)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
