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
_NOT_AUTHORIZED = marked("The debit was not authorized at your bank.")

# docs.stripe.com/declines/codes, docs.stripe.com/error-codes and docs.stripe.com/payments/sepa-debit. Of a card that
# was lost or stolen, or is suspected, people are told no more than that the bank did not approve it, as Stripe asks.
_WORDS = {
    "account_closed": marked("The bank account is closed."),
    "account_number_invalid": _OTHER_ACCOUNT,
    "authentication_required": _NOT_CONFIRMED,
    "authorization_revoked": _NOT_AUTHORIZED,
    "bank_account_restricted": _OTHER_ACCOUNT,
    "bank_account_unusable": _OTHER_ACCOUNT,
    "branch_does_not_exist": _OTHER_ACCOUNT,
    "card_not_supported": _OTHER_CARD,
    "card_velocity_exceeded": _LIMIT,
    "currency_not_supported": _OTHER_CARD,
    "debit_authorization_not_match": _NOT_AUTHORIZED,
    "debit_not_authorized": _NOT_AUTHORIZED,
    "expired_card": marked("The card has expired."),
    "incorrect_account_holder_name": _OTHER_ACCOUNT,
    "incorrect_cvc": _CVC,
    "incorrect_number": _NUMBER,
    "insufficient_funds": _NO_MONEY,
    "invalid_account_number": _OTHER_ACCOUNT,
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
