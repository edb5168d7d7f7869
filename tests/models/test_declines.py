"""What a customer reads of a payment that did not go through."""

from typing import Any

import pytest
from flask import Flask

from models.declines import NEVER_ARRIVED, why_failed
from models.language import speaking
from tasks.stripe_gateway.payments import record_of

ENGLISH = "Your card has insufficient funds."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "There was not enough money in the account."),
        ("expired_card", "The card has expired."),
        ("stolen_card", "Your bank did not approve it."),
        ("a_code_of_next_year", "Your bank did not approve it."),
        (None, "Your bank did not approve it."),
    ],
)
def test_it_is_said_by_stripes_code_and_never_in_stripes_words(app: Flask, code: str | None, words: str) -> None:
    assert why_failed("The provided PaymentMethod has failed.", code) == words


def test_it_is_said_in_the_customers_language(app: Flask) -> None:
    with speaking("fr"):
        said = [why_failed(ENGLISH, "insufficient_funds"), why_failed(NEVER_ARRIVED, None), why_failed(None, None)]
    assert said == ["Il n’y avait pas assez d’argent sur le compte.", "Le paiement n’est jamais arrivé.", ""]


def intent(error: dict[str, Any] | None, charge: dict[str, Any] | None = None) -> dict[str, Any]:
    shown = {"id": "pi_1", "status": "requires_payment_method", "amount": 6447, "currency": "usd", "created": 1}
    return shown | {"last_payment_error": error, "latest_charge": charge}


NO_WORD = {"decline_code": "generic_decline", "charge": "py_1"}
CHARGE = {"id": "py_1", "status": "failed", "created": 1, "failure_code": "account_closed"}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (intent({"code": "card_declined", "decline_code": "insufficient_funds"}), "insufficient_funds"),
        (intent({"code": "card_declined", "decline_code": "generic_decline"}), "generic_decline"),
        (intent(NO_WORD | {"code": "insufficient_funds"}), "insufficient_funds"),
        (intent(NO_WORD | {"code": "payment_intent_payment_attempt_failed"}, CHARGE), "account_closed"),
        (intent(NO_WORD | {"code": "payment_intent_payment_attempt_failed"}), "generic_decline"),
        (intent({"code": "payment_intent_authentication_failure"}, CHARGE), "payment_intent_authentication_failure"),
        (intent({"code": "x" * 300}), "x" * 60),
        (intent(None), None),
    ],
)
def test_the_most_telling_of_stripes_words_is_kept(found: dict[str, Any], code: str | None) -> None:
    assert record_of(found).failure_code == code
