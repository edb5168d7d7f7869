"""Why a payment did not go through, as its customer reads it. Stripe says it in English, and to developers."""

from models.language import gettext, marked

NEVER_ARRIVED = marked("It never arrived.")
_OTHERWISE = marked("Your bank did not approve it.")
_NO_MONEY = marked("There was not enough money in the account.")
_LIMIT = marked("A limit of the card was reached.")
_NOT_CONFIRMED = marked("The payment was not confirmed with your bank.")
_JUST_THEN = marked("The payment could not be processed just then.")
_CVC = marked("The security code of the card was not right.")
_NUMBER = marked("The number of the card was not right.")
_EXPIRY = marked("The expiry date of the card was not right.")
_OTHER_CARD = marked("The card cannot be used for this payment.")
_OTHER_ACCOUNT = marked("The bank account cannot be debited.")

# docs.stripe.com/declines/codes and docs.stripe.com/error-codes. Of a card that was lost or stolen, or is suspected,
# people are told no more than that the bank did not approve it, as Stripe asks.
_WORDS = {
    "account_closed": marked("The bank account is closed."),
    "account_number_invalid": _OTHER_ACCOUNT,
    "authentication_required": _NOT_CONFIRMED,
    "bank_account_restricted": _OTHER_ACCOUNT,
    "bank_account_unusable": _OTHER_ACCOUNT,
    "card_not_supported": _OTHER_CARD,
    "card_velocity_exceeded": _LIMIT,
    "currency_not_supported": _OTHER_CARD,
    "debit_not_authorized": marked("The debit was not authorized at your bank."),
    "expired_card": marked("The card has expired."),
    "incorrect_cvc": _CVC,
    "incorrect_number": _NUMBER,
    "insufficient_funds": _NO_MONEY,
    "invalid_cvc": _CVC,
    "invalid_expiry_month": _EXPIRY,
    "invalid_expiry_year": _EXPIRY,
    "invalid_number": _NUMBER,
    "issuer_not_available": _JUST_THEN,
    "no_account": _OTHER_ACCOUNT,
    "payment_intent_authentication_failure": _NOT_CONFIRMED,
    "processing_error": _JUST_THEN,
    "try_again_later": _JUST_THEN,
    "withdrawal_count_limit_exceeded": _LIMIT,
}


def why_failed(failure: str | None, code: str | None) -> str:
    """A sentence in the reader's language; nothing where nothing has failed. `failure` is as it is kept, in English."""
    if not failure or failure == NEVER_ARRIVED:
        return gettext(NEVER_ARRIVED) if failure else ""
    return gettext(_WORDS.get(code or "", _OTHERWISE))
